package dev.roost.mesh;

import dev.roost.core.ByteBudget;
import dev.roost.core.CleanText;
import dev.roost.core.RandomIds;
import dev.roost.core.Secrets;
import dev.roost.core.Setting;
import dev.roost.core.SettingException;
import dev.roost.core.Settings;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The settings of section 4 of the contract, and those of the additions.
 *
 * @param tokens the organisations, each with its token; an empty token is none
 * @param device the server's own device
 */
record MeshSettings(
    Map<String, String> tokens,
    Introduction device,
    Duration heartbeatInterval,
    Duration clientTimeout,
    Duration electionDelay,
    Duration mainAdminTimeout,
    boolean handOffCloses,
    boolean locationsForViewersOnly,
    boolean locationRequiresShare,
    boolean pongKeepsAlive,
    int maxClients,
    int maxMessageBytes,
    int maxMessagesPerSecond,
    Duration abuseAfter,
    int maxQueueBytes,
    Optional<TurnSecret> turn) {

  /** The target of a peer message that is for all others; no device may be called so. */
  static final String BROADCAST = "broadcast";
  static final int MAX_ID = 128;
  static final int MAX_NAME = 64;

  private static final String PREFIX = "MESH";
  private static final int USUAL_MESSAGE = 20 << 10;
  private static final int GENERATED_LENGTH = 9;
  private static final long DAY = 86_400_000;
  private static final int GIGABYTE = 1 << 30;

  /** Base64 ends with equals signs, so these alone do not make a list. */
  private static final Pattern ONE_FOR_EACH = Pattern.compile(",|=[^=]");
  private static final Pattern TURN_URL = Pattern.compile("turns?:(\\[[0-9A-Fa-f:.]+]|[^/\\s?#:@]+)(:\\d{1,5})?(\\?transport=(udp|tcp))?");

  private static final Setting<List<String>> ORGANIZATION_ID = Setting.parsed("MINI_SERVER_ORGANIZATION_ID", "ID,...", "", MeshSettings::organizations,
      "The organisations; devices of others are refused. Without one the mesh is off");
  private static final Setting<String> DEVICE_ID = Setting.text("MINI_SERVER_DEVICE_ID", "ID", "", "The id of the server's own device; none: server_ and random characters");
  private static final Setting<String> DEVICE_NAME = Setting.text("MINI_SERVER_DEVICE_NAME", "NAME", "Mini Server", "The name of the server's own device");
  private static final Setting<Capabilities> CAPABILITIES = Setting.parsed("MINI_SERVER_CAPABILITIES", "NAME,...", "server.temporary", MeshSettings::capabilities,
      "What the server's own device can do; with admin.manage it stands for office");
  private static final Setting<Duration> HEARTBEAT_INTERVAL =
      Setting.millis("HEARTBEAT_INTERVAL", 10_000, 10, DAY, "How often the server and the office holder are heard of, and silent devices looked for").of(PREFIX);
  private static final Setting<Duration> CLIENT_TIMEOUT =
      Setting.millis("CLIENT_TIMEOUT", 30_000, 10, DAY, "A device that sends nothing for so long is removed").of(PREFIX);
  private static final Setting<Duration> ELECTION_DELAY = Setting.millis("ELECTION_DELAY", 2_000, 0, DAY, "From a vacancy with candidates to the election").of(PREFIX);
  private static final Setting<Duration> MAIN_ADMIN_TIMEOUT =
      Setting.millis("MAIN_ADMIN_TIMEOUT", 15_000, 30, DAY, "A main admin that sends nothing for so long is absent; looked at every third of it").of(PREFIX);
  private static final Setting<HandOff> HANDOFF =
      Setting.choice("HANDOFF", HandOff.KEEP, HandOff.class, "What becomes of the other devices when the main admin comes").of(PREFIX);
  private static final Setting<Visibility> LOCATION_VISIBILITY =
      Setting.choice("LOCATION_VISIBILITY", Visibility.ALL, Visibility.class, "Who gets locations; viewers: devices with location.view").of(PREFIX);
  private static final Setting<Boolean> LOCATION_REQUIRES_SHARE = Setting.flag("LOCATION_REQUIRES_SHARE", false, "Sending locations takes location.share").of(PREFIX);
  private static final Setting<Boolean> PONG_KEEPS_ALIVE = Setting.flag("PONG_KEEPS_ALIVE", false, "Answers to pings count as signs of life, too").of(PREFIX);
  private static final Setting<String> TOKEN = Setting.secret("MESH_TOKEN", "What connecting takes as ?token=: one for all organisations, or ID=TOKEN,... for each");
  private static final Setting<Integer> MAX_CLIENTS = Setting.integer("MAX_CLIENTS", 1_000, 1, 100_000, "Devices of one organisation").of(PREFIX);
  private static final Setting<Integer> MAX_MESSAGE_BYTES = Setting.bytes("MAX_MESSAGE_BYTES", 262_144, 1_024, GIGABYTE, "Longest message of a device").of(PREFIX);
  private static final Setting<Integer> MAX_MESSAGES_PER_SEC =
      Setting.integer("MAX_MESSAGES_PER_SEC", 50, 1, 1_000_000, "Messages a second of one device; the burst is twice that").of(PREFIX);
  private static final Setting<Duration> ABUSE_AFTER =
      Setting.millis("ABUSE_AFTER", 10_000, 100, DAY, "Above the message rate for so long without pause: the connection is closed").of(PREFIX);
  private static final Setting<Integer> MAX_QUEUE_BYTES = Setting.bytes("MAX_QUEUE_BYTES", 4 << 20, 65_536, GIGABYTE, "What may wait for one slow device").of(PREFIX);
  private static final Setting<String> TURN_SECRET = Setting.secret("TURN_SECRET", "What the TURN servers share with this one (coturn: static-auth-secret)").of(PREFIX);
  private static final Setting<List<String>> TURN_URLS = Setting.parsed("TURN_URLS", "URL,...", "", MeshSettings::turnUrls, "TURN servers for devices that ask").of(PREFIX);
  private static final Setting<Duration> TURN_TTL = Setting.millis("TURN_TTL", DAY / 2, 1_000, 30 * DAY, "How long their credentials are good for").of(PREFIX);
  static final Setting<String> PATH = Setting.parsed("MESH_PATH", "PATH", "*", MeshSettings::path,
      "The WebSocket path on the shared port besides /mesh; *: any that no protocol has, if the query has organizationId");

  /** Every declaration, in the order of the contract. */
  static final List<Setting<?>> ALL = List.of(ORGANIZATION_ID, DEVICE_ID, DEVICE_NAME, CAPABILITIES, HEARTBEAT_INTERVAL, CLIENT_TIMEOUT, ELECTION_DELAY,
      MAIN_ADMIN_TIMEOUT, HANDOFF, LOCATION_VISIBILITY, LOCATION_REQUIRES_SHARE, PONG_KEEPS_ALIVE, TOKEN, MAX_CLIENTS, MAX_MESSAGE_BYTES, MAX_MESSAGES_PER_SEC,
      ABUSE_AFTER, MAX_QUEUE_BYTES, TURN_SECRET, TURN_URLS, TURN_TTL, PATH);

  /** 2.4. */
  enum HandOff { KEEP, CLOSE }

  /** D8. */
  enum Visibility { ALL, VIEWERS }

  /** Whether there is an organisation, without which there is no mesh. */
  static boolean hasOrganization(Settings settings) {
    return !settings.get(ORGANIZATION_ID).isEmpty();
  }

  /** @throws SettingException if one of them is wrong, or they contradict each other */
  static MeshSettings from(Settings settings, RandomIds ids) {
    List<String> organizations = settings.get(ORGANIZATION_ID);
    if (organizations.isEmpty()) {
      throw new SettingException("The mesh needs an organisation: MINI_SERVER_ORGANIZATION_ID is not set");
    }
    return new MeshSettings(tokens(organizations, settings), device(settings, ids), settings.get(HEARTBEAT_INTERVAL), settings.get(CLIENT_TIMEOUT),
        settings.get(ELECTION_DELAY), settings.get(MAIN_ADMIN_TIMEOUT), settings.get(HANDOFF) == HandOff.CLOSE, settings.get(LOCATION_VISIBILITY) == Visibility.VIEWERS,
        settings.get(LOCATION_REQUIRES_SHARE), settings.get(PONG_KEEPS_ALIVE), settings.get(MAX_CLIENTS), settings.get(MAX_MESSAGE_BYTES),
        settings.get(MAX_MESSAGES_PER_SEC), settings.get(ABUSE_AFTER), settings.get(MAX_QUEUE_BYTES), turn(settings));
  }

  /** Whether this is what devices of the organisation show; anything is where it has no token. */
  boolean admits(String organization, Optional<String> token) {
    String expected = tokens.get(organization);
    return expected != null && (expected.isEmpty() || token.filter(given -> Secrets.equal(given, expected)).isPresent());
  }

  /** The ids that are not for devices. */
  boolean isReserved(String clientId) {
    return clientId.equals(BROADCAST) || clientId.equals(device.clientId());
  }

  /**
   * What devices may send through the server to others: as many bytes a second as 20 KB in each message come to, and at once a part of a queue. Without it a few devices could fill the queue of one that
   * reads as fast as it can, and it would be closed for it.
   */
  ByteBudget relayBudget(int partOfQueue, long nanos) {
    return new ByteBudget((long) maxMessagesPerSecond * USUAL_MESSAGE, maxQueueBytes / partOfQueue, nanos);
  }

  /** What the statistics say of an organisation's configuration. */
  MeshStatistics.Config config(String organization, int port) {
    return new MeshStatistics.Config(port, organization, device.clientId(), device.name(), heartbeatInterval, clientTimeout);
  }

  /** One token for all, or one for each: then none may be missing, because it would be open without anybody wanting that. */
  private static Map<String, String> tokens(List<String> organizations, Settings settings) {
    String text = settings.get(TOKEN);
    if (!ONE_FOR_EACH.matcher(text).find()) {
      return organizations.stream().collect(Collectors.toMap(organization -> organization, organization -> text, (a, b) -> a, LinkedHashMap::new));
    }
    Map<String, String> tokens = new LinkedHashMap<>();
    for (String part : list(text)) {
      String[] pair = part.split("\\s*=\\s*", 2);
      if (pair.length < 2 || pair[1].isEmpty()) {
        throw wrongTokens(settings, "has a part that is not ID=TOKEN");
      }
      if (!organizations.contains(pair[0])) {
        // Without what it names, which may be the half of a token.
        throw wrongTokens(settings, "names an organisation that is not in MINI_SERVER_ORGANIZATION_ID");
      }
      if (tokens.put(pair[0], pair[1]) != null) {
        throw wrongTokens(settings, "names " + pair[0] + " twice");
      }
    }
    organizations.stream().filter(organization -> !tokens.containsKey(organization)).findFirst().ifPresent(organization -> {
      throw wrongTokens(settings, "has no token for " + organization);
    });
    return tokens;
  }

  private static SettingException wrongTokens(Settings settings, String fault) {
    return new SettingException("MESH_TOKEN (from " + settings.source(TOKEN) + ") " + fault + "; it must be one token without comma, or ID=TOKEN,... for each organisation");
  }

  private static Introduction device(Settings settings, RandomIds ids) {
    String given = settings.get(DEVICE_ID);
    String id = given.isEmpty() ? "server_" + ids.next(GENERATED_LENGTH) : given;
    if (!CleanText.isId(id, MAX_ID) || id.equals(BROADCAST)) {
      throw new SettingException("MINI_SERVER_DEVICE_ID must be 1-" + MAX_ID + " characters, none of them a control character, and not \"" + BROADCAST + "\" (from "
          + settings.source(DEVICE_ID) + ")");
    }
    return new Introduction(id, CleanText.name(settings.get(DEVICE_NAME), MAX_NAME).orElse(DEVICE_NAME.defaultText()), settings.get(CAPABILITIES), false);
  }

  private static Optional<TurnSecret> turn(Settings settings) {
    String secret = settings.get(TURN_SECRET);
    List<String> urls = settings.get(TURN_URLS);
    Duration validity = settings.get(TURN_TTL);
    if (secret.isEmpty() != urls.isEmpty()) {
      Setting<?> there = urls.isEmpty() ? TURN_SECRET : TURN_URLS;
      throw new SettingException(there.name() + " (from " + settings.source(there) + ") needs " + (urls.isEmpty() ? TURN_URLS : TURN_SECRET).name() + ", too");
    }
    return urls.isEmpty() ? Optional.empty() : Optional.of(new TurnSecret(secret, urls, validity));
  }

  private static List<String> list(String text) {
    return Arrays.stream(text.split(",")).map(String::strip).filter(part -> !part.isEmpty()).distinct().toList();
  }

  private static List<String> organizations(String text) {
    List<String> ids = list(text);
    if (!ids.stream().allMatch(id -> CleanText.isId(id, MAX_ID))) {
      throw new IllegalArgumentException("a list of ids of at most " + MAX_ID + " characters, none of them a control character");
    }
    return ids;
  }

  private static Capabilities capabilities(String text) {
    Capabilities capabilities = Capabilities.parse(text);
    if (capabilities.names().size() < list(text).size()) {
      throw new IllegalArgumentException("a list of at most 32 names of letters, digits and . _ : - such as admin.manage,location.view");
    }
    return capabilities;
  }

  private static List<String> turnUrls(String text) {
    List<String> urls = list(text);
    if (!urls.stream().allMatch(TURN_URL.asMatchPredicate())) {
      // A browser would refuse to make any connection with it.
      throw new IllegalArgumentException("a list such as turn:turn.example.com:3478,turns:turn.example.com:5349?transport=tcp");
    }
    return urls;
  }

  private static String path(String text) {
    if (!text.equals("*") && !text.matches("/[^?#\\s]*")) {
      throw new IllegalArgumentException("* or a path such as /devices");
    }
    return text;
  }
}
