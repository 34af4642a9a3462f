package dev.roost.gallery;

import dev.roost.core.Secrets;
import dev.roost.core.Setting;
import dev.roost.core.SettingException;
import dev.roost.core.Settings;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** The settings of section 4 of the contract. An empty key is none. */
record GallerySettings(
    boolean requireApiKey,
    String apiKey,
    int maxRooms,
    int maxUsersPerRoom,
    Duration roomTimeout,
    Duration roomSweepInterval,
    Duration heartbeatInterval,
    Duration emptyRoomGrace,
    boolean strictVersions,
    boolean roleEnforcement,
    String hostKey,
    boolean statsPublic,
    int maxMessageBytes,
    int maxStateBytes,
    int maxAnnotations,
    int maxMessagesPerSecond,
    Duration abuseAfter,
    int maxRoomCreations,
    int maxQueueBytes,
    Duration flushDelay) {

  private static final String PREFIX = "GALLERY";
  private static final long DAY = 86_400_000;
  private static final int GIGABYTE = 1 << 30;

  private static final Setting<Boolean> REQUIRE_API_KEY = Setting.flag("REQUIRE_API_KEY", false, "Connecting takes ?apiKey=; API_KEY must be set then").of(PREFIX);
  private static final Setting<String> API_KEY = Setting.secret("API_KEY", "The key of REQUIRE_API_KEY, of DELETE /rooms/ID and of a /stats that is not public").of(PREFIX);
  private static final Setting<Integer> MAX_ROOMS = Setting.integer("MAX_ROOMS", 1_000, 1, 10_000_000, "Rooms at the same time, however they came into being").of(PREFIX);
  private static final Setting<Integer> MAX_USERS_PER_ROOM =
      Setting.integer("MAX_USERS_PER_ROOM", 50, 1, 100_000, "Default and upper limit of a room's maxUsers").of(PREFIX);
  private static final Setting<Duration> ROOM_TIMEOUT =
      Setting.millis("ROOM_TIMEOUT", DAY, 10, 365 * DAY, "An empty room that is not persistent goes after so long without activity").of(PREFIX);
  private static final Setting<Duration> ROOM_SWEEP_INTERVAL = Setting.millis("ROOM_SWEEP_INTERVAL", 60_000, 10, DAY, "How often ROOM_TIMEOUT is looked at").of(PREFIX);
  private static final Setting<Duration> HEARTBEAT_INTERVAL =
      Setting.millis("HEARTBEAT_INTERVAL", 30_000, 50, DAY, "How often connections are pinged; silent ones end after one to two intervals").of(PREFIX);
  private static final Setting<Duration> EMPTY_ROOM_GRACE =
      Setting.millis("EMPTY_ROOM_GRACE", 0, 0, DAY, "How long an emptied room waits for members to come back").of(PREFIX);
  private static final Setting<Boolean> VERSION_POLICY = Setting.parsed("VERSION_POLICY", "per-sender|strict", "per-sender", GallerySettings::isStrict,
      "Stale is a version not above the same sender's last one; strict: also one below the room's").of(PREFIX);
  private static final Setting<Boolean> ROLE_ENFORCEMENT = Setting.flag("ROLE_ENFORCEMENT", true, "Roles decide who may do what; false: everybody may do everything").of(PREFIX);
  private static final Setting<String> HOST_KEY = Setting.secret("HOST_KEY", "If set, who joins as host without this hostKey becomes editor").of(PREFIX);
  private static final Setting<Boolean> STATS_PUBLIC = Setting.flag("STATS_PUBLIC", true, "false: /stats takes the API key").of(PREFIX);
  private static final Setting<Integer> MAX_MESSAGE_BYTES = Setting.bytes("MAX_MESSAGE_BYTES", 1 << 20, 1_024, GIGABYTE, "Longest message of a client").of(PREFIX);
  private static final Setting<Integer> MAX_STATE_BYTES = Setting.bytes("MAX_STATE_BYTES", 1 << 20, 1_024, GIGABYTE, "State of one room, annotations included").of(PREFIX);
  private static final Setting<Integer> MAX_ANNOTATIONS = Setting.integer("MAX_ANNOTATIONS", 500, 0, 100_000, "Annotations of one room").of(PREFIX);
  private static final Setting<Integer> MAX_MESSAGES_PER_SEC =
      Setting.integer("MAX_MESSAGES_PER_SEC", 100, 1, 1_000_000, "Messages a second of one connection; the burst is twice that").of(PREFIX);
  private static final Setting<Duration> ABUSE_AFTER =
      Setting.millis("ABUSE_AFTER", 10_000, 100, DAY, "Above the message rate for so long without pause: the connection is closed").of(PREFIX);
  private static final Setting<Integer> MAX_ROOM_CREATIONS =
      Setting.integer("MAX_ROOM_CREATIONS", 30, 1, 1_000_000, "create_room a minute from one address").of(PREFIX);
  private static final Setting<Integer> MAX_QUEUE_BYTES = Setting.bytes("MAX_QUEUE_BYTES", 4 << 20, 65_536, GIGABYTE, "What may wait for one slow client").of(PREFIX);
  private static final Setting<Duration> FLUSH_DELAY_MS =
      Setting.millis("FLUSH_DELAY_MS", 5, 0, 1_000, "How long a pose may wait for others where a member gets more than 1000/this a second").of(PREFIX);
  static final Setting<String> PATH = Setting.parsed("GALLERY_PATH", "PATH", "*", GallerySettings::path,
      "One more WebSocket path on the shared port, besides /gallery; *: any, where Gallery runs alone").of(PREFIX);

  /** Every declaration, in the order of the contract. */
  static final List<Setting<?>> ALL = List.of(REQUIRE_API_KEY, API_KEY, MAX_ROOMS, MAX_USERS_PER_ROOM, ROOM_TIMEOUT, ROOM_SWEEP_INTERVAL, HEARTBEAT_INTERVAL,
      EMPTY_ROOM_GRACE, VERSION_POLICY, ROLE_ENFORCEMENT, HOST_KEY, STATS_PUBLIC, MAX_MESSAGE_BYTES, MAX_STATE_BYTES, MAX_ANNOTATIONS, MAX_MESSAGES_PER_SEC,
      ABUSE_AFTER, MAX_ROOM_CREATIONS, MAX_QUEUE_BYTES, FLUSH_DELAY_MS, PATH);

  /** @throws SettingException if one of them is wrong, or they contradict each other */
  static GallerySettings from(Settings settings) {
    if (settings.get(REQUIRE_API_KEY) && settings.get(API_KEY).isEmpty()) {
      throw new SettingException("REQUIRE_API_KEY is on (from " + settings.source(REQUIRE_API_KEY) + "), but API_KEY is not set");
    }
    return new GallerySettings(settings.get(REQUIRE_API_KEY), settings.get(API_KEY), settings.get(MAX_ROOMS), settings.get(MAX_USERS_PER_ROOM),
        settings.get(ROOM_TIMEOUT), settings.get(ROOM_SWEEP_INTERVAL), settings.get(HEARTBEAT_INTERVAL), settings.get(EMPTY_ROOM_GRACE), settings.get(VERSION_POLICY),
        settings.get(ROLE_ENFORCEMENT), settings.get(HOST_KEY), settings.get(STATS_PUBLIC), settings.get(MAX_MESSAGE_BYTES), settings.get(MAX_STATE_BYTES),
        settings.get(MAX_ANNOTATIONS), settings.get(MAX_MESSAGES_PER_SEC), settings.get(ABUSE_AFTER), settings.get(MAX_ROOM_CREATIONS), settings.get(MAX_QUEUE_BYTES),
        settings.get(FLUSH_DELAY_MS));
  }

  /** Whether this is the API key; never where none is configured. */
  boolean isApiKey(Optional<String> given) {
    return !apiKey.isEmpty() && given.filter(key -> Secrets.equal(key, apiKey)).isPresent();
  }

  /** Whether who shows this key may be host. */
  boolean acceptsHost(Optional<String> given) {
    return hostKey.isEmpty() || given.filter(key -> Secrets.equal(key, hostKey)).isPresent();
  }

  private static Boolean isStrict(String text) {
    return switch (text.toLowerCase(Locale.ROOT)) {
      case "strict" -> true;
      case "per-sender" -> false;
      default -> throw new IllegalArgumentException("per-sender or strict");
    };
  }

  private static String path(String text) {
    if (!text.equals("*") && !text.matches("/[^?#\\s]*")) {
      throw new IllegalArgumentException("* or a path such as /rooms");
    }
    return text;
  }
}
