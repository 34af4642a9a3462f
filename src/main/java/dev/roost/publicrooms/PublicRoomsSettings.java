package dev.roost.publicrooms;

import dev.roost.core.Setting;
import dev.roost.core.SettingException;
import dev.roost.core.Settings;
import java.time.Duration;
import java.util.List;
import java.util.Locale;

/**
 * The settings of section 4 of the contract, and two of Roost's own; where to listen, and who is a trusted proxy, are settings of the server.
 *
 * @param frontendUrl the origin whose pages may read answers
 * @param ipHashKey empty if one is to be generated
 */
record PublicRoomsSettings(
    String frontendUrl,
    String ipHashKey,
    int count,
    int capacity,
    int maxConnectionsPerAddress,
    int hardMaxConnectionsPerAddress,
    Duration staleAfter,
    Duration pingInterval,
    Duration pongTimeout,
    int maxMissedPings,
    Limit api,
    Limit join,
    Limit chat,
    Limit event,
    Delays backoff,
    int maxConcurrent,
    Duration queueTimeout,
    int maxQueue,
    int blockThreshold,
    Duration blockWindow,
    Duration userTtl,
    int chatHistory,
    int maxBodyBytes,
    Duration enginePingInterval,
    Duration enginePingTimeout,
    int engineMaxMessageBytes,
    boolean recovery,
    int maxUsers) {

  private static final String PREFIX = "PUBLIC_ROOMS";
  private static final long DAY = 86_400_000;
  private static final int MILLION = 1_000_000;
  private static final int GIGABYTE = 1 << 30;

  private static final Setting<String> FRONTEND_URL = Setting.parsed("FRONTEND_URL", "ORIGIN", "http://localhost:3000", PublicRoomsSettings::origin,
      "The origin whose pages may read the answers of public rooms; *: all").of(PREFIX);
  private static final Setting<String> IP_HASH_KEY = Setting.secret("PUBLIC_ROOMS_IP_HASH_KEY", "Key of the hashes that stand for addresses, of 16 characters or more; if not set, one is generated and stored");
  private static final int MIN_KEY = 16;
  private static final Setting<Integer> COUNT = Setting.integer("PUBLIC_ROOMS_COUNT", 10, 1, 1_000, "How many public rooms there are");
  private static final Setting<Integer> CAPACITY = Setting.integer("PUBLIC_ROOMS_CAPACITY", 10, 1, 10_000, "Seats of a public room");
  private static final Setting<Integer> MAX_PER_ADDRESS = Setting.integer("PUBLIC_ROOMS_MAX_CONNECTIONS_PER_IP", 2, 1, MILLION, "Sockets of one address in rooms");
  private static final Setting<Integer> HARD_MAX_PER_ADDRESS =
      Setting.integer("PUBLIC_ROOMS_HARD_MAX_CONNECTIONS_PER_IP", 4, 1, MILLION, "Sockets of one address in rooms, those that are stale included; not set: at least the one above");
  private static final Setting<Duration> STALE = Setting.millis("PUBLIC_ROOMS_STALE_CONNECTION_MS", 3_600_000, 10, 365 * DAY, "An older socket no longer counts for PUBLIC_ROOMS_MAX_CONNECTIONS_PER_IP");
  private static final Setting<Duration> PING_INTERVAL = Setting.millis("PUBLIC_ROOMS_PING_INTERVAL_MS", 300_000, 10, DAY, "A socket in a room that was silent for so long is asked by a ping event");
  private static final Setting<Duration> PONG_TIMEOUT = Setting.millis("PUBLIC_ROOMS_PONG_TIMEOUT_MS", 30_000, 10, DAY, "A ping without anything from the client for so long is missed");
  private static final Setting<Integer> MAX_MISSED = Setting.integer("PUBLIC_ROOMS_MAX_MISSED_PINGS", 3, 1, 1_000, "So many missed pings in a row end a socket");
  private static final Setting<Integer> API_LIMIT = Setting.integer("PUBLIC_ROOMS_API_LIMIT", 100, 1, MILLION, "REST requests of one address, except joins, within PUBLIC_ROOMS_API_WINDOW_MS");
  private static final Setting<Duration> API_WINDOW = Setting.millis("PUBLIC_ROOMS_API_WINDOW_MS", 60_000, 10, DAY, "The window of PUBLIC_ROOMS_API_LIMIT");
  private static final Setting<Duration> API_BLOCK = Setting.millis("PUBLIC_ROOMS_API_BLOCK_MS", 60_000, 10, DAY, "How long an address is refused that was over PUBLIC_ROOMS_API_LIMIT");
  private static final Setting<Integer> JOIN_LIMIT = Setting.integer("PUBLIC_ROOMS_JOIN_LIMIT", 5, 1, MILLION, "Joins by REST of one address within PUBLIC_ROOMS_JOIN_WINDOW_MS");
  private static final Setting<Duration> JOIN_WINDOW = Setting.millis("PUBLIC_ROOMS_JOIN_WINDOW_MS", 60_000, 10, DAY, "The window of PUBLIC_ROOMS_JOIN_LIMIT");
  private static final Setting<Duration> JOIN_BLOCK = Setting.millis("PUBLIC_ROOMS_JOIN_BLOCK_MS", 300_000, 10, DAY, "How long an address is refused that was over PUBLIC_ROOMS_JOIN_LIMIT");
  private static final Setting<Integer> CHAT_LIMIT = Setting.integer("PUBLIC_ROOMS_CHAT_LIMIT", 10, 1, MILLION, "Chat messages of one address within PUBLIC_ROOMS_CHAT_WINDOW_MS");
  private static final Setting<Duration> CHAT_WINDOW = Setting.millis("PUBLIC_ROOMS_CHAT_WINDOW_MS", 60_000, 10, DAY, "The window of PUBLIC_ROOMS_CHAT_LIMIT");
  private static final Setting<Duration> CHAT_BLOCK = Setting.millis("PUBLIC_ROOMS_CHAT_BLOCK_MS", 30_000, 10, DAY, "How long an address is refused that was over PUBLIC_ROOMS_CHAT_LIMIT");
  private static final Setting<Integer> EVENT_LIMIT = Setting.integer("PUBLIC_ROOMS_EVENT_LIMIT", 600, 1, MILLION, "Events of one socket within PUBLIC_ROOMS_EVENT_WINDOW_MS");
  private static final Setting<Duration> EVENT_WINDOW = Setting.millis("PUBLIC_ROOMS_EVENT_WINDOW_MS", 60_000, 10, DAY, "The window of PUBLIC_ROOMS_EVENT_LIMIT");
  private static final Setting<Duration> BACKOFF_INITIAL = Setting.millis("PUBLIC_ROOMS_BACKOFF_INITIAL_MS", 1_000, 0, DAY, "The first delay between connections one after the other; 0: none");
  private static final Setting<Duration> BACKOFF_MAX = Setting.millis("PUBLIC_ROOMS_BACKOFF_MAX_MS", 60_000, 0, DAY, "The longest delay; each is twice the last one");
  private static final Setting<Duration> BACKOFF_WINDOW = Setting.millis("PUBLIC_ROOMS_BACKOFF_WINDOW_MS", 60_000, 0, DAY, "Connections further apart are not one after the other");
  private static final Setting<Integer> BACKOFF_THRESHOLD = Setting.integer("PUBLIC_ROOMS_BACKOFF_THRESHOLD", 3, 1, MILLION, "The first connection in a row with a delay behind it");
  private static final Setting<Integer> MAX_CONCURRENT = Setting.integer("PUBLIC_ROOMS_MAX_CONCURRENT", 100, 1, MILLION, "Sockets in rooms at the same time; more of them wait");
  private static final Setting<Duration> QUEUE_TIMEOUT = Setting.millis("PUBLIC_ROOMS_QUEUE_TIMEOUT_MS", 30_000, 10, DAY, "How long a socket waits for a place");
  private static final Setting<Integer> QUEUE_MAX = Setting.integer("PUBLIC_ROOMS_QUEUE_MAX", 100, 0, 10_000, "How many sockets may wait for a place");
  private static final Setting<Integer> BLOCK_THRESHOLD = Setting.integer("PUBLIC_ROOMS_BLOCK_THRESHOLD", 10, 1, 1_000, "More suspicious activities of one address block it from rooms");
  private static final Setting<Duration> BLOCK_WINDOW = Setting.millis("PUBLIC_ROOMS_BLOCK_WINDOW_MS", 3_600_000, 10, 365 * DAY, "The time in which they count, and for which it is blocked");
  private static final Setting<Duration> USER_TTL = Setting.millis("PUBLIC_ROOMS_USER_TTL_MS", 1_800_000, 10, 365 * DAY, "A user without activity and socket for so long is forgotten");
  private static final Setting<Integer> CHAT_HISTORY = Setting.integer("PUBLIC_ROOMS_CHAT_HISTORY", 50, 0, 10_000, "Chat messages that a room remembers");
  private static final Setting<Integer> MAX_BODY_BYTES = Setting.bytes("PUBLIC_ROOMS_MAX_BODY_BYTES", 16_384, 256, GIGABYTE, "Longest body of a REST request");
  private static final Setting<Duration> ENGINE_PING_INTERVAL = Setting.millis("PUBLIC_ROOMS_ENGINE_PING_INTERVAL_MS", 25_000, 10, DAY, "How often Engine.IO pings a client");
  private static final Setting<Duration> ENGINE_PING_TIMEOUT = Setting.millis("PUBLIC_ROOMS_ENGINE_PING_TIMEOUT_MS", 60_000, 10, DAY, "How long its answer may take");
  private static final Setting<Integer> ENGINE_MAX_MESSAGE = Setting.bytes("PUBLIC_ROOMS_ENGINE_MAX_MESSAGE_BYTES", MILLION, 1_024, GIGABYTE, "Longest message of a client");
  private static final Setting<Boolean> RECOVERY =
      Setting.flag("PUBLIC_ROOMS_RECOVERY", true, "With a SOCKETIO_RECOVERY_WINDOW: a seat is kept while its lost connection may come back");
  private static final Setting<Integer> MAX_USERS = Setting.integer("PUBLIC_ROOMS_MAX_USERS", 100_000, 1, 100 * MILLION, "Users remembered; over it who was inactive for longest is forgotten");

  /** Every declaration, in the order of the contract. */
  static final List<Setting<?>> ALL = List.of(FRONTEND_URL, IP_HASH_KEY, COUNT, CAPACITY, MAX_PER_ADDRESS, HARD_MAX_PER_ADDRESS, STALE, PING_INTERVAL, PONG_TIMEOUT, MAX_MISSED, API_LIMIT,
      API_WINDOW, API_BLOCK, JOIN_LIMIT, JOIN_WINDOW, JOIN_BLOCK, CHAT_LIMIT, CHAT_WINDOW, CHAT_BLOCK, EVENT_LIMIT, EVENT_WINDOW, BACKOFF_INITIAL, BACKOFF_MAX, BACKOFF_WINDOW,
      BACKOFF_THRESHOLD, MAX_CONCURRENT, QUEUE_TIMEOUT, QUEUE_MAX, BLOCK_THRESHOLD, BLOCK_WINDOW, USER_TTL, CHAT_HISTORY, MAX_BODY_BYTES, ENGINE_PING_INTERVAL, ENGINE_PING_TIMEOUT,
      ENGINE_MAX_MESSAGE, RECOVERY, MAX_USERS);

  /**
   * A budget (section 2.6).
   *
   * @param attempts how many of them fit into a window
   * @param window from the first attempt on
   * @param block how long everything is refused after one more
   */
  record Limit(int attempts, Duration window, Duration block) {}

  /**
   * The delays of section 2.7.
   *
   * @param initial the first one; each further one is twice as long
   * @param max the longest one
   * @param window how long after a disconnect a connection is one after the other
   * @param threshold the number of the first connection with a delay behind it
   */
  record Delays(Duration initial, Duration max, Duration window, int threshold) {}

  /** @throws dev.roost.core.SettingException if one of them is wrong */
  static PublicRoomsSettings from(Settings settings) {
    return new PublicRoomsSettings(settings.get(FRONTEND_URL), ipHashKey(settings), settings.get(COUNT), settings.get(CAPACITY), settings.get(MAX_PER_ADDRESS),
        hardMax(settings), settings.get(STALE), settings.get(PING_INTERVAL), settings.get(PONG_TIMEOUT), settings.get(MAX_MISSED),
        new Limit(settings.get(API_LIMIT), settings.get(API_WINDOW), settings.get(API_BLOCK)),
        new Limit(settings.get(JOIN_LIMIT), settings.get(JOIN_WINDOW), settings.get(JOIN_BLOCK)),
        new Limit(settings.get(CHAT_LIMIT), settings.get(CHAT_WINDOW), settings.get(CHAT_BLOCK)),
        // Blocked is the rest of the window.
        new Limit(settings.get(EVENT_LIMIT), settings.get(EVENT_WINDOW), Duration.ZERO),
        new Delays(settings.get(BACKOFF_INITIAL), settings.get(BACKOFF_MAX), settings.get(BACKOFF_WINDOW), settings.get(BACKOFF_THRESHOLD)),
        settings.get(MAX_CONCURRENT), settings.get(QUEUE_TIMEOUT), settings.get(QUEUE_MAX), settings.get(BLOCK_THRESHOLD), settings.get(BLOCK_WINDOW), settings.get(USER_TTL),
        settings.get(CHAT_HISTORY), settings.get(MAX_BODY_BYTES), settings.get(ENGINE_PING_INTERVAL), settings.get(ENGINE_PING_TIMEOUT), settings.get(ENGINE_MAX_MESSAGE),
        settings.get(RECOVERY), settings.get(MAX_USERS));
  }

  /** Of two limits the second must leave room for the first: who raises only that is not held up by a default. */
  private static int hardMax(Settings settings) {
    int max = settings.get(MAX_PER_ADDRESS);
    int hardMax = settings.get(HARD_MAX_PER_ADDRESS);
    if (hardMax < max && settings.isSet(HARD_MAX_PER_ADDRESS)) {
      throw new SettingException(HARD_MAX_PER_ADDRESS.name() + " must be at least " + MAX_PER_ADDRESS.name() + ", which is " + max + ", but was \"" + hardMax + "\" (from "
          + settings.source(HARD_MAX_PER_ADDRESS) + ")");
    }
    return Math.max(max, hardMax);
  }

  /** A key that can be found by trying makes every hash of an address that address. */
  private static String ipHashKey(Settings settings) {
    String key = settings.get(IP_HASH_KEY);
    if (!key.isEmpty() && key.length() < MIN_KEY) {
      throw new SettingException(IP_HASH_KEY.name() + " must have at least " + MIN_KEY + " characters, best random ones, but has " + key.length() + " (from " + settings.source(IP_HASH_KEY) + ")");
    }
    return key;
  }

  /** As browsers name it: in lower case, without a path. */
  private static String origin(String text) {
    if (!text.equals("*") && !text.matches("[A-Za-z][A-Za-z0-9+.-]*://[^/\\s,]+/?")) {
      throw new IllegalArgumentException("* or one origin such as https://rooms.example.com, without a path");
    }
    return (text.endsWith("/") ? text.substring(0, text.length() - 1) : text).toLowerCase(Locale.ROOT);
  }
}
