package dev.roost.server;

import dev.roost.cluster.RedisSettings;
import dev.roost.core.Setting;
import dev.roost.core.SettingException;
import dev.roost.core.Settings;
import dev.roost.transport.AllowedOrigins;
import dev.roost.transport.HandshakeRates;
import dev.roost.transport.IoKind;
import dev.roost.transport.TlsException;
import dev.roost.transport.TlsFiles;
import dev.roost.transport.TransportOptions;
import dev.roost.transport.TrustedProxies;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;

/** The settings that are not one protocol's. */
record ServerSettings(String host, int port, Map<String, Integer> ownPorts, List<String> protocols, TransportOptions transport) {

  static final Setting<String> HOST = Setting.text("HOST", "ADDRESS", "0.0.0.0", "Address to listen on; :: for IPv6 and IPv4");
  static final Setting<Integer> PORT = Setting.parsed("PORT", "PORT", "8080", ServerSettings::port, "Port to listen on; 0 picks a free one");
  static final Setting<Map<String, Integer>> LISTEN = Setting.parsed("LISTEN", "NAME=PORT,...", "", ServerSettings::listen,
      "Ports of their own for protocols, on which they take every path");
  static final Setting<Optional<Integer>> PARROT_PORT = ownPort("parrot");
  static final Setting<Optional<Integer>> GALLERY_PORT = ownPort("gallery");
  static final Setting<Optional<Integer>> MESH_PORT = ownPort("mesh");
  static final Setting<Optional<Integer>> MINI_SERVER_PORT = ownPort("MINI_SERVER_PORT", "mesh");
  static final Setting<Optional<Integer>> PUBLIC_ROOMS_PORT = ownPort("PUBLIC_ROOMS_PORT", "publicrooms");
  static final Setting<Optional<Integer>> PTT_PORT = ownPort("ptt");
  static final Setting<List<String>> ONLY = Setting.parsed("ONLY", "NAME,...", "", ServerSettings::names, "Run only these protocols");
  static final Setting<String> ADMIN_TOKEN = Setting.secret("ADMIN_TOKEN",
      "What operator actions take as Authorization: Bearer; without it they are for this machine only");
  static final Setting<Boolean> DEMO = Setting.flag("DEMO", false, "Generate the keys that are not set, and print them; for trying everything out");
  static final Setting<String> TLS_CERT = Setting.text("TLS_CERT", "FILE", "", "PEM file with the certificate and its chain: all ports speak TLS; reloaded when it changes");
  static final Setting<String> TLS_KEY = Setting.text("TLS_KEY", "FILE", "", "PEM file with the key of the certificate, PKCS#8");
  static final Setting<TrustedProxies> TRUSTED_PROXIES = Setting.parsed("TRUSTED_PROXIES", "CIDR,...", "", TrustedProxies::parse,
      "Proxies whose X-Forwarded-For counts");
  static final Setting<Boolean> TRUST_PROXY = Setting.flag("TRUST_PROXY", false, "Trust proxies on loopback and private addresses");
  static final Setting<Boolean> PROXY_PROTOCOL = Setting.flag("PROXY_PROTOCOL", false,
      "Every connection begins with a header of the PROXY protocol (1 or 2) from one of these proxies");
  static final Setting<AllowedOrigins> ALLOWED_ORIGINS = Setting.parsed("ALLOWED_ORIGINS", "ORIGIN,...", "*", AllowedOrigins::parse,
      "Web pages that may open WebSockets; others get 403");
  static final Setting<Integer> MAX_CONNECTIONS = Setting.integer("MAX_CONNECTIONS", 100_000, 1, 10_000_000, "WebSockets at the same time; over it 503");
  static final Setting<Integer> MAX_CONNECTIONS_PER_ADDRESS =
      Setting.integer("MAX_CONNECTIONS_PER_ADDRESS", 0, 0, 10_000_000, "The same from one address, of IPv6 from one /64; 0: no limit");
  static final Setting<Integer> HANDSHAKES_PER_SECOND =
      Setting.integer("HANDSHAKES_PER_SECOND", 0, 0, 1_000_000, "WebSockets that are let in each second, twice as many at once; over it 429; 0: no limit");
  static final Setting<Integer> HANDSHAKES_PER_ADDRESS =
      Setting.integer("HANDSHAKES_PER_ADDRESS", 0, 0, 1_000_000, "WebSockets that one address, of IPv6 one /64, may ask for each second; 0: no limit");
  static final Setting<Boolean> HANDSHAKE_LIMIT_DRY_RUN = Setting.flag("HANDSHAKE_LIMIT_DRY_RUN", false, "Only count who would be refused by these two limits");
  static final Setting<Duration> HANDSHAKE_TIMEOUT = Setting.millis("HANDSHAKE_TIMEOUT", 10_000, 50, 600_000, "How long a client may take to send a request");
  static final Setting<Integer> MAX_BODY_BYTES = Setting.bytes("MAX_BODY_BYTES", 1 << 20, 1_024, 1 << 30, "Longest body of an HTTP request; over it 413");
  static final Setting<String> STORE = Setting.text("STORE", "FILE", "data/roost.db", "SQLite file for what outlives a restart; memory keeps nothing");
  static final Setting<Boolean> COMPRESSION = Setting.flag("COMPRESSION", false, "Offer permessage-deflate; a message is compressed once for all its receivers");
  static final Setting<Integer> COMPRESSION_MIN_BYTES =
      Setting.bytes("COMPRESSION_MIN_BYTES", 512, 0, 1 << 18, "Shorter messages are not compressed");
  static final Setting<IoKind> IO = Setting.choice("IO", IoKind.AUTO, IoKind.class, "How the kernel is asked; auto: epoll where there is one");
  static final Setting<Integer> LOOPS = Setting.integer("LOOPS", 0, 0, 1_024, "Event loops; 0: one for two processors");
  static final Setting<LogLevel> LOG_LEVEL = Setting.choice("LOG_LEVEL", LogLevel.INFO, LogLevel.class, "What is logged");
  static final Setting<LogFormat> LOG_FORMAT = Setting.choice("LOG_FORMAT", LogFormat.TEXT, LogFormat.class, "How it is logged; json for machines");

