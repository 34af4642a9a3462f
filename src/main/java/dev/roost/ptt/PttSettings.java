package dev.roost.ptt;

import dev.roost.core.ByteBudget;
import dev.roost.core.Setting;
import dev.roost.core.SettingException;
import dev.roost.core.Settings;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** The settings of section 4 of the contract; those of tokens and of Redis are declared where they are used. */
record PttSettings(
    boolean presenceEnabled,
    Duration presenceTtl,
    Duration minHeartbeat,
    int maxUserIds,
    Duration batchWindow,
    Duration snapshotCache,
    boolean refreshOnPong,
    boolean apiRequiresAuthentication,
    Duration sweep,
    Duration pingInterval,
    int maxMissedPongs,
    Duration maxAudio,
    Duration maxIdle,
    Duration groupBusyTimeout,
    Duration groupInspectInterval,
    boolean allowsDuplicateLogins,
    int maxWatchersPerUser,
    boolean groupsByTokenOnly,
    int maxFrameBytes,
    int maxMessagesPerSecond,
    int maxBytesPerSecond,
    int maxMalformedPerMinute,
    int maxQueueBytes,
    Duration flushDelay) {

  private static final String PREFIX = "PTT";
  private static final long DAY = 86_400_000;
  private static final int GIGABYTE = 1 << 30;

  private static final Setting<Boolean> PRESENCE_ENABLED = Setting.parsed("PRESENCE_ENABLED", "BOOL", "true", text -> !text.equalsIgnoreCase("false"),
      "Who is online is tracked; only false disables it");
  private static final Setting<Duration> PRESENCE_TTL = Setting.parsed("PRESENCE_TTL", "S", "60", PttSettings::seconds, "A user without heartbeat is offline after so many seconds");
  private static final Setting<Duration> MIN_HEARTBEAT = Setting.millis("PRESENCE_MIN_HEARTBEAT_MS", 25_000, 0, DAY, "A heartbeat sooner after the last one is ignored");
  private static final Setting<Integer> MAX_USER_IDS = Setting.integer("PRESENCE_MAX_USER_IDS", 100, 1, 10_000, "Users of one request for their status");
  private static final Setting<Duration> BATCH_WINDOW = Setting.millis("PRESENCE_BATCH_WINDOW_MS", 1_000, 0, 60_000, "Changes that a watcher gets sooner after the last one are collected");
  private static final Setting<Duration> SNAPSHOT_CACHE = Setting.millis("PRESENCE_SNAPSHOT_CACHE_MS", 5_000, 0, DAY, "How long Redis is not asked again who is online");
  private static final Setting<Boolean> REFRESH_ON_PONG = Setting.flag("PRESENCE_REFRESH_ON_PONG", false, "Answers to pings keep a user online, too, as the original had it");
  private static final Setting<Boolean> API_REQUIRE_AUTH = Setting.flag("PRESENCE_API_REQUIRE_AUTH", false, "POST /api/presence/status takes a token as Authorization: Bearer");
  private static final Setting<Duration> SWEEP = Setting.millis("PRESENCE_SWEEP_MS", 10_000, 50, DAY, "How often users who seem online are looked for in Redis");
  private static final Setting<Duration> PING_INTERVAL = Setting.millis("PING_INTERVAL", 120_000, 50, DAY, "How often clients are pinged").of(PREFIX);
  private static final Setting<Integer> MAX_MISSED_PONGS = Setting.integer("PTT_MAX_MISSED_PONGS", 2, 1, 1_000, "A client that leaves so many pings without an answer is dropped at the next one");
  private static final Setting<Duration> MAX_AUDIO = Setting.millis("MAXIMUM_AUDIO_DURATION", 90_000, 10, DAY, "The longest transmission").of(PREFIX);
  private static final Setting<Duration> MAX_IDLE = Setting.millis("MAXIMUM_IDLE_DURATION", 3_000, 10, DAY, "A speaker silent for so long may be interrupted").of(PREFIX);
  private static final Setting<Duration> GROUP_BUSY_TIMEOUT = Setting.millis("GROUP_BUSY_TIMEOUT", 95_000, 10, DAY, "Nobody keeps the floor of a group for longer").of(PREFIX);
  private static final Setting<Duration> GROUP_INSPECT_INTERVAL = Setting.millis("GROUP_INSPECT_INTERVAL", 60_000, 10, DAY, "How often floors are freed that were held for longer").of(PREFIX);
  private static final Setting<Policy> DUPLICATE_LOGIN_POLICY =
      Setting.choice("DUPLICATE_LOGIN_POLICY", Policy.REPLACE, Policy.class, "A second login of a mobile user ends the first, or is allowed beside it").of(PREFIX);
  private static final Setting<Integer> MAX_WATCHERS = Setting.integer("PRESENCE_MAX_WATCHERS_PER_USER", 10, 1, 10_000, "Dashboards of one user side by side; the oldest goes");
  private static final Setting<GroupPolicy> GROUP_POLICY =
      Setting.choice("PTT_GROUP_POLICY", GroupPolicy.OPEN, GroupPolicy.class, "Who may join a group: everybody, or whose token names it in channelIds");
  private static final Setting<Integer> MAX_FRAME_BYTES = Setting.bytes("PTT_MAX_FRAME_BYTES", 1 << 20, 1_024, GIGABYTE, "Longest message of a client");
  private static final Setting<Integer> MAX_MESSAGES = Setting.integer("PTT_MAX_MESSAGES_PER_SECOND", 200, 1, 1_000_000, "Messages a second of one client; the burst is twice that");
  private static final Setting<Integer> MAX_BYTES = Setting.bytes("PTT_MAX_BYTES_PER_SECOND", 16 << 20, 1_024, GIGABYTE,
      "Bytes a second, apart from audio, of one client, to one user, and to one group; twice as many at once; what is more is dropped");
  private static final Setting<Integer> MAX_MALFORMED =
      Setting.integer("PTT_MAX_MALFORMED_PER_MINUTE", 50, 1, 1_000_000, "Malformed messages a minute of one client; over it the connection is closed");
  private static final Setting<Integer> MAX_QUEUE_BYTES = Setting.bytes("PTT_MAX_QUEUE_BYTES", 4 << 20, 65_536, GIGABYTE, "What may wait for one slow client");

  /** Phones send a frame of audio each 20 ms, so only more than that makes two leave together; measured, it saves next to nothing unless a listener hears several groups. */
  private static final Setting<Duration> FLUSH_DELAY =
      Setting.millis("PTT_FLUSH_DELAY_MS", 0, 0, 1_000, "How long audio may wait for more of it, for users who hear several groups at once; 0: not at all");

  /** Every declaration, in the order of the contract. */
  static final List<Setting<?>> ALL = List.of(PRESENCE_ENABLED, PRESENCE_TTL, MIN_HEARTBEAT, MAX_USER_IDS, BATCH_WINDOW, SNAPSHOT_CACHE, REFRESH_ON_PONG, API_REQUIRE_AUTH, SWEEP,
      PING_INTERVAL, MAX_MISSED_PONGS, MAX_AUDIO, MAX_IDLE, GROUP_BUSY_TIMEOUT, GROUP_INSPECT_INTERVAL, DUPLICATE_LOGIN_POLICY, MAX_WATCHERS, GROUP_POLICY, MAX_FRAME_BYTES,
      MAX_MESSAGES, MAX_BYTES, MAX_MALFORMED, MAX_QUEUE_BYTES, FLUSH_DELAY);

  /** 2.1. */
  enum Policy { REPLACE, ALLOW }

  /** 2.6. */
  enum GroupPolicy { OPEN, TOKEN }

  /** @throws SettingException if one of them is wrong */
  static PttSettings from(Settings settings) {
    return new PttSettings(settings.get(PRESENCE_ENABLED), settings.get(PRESENCE_TTL), settings.get(MIN_HEARTBEAT), settings.get(MAX_USER_IDS), settings.get(BATCH_WINDOW),
        settings.get(SNAPSHOT_CACHE), settings.get(REFRESH_ON_PONG), settings.get(API_REQUIRE_AUTH), settings.get(SWEEP), settings.get(PING_INTERVAL),
        settings.get(MAX_MISSED_PONGS), settings.get(MAX_AUDIO), settings.get(MAX_IDLE), settings.get(GROUP_BUSY_TIMEOUT), settings.get(GROUP_INSPECT_INTERVAL),
        settings.get(DUPLICATE_LOGIN_POLICY) == Policy.ALLOW, settings.get(MAX_WATCHERS), settings.get(GROUP_POLICY) == GroupPolicy.TOKEN, settings.get(MAX_FRAME_BYTES),
        settings.get(MAX_MESSAGES), settings.get(MAX_BYTES), settings.get(MAX_MALFORMED), settings.get(MAX_QUEUE_BYTES), settings.get(FLUSH_DELAY));
  }

  /** What can be set so, and is most likely not meant so; a line each, for people. */
  List<String> doubts() {
    List<String> doubts = new ArrayList<>();
    if (presenceEnabled && minHeartbeat.compareTo(presenceTtl) >= 0) {
      doubts.add("PRESENCE_MIN_HEARTBEAT_MS is not below PRESENCE_TTL: users are offline between two heartbeats that count");
    }
    if (groupBusyTimeout.compareTo(maxAudio) < 0) {
      doubts.add("GROUP_BUSY_TIMEOUT is below MAXIMUM_AUDIO_DURATION: speakers lose the floor before their time is over");
    }
    if (refreshOnPong && presenceTtl.compareTo(pingInterval) <= 0) {
      doubts.add("PRESENCE_REFRESH_ON_PONG is of no use: PRESENCE_TTL is not above PING_INTERVAL");
    }
    return doubts;
  }

  /** What may be said apart from audio: at the highest rate of messages still texts of 80 KB, but no images of a megabyte without end. */
  ByteBudget budget(long nanos) {
    return new ByteBudget(maxBytesPerSecond, 2L * maxBytesPerSecond, nanos);
  }

  private static Duration seconds(String text) {
    String expected = "0.05-86400 s";
    try {
      Duration duration = Duration.ofMillis(new BigDecimal(text).movePointRight(3).longValueExact());
      if (duration.toMillis() >= 50 && duration.toMillis() <= DAY) {
        return duration;
      }
    } catch (ArithmeticException | NumberFormatException e) {
      // Said below.
    }
    throw new IllegalArgumentException(expected);
  }
}
