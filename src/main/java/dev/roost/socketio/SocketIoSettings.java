package dev.roost.socketio;

import dev.roost.core.Setting;
import dev.roost.core.Settings;
import java.time.Duration;
import java.util.List;

/**
 * What can be set for every Socket.IO server of a process.
 *
 * @param allowsProtocol3 whether clients of Engine.IO 3 are taken, which are those of Socket.IO 2
 * @param recoveryWindow zero: sockets do not come back
 * @param connectTimeout how long a session may be without a namespace
 * @param maxQueueBytes what may wait for one client
 * @param maxPendingPerAddress sessions of one address without a namespace
 */
public record SocketIoSettings(boolean allowsProtocol3, Duration recoveryWindow, Duration connectTimeout, int maxQueueBytes, int maxPendingPerAddress) {
  private static final long DAY = 86_400_000;

  private static final Setting<Boolean> EIO3 = Setting.flag("SOCKETIO_EIO3", false, "Take clients of Engine.IO 3 (Socket.IO 2), too");
  private static final Setting<Duration> RECOVERY_WINDOW = Setting.millis("SOCKETIO_RECOVERY_WINDOW", 0, 0, DAY,
      "How long a Socket.IO socket may come back after a break, with its id, rooms and missed events; 0: never");
  private static final Setting<Duration> CONNECT_TIMEOUT = Setting.millis("SOCKETIO_CONNECT_TIMEOUT", 45_000, 10, DAY, "How long a Socket.IO client may be without a namespace");
  private static final Setting<Integer> MAX_QUEUE_BYTES = Setting.bytes("SOCKETIO_MAX_QUEUE_BYTES", 4 << 20, 65_536, 1 << 30, "What may wait for one slow Socket.IO client");
  private static final Setting<Integer> MAX_PENDING_PER_ADDRESS =
      Setting.integer("SOCKETIO_MAX_PENDING_PER_ADDRESS", 1_000, 1, 1_000_000, "Socket.IO sessions of one address that have no namespace yet");

  /** Every declaration. */
  public static final List<Setting<?>> ALL = List.of(EIO3, RECOVERY_WINDOW, CONNECT_TIMEOUT, MAX_QUEUE_BYTES, MAX_PENDING_PER_ADDRESS);

  /** @throws dev.roost.core.SettingException if one of them is wrong */
  public static SocketIoSettings from(Settings settings) {
    return new SocketIoSettings(settings.get(EIO3), settings.get(RECOVERY_WINDOW), settings.get(CONNECT_TIMEOUT), settings.get(MAX_QUEUE_BYTES), settings.get(MAX_PENDING_PER_ADDRESS));
  }
}