  /** The winning one first. */
  private static final Map<String, List<Setting<Optional<Integer>>>> OWN_PORTS =
      Map.of("parrot", List.of(PARROT_PORT), "gallery", List.of(GALLERY_PORT), "mesh", List.of(MESH_PORT, MINI_SERVER_PORT), "publicrooms", List.of(PUBLIC_ROOMS_PORT), "ptt", List.of(PTT_PORT));

  /** Every declaration, in the order of the help. */
  static final List<Setting<?>> ALL = withRedis(HOST, PORT, LISTEN, PARROT_PORT, GALLERY_PORT, MESH_PORT, MINI_SERVER_PORT, PUBLIC_ROOMS_PORT, PTT_PORT, ONLY, ADMIN_TOKEN, DEMO, TLS_CERT, TLS_KEY, TRUSTED_PROXIES, TRUST_PROXY, PROXY_PROTOCOL,
      ALLOWED_ORIGINS, MAX_CONNECTIONS, MAX_CONNECTIONS_PER_ADDRESS, HANDSHAKES_PER_SECOND, HANDSHAKES_PER_ADDRESS, HANDSHAKE_LIMIT_DRY_RUN,
      HANDSHAKE_TIMEOUT, MAX_BODY_BYTES, COMPRESSION, COMPRESSION_MIN_BYTES, STORE, IO, LOOPS, LOG_LEVEL, LOG_FORMAT);

  private static List<Setting<?>> withRedis(Setting<?>... server) {
    return Stream.<Setting<?>>concat(Stream.of(server), RedisSettings.ALL.stream()).toList();
  }

  /** How much is logged. */
  enum LogLevel { ERROR, WARN, INFO, DEBUG }

  /** For people or for machines. */
  enum LogFormat { TEXT, JSON }

  /** @throws SettingException if one of them is wrong, or they contradict each other */
  static ServerSettings from(Settings settings) {
    List<String> only = settings.get(ONLY);
    Map<String, Integer> listen = ownPorts(settings);
    List<String> on = only.isEmpty() ? withNamed(Protocols.byDefault(settings), listen) : only;
    for (String name : listen.keySet()) {
      if (!on.contains(name)) {
        throw new SettingException(origin(ownPortSetting(settings, name), settings) + " is for " + name + ", which is not among the protocols that ONLY turns on ("
            + String.join(",", only) + ")");
      }
    }
    for (String name : on) {
      Protocols.missing(name, settings).ifPresent(missing -> {
        throw new SettingException(origin(only.isEmpty() ? ownPortSetting(settings, name) : ONLY, settings) + " turns " + name + " on, which needs " + missing);
      });
    }
    // Who gives a protocol the port that all share has named it like any other, and finds it there.
    listen.values().removeIf(port -> port != 0 && port.equals(settings.get(PORT)));
    TrustedProxies proxies = settings.get(TRUSTED_PROXIES);
    return new ServerSettings(settings.get(HOST), settings.get(PORT), listen, on, new TransportOptions(settings.get(IO), settings.get(LOOPS),
        settings.get(HANDSHAKE_TIMEOUT), settings.get(MAX_CONNECTIONS), settings.get(MAX_CONNECTIONS_PER_ADDRESS),
        new HandshakeRates(settings.get(HANDSHAKES_PER_SECOND), settings.get(HANDSHAKES_PER_ADDRESS), settings.get(HANDSHAKE_LIMIT_DRY_RUN)),
        settings.get(MAX_BODY_BYTES), settings.get(TRUST_PROXY) ? proxies.and(TrustedProxies.PRIVATE) : proxies, proxyProtocol(settings),
        settings.get(ALLOWED_ORIGINS), settings.get(COMPRESSION) ? OptionalInt.of(settings.get(COMPRESSION_MIN_BYTES)) : OptionalInt.empty(), tls(settings)));
  }

