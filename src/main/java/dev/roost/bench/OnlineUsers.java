package dev.roost.bench;

import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;

/** Users that are online by the word of Redis alone: keys as any server of the contract writes them (section 2.7). Not thread-safe. */
final class OnlineUsers implements AutoCloseable {
  /** Longer than any run, so that none of them goes; and not for ever, should the tool be killed. */
  private static final String SECONDS = "3600";

  /** Nobody, nowhere. */
  static final OnlineUsers NOBODY = new OnlineUsers(InetSocketAddress.createUnresolved("none", 0), "", 0);

  private final InetSocketAddress redis;
  private final List<String> ids = new ArrayList<>();
  private final List<String> devices = new ArrayList<>();

  OnlineUsers(InetSocketAddress redis, String run, int count) {
    this.redis = redis;
    for (int i = 0; i < count; i++) {
      Template.Speaker speaker = new Template.Speaker(run, Seats.onlineUser(i), 0);
      ids.add(new Template(PttFrames.USER_ID).fill(speaker));
      devices.add(PttFrames.DEVICE.fill(speaker));
    }
  }

  /** Writes them. */
  void come() {
    String now = Long.toString(System.currentTimeMillis());
    List<List<String>> commands = new ArrayList<>();
    for (int i = 0; i < ids.size(); i++) {
      commands.add(List.of("SETEX", "presence:user:" + ids.get(i), SECONDS, "1"));
      commands.add(List.of("HSET", "presence:meta:" + ids.get(i), "status", "online", "lastSeen", now, "deviceId", devices.get(i), "role", "mobile"));
    }
    carryOut(commands);
  }

  /** Takes them out again. */
  @Override
  public void close() {
    List<List<String>> commands = new ArrayList<>();
    ids.forEach(id -> commands.add(List.of("DEL", "presence:user:" + id, "presence:meta:" + id)));
    carryOut(commands);
  }

  private void carryOut(List<List<String>> commands) {
    if (!commands.isEmpty()) {
      try (RedisPort port = new RedisPort(redis)) {
        port.all(commands);
      }
    }
  }
}
