package dev.roost.parrot;

import dev.roost.core.Setting;
import dev.roost.core.Settings;
import java.time.Duration;
import java.util.List;

/** The settings of section 4 of the contract. */
record ParrotSettings(
    int maxUsers,
    Duration senderTimeout,
    Duration batchInterval,
    int maxBatchSize,
    Duration reclaimWindow,
    Duration reclaimIdle,
    Duration sessionTtl,
    Duration roleGrace,
    Duration pingInterval,
    int maxMessageBytes,
    int maxMessagesPerSecond,
    Duration abuseAfter,
    int maxQueueBytes,
    Duration flushDelay,
    String dashboardToken,
    boolean observerSensorData,
    Duration kickBan,
    boolean catchAll) {

  private static final String PREFIX = "PARROT";
  private static final long DAY = 86_400_000;
  private static final int GIGABYTE = 1 << 30;

  private static final Setting<Integer> MAX_USERS =
      Setting.integer("MAX_USERS", 25, 1, 100_000, "Users (sender and observers) at the same time").of(PREFIX);
  private static final Setting<Duration> SENDER_TIMEOUT =
      Setting.millis("SENDER_TIMEOUT", 30_000, 10, DAY, "A sender without data for so long loses the role to a successor").of(PREFIX);
  private static final Setting<Duration> BATCH_INTERVAL =
      Setting.millis("BATCH_INTERVAL", 1_000, 1, DAY, "How often /bulk gets what was collected").of(PREFIX);
  private static final Setting<Integer> MAX_BATCH_SIZE =
      Setting.integer("MAX_BATCH_SIZE", 10, 1, 1_000, "Points that make /bulk get its batch at once").of(PREFIX);
  private static final Setting<Duration> RECLAIM_WINDOW =
      Setting.millis("RECLAIM_WINDOW", 60_000, 0, DAY, "How long a sender that lost its connection may reclaim the role").of(PREFIX);
  private static final Setting<Duration> RECLAIM_IDLE =
      Setting.millis("RECLAIM_IDLE", 10_000, 0, DAY, "A substitute that sent data within this time keeps the role").of(PREFIX);
  private static final Setting<Duration> SESSION_TTL =
      Setting.millis("SESSION_TTL", 300_000, 0, DAY, "How long a device that left is remembered").of(PREFIX);
  private static final Setting<Duration> ROLE_GRACE =
      Setting.millis("ROLE_GRACE", 3_000, 0, DAY, "A sender promoted on request cannot be displaced by a request for so long").of(PREFIX);
  private static final Setting<Duration> PING_INTERVAL =
      Setting.millis("PING_INTERVAL", 30_000, 50, DAY, "How often connections are pinged; silent ones end after one to two intervals").of(PREFIX);
  private static final Setting<Integer> MAX_MESSAGE_BYTES =
      Setting.bytes("MAX_MESSAGE_BYTES", 8 << 20, 1_024, GIGABYTE, "Longest message of a user; all others may send 65536").of(PREFIX);
  private static final Setting<Integer> MAX_MESSAGES_PER_SEC =
      Setting.integer("MAX_MESSAGES_PER_SEC", 60, 1, 1_000_000, "Messages a second of one connection; the burst is twice that").of(PREFIX);
  private static final Setting<Duration> ABUSE_AFTER =
      Setting.millis("ABUSE_AFTER", 10_000, 100, DAY, "Above the message rate for so long without pause: the connection is closed").of(PREFIX);
  private static final Setting<Integer> MAX_QUEUE_BYTES =
      Setting.bytes("MAX_QUEUE_BYTES", 16 << 20, 65_536, GIGABYTE, "What may wait for one slow client").of(PREFIX);
  private static final Setting<Duration> FLUSH_DELAY_MS =
      Setting.millis("FLUSH_DELAY_MS", 10, 0, 1_000, "How long a point may wait for the next one where a listener gets more than 1000/this a second").of(PREFIX);
  private static final Setting<String> DASHBOARD_TOKEN =
      Setting.secret("DASHBOARD_TOKEN", "Asked of dashboards as ?token=; without one only this machine's dashboards may act").of(PREFIX);
  private static final Setting<Boolean> OBSERVER_SENSOR_DATA =
      Setting.flag("OBSERVER_SENSOR_DATA", false, "Observers get sensor_data, too").of(PREFIX);
  private static final Setting<Duration> KICK_BAN_MS =
      Setting.millis("KICK_BAN_MS", 0, 0, 30 * DAY, "How long a kicked device (or address) is refused; 0: not at all").of(PREFIX);
  private static final Setting<Boolean> CATCH_ALL =
      Setting.flag("CATCH_ALL", true, "Every WebSocket path that no other protocol takes is a user connection").of(PREFIX);

  /** Every declaration, in the order of the contract. */
  static final List<Setting<?>> ALL = List.of(MAX_USERS, SENDER_TIMEOUT, BATCH_INTERVAL, MAX_BATCH_SIZE, RECLAIM_WINDOW, RECLAIM_IDLE, SESSION_TTL,
      ROLE_GRACE, PING_INTERVAL, MAX_MESSAGE_BYTES, MAX_MESSAGES_PER_SEC, ABUSE_AFTER, MAX_QUEUE_BYTES, FLUSH_DELAY_MS, DASHBOARD_TOKEN, OBSERVER_SENSOR_DATA,
      KICK_BAN_MS, CATCH_ALL);

  /** @throws dev.roost.core.SettingException if one of them is wrong */
  static ParrotSettings from(Settings settings) {
    return new ParrotSettings(settings.get(MAX_USERS), settings.get(SENDER_TIMEOUT), settings.get(BATCH_INTERVAL), settings.get(MAX_BATCH_SIZE),
        settings.get(RECLAIM_WINDOW), settings.get(RECLAIM_IDLE), settings.get(SESSION_TTL), settings.get(ROLE_GRACE), settings.get(PING_INTERVAL),
        settings.get(MAX_MESSAGE_BYTES), settings.get(MAX_MESSAGES_PER_SEC), settings.get(ABUSE_AFTER), settings.get(MAX_QUEUE_BYTES), settings.get(FLUSH_DELAY_MS),
        settings.get(DASHBOARD_TOKEN), settings.get(OBSERVER_SENSOR_DATA), settings.get(KICK_BAN_MS), settings.get(CATCH_ALL));
  }
}