  private static String origin(Setting<?> setting, Settings settings) {
    return setting.names().getFirst() + " (from " + settings.source(setting) + ")";
  }

  /** Where the own port of a protocol comes from. */
  static Setting<?> ownPortSetting(Settings settings, String protocol) {
    return OWN_PORTS.getOrDefault(protocol, List.of()).stream().filter(settings::isSet).findFirst().<Setting<?>>map(setting -> setting).orElse(LISTEN);
  }

  private static Map<String, Integer> ownPorts(Settings settings) {
    Map<String, Integer> ports = new LinkedHashMap<>(settings.get(LISTEN));
    OWN_PORTS.forEach((protocol, names) -> names.stream().flatMap(setting -> settings.get(setting).stream()).findFirst().ifPresent(port -> ports.put(protocol, port)));
    return ports;
  }

  /** Whoever could write such a header could be anybody, so there is no default for whose counts. */
  private static boolean proxyProtocol(Settings settings) {
    boolean on = settings.get(PROXY_PROTOCOL);
    if (on && !settings.isSet(TRUSTED_PROXIES) && !settings.get(TRUST_PROXY)) {
      throw new SettingException("PROXY_PROTOCOL (from " + settings.source(PROXY_PROTOCOL) + ") needs TRUSTED_PROXIES, the proxies whose headers count, or TRUST_PROXY=true");
    }
    return on;
  }

  /** Read here, so that the check of the configuration finds what is wrong with them. */
  private static Optional<TlsFiles> tls(Settings settings) {
    String certificate = settings.get(TLS_CERT);
    String key = settings.get(TLS_KEY);
    if (certificate.isEmpty() != key.isEmpty()) {
      Setting<?> there = key.isEmpty() ? TLS_CERT : TLS_KEY;
      throw new SettingException(there.name() + " (from " + settings.source(there) + ") needs " + (key.isEmpty() ? TLS_KEY : TLS_CERT).name() + ", too");
    }
    if (certificate.isEmpty()) {
      return Optional.empty();
    }
    try {
      return Optional.of(TlsFiles.open(Path.of(certificate), Path.of(key)));
    } catch (TlsException | InvalidPathException e) {
      throw new SettingException("TLS_CERT (from " + settings.source(TLS_CERT) + ") and TLS_KEY (from " + settings.source(TLS_KEY) + "): " + e.getMessage());
    }
  }

  /** A protocol that is off by default is turned on by giving it a port. */
  private static List<String> withNamed(List<String> defaults, Map<String, Integer> listen) {
    return Stream.concat(defaults.stream(), listen.keySet().stream()).distinct().toList();
  }

  private static Setting<Optional<Integer>> ownPort(String protocol) {
    return ownPort(protocol.toUpperCase(Locale.ROOT) + "_PORT", protocol);
  }

  private static Setting<Optional<Integer>> ownPort(String name, String protocol) {
    return Setting.parsed(name, "PORT", "", text -> text.isEmpty() ? Optional.empty() : Optional.of(port(text)),
        "The same as LISTEN " + protocol + "=PORT");
  }

  private static Integer port(String text) {
    return portNumber(text, "1-65535 (or 0 for any free port)");
  }

  private static Map<String, Integer> listen(String text) {
    Map<String, Integer> ports = new LinkedHashMap<>();
    for (String part : parts(text)) {
      int equals = part.indexOf('=');
      String name = equals < 0 ? part : part.substring(0, equals);
      String expected = "a list such as parrot=8081 of " + String.join(", ", Protocols.NAMES) + " and ports 1-65535";
      if (equals < 0 || !Protocols.NAMES.contains(name) || ports.put(name, portNumber(part.substring(equals + 1), expected)) != null) {
        throw new IllegalArgumentException(expected);
      }
    }
    return ports;
  }

  private static List<String> names(String text) {
    List<String> names = parts(text);
    if (!Protocols.NAMES.containsAll(names)) {
      throw new IllegalArgumentException("a list of " + String.join(", ", Protocols.NAMES));
    }
    return names.stream().distinct().toList();
  }

  private static List<String> parts(String list) {
    return Arrays.stream(list.split(",")).map(String::strip).filter(part -> !part.isEmpty()).toList();
  }

  private static int portNumber(String text, String expected) {
    try {
      int port = Integer.parseInt(text);
      if (port >= 0 && port <= 65_535) {
        return port;
      }
    } catch (NumberFormatException e) {
      // Said below.
    }
    throw new IllegalArgumentException(expected);
  }
}
