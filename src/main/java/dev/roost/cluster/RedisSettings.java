package dev.roost.cluster;

import dev.roost.core.Setting;
import dev.roost.core.SettingException;
import dev.roost.core.Settings;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.util.List;
import java.util.Optional;

/** The settings of Redis, which are the server's. Without {@link #URL} and {@link #HOST} there is none. */
public final class RedisSettings {
  /** A secret, because a password may be in it. */
  static final Setting<String> URL = Setting.secret("REDIS_URL", "Redis or Valkey that servers share: redis://[[USER]:PASSWORD@]HOST[:PORT][/DB], rediss:// for TLS, redis-sentinel://[:PASSWORD@]HOST:PORT,HOST:PORT[/DB]#MASTER, "
      + "redis-cluster://HOST:PORT,HOST:PORT or rediss-cluster://; without it and REDIS_HOST everything is kept in memory");
  static final Setting<String> HOST = Setting.text("REDIS_HOST", "HOST", "", "Host of Redis, where there is no REDIS_URL");
  static final Setting<Integer> PORT = Setting.parsed("REDIS_PORT", "N", "6379", RedisSettings::port, "Port of REDIS_HOST");
  static final Setting<String> PASSWORD = Setting.secret("REDIS_PASSWORD", "Password of Redis, where REDIS_URL names none");
  static final Setting<Integer> DATABASE = Setting.integer("REDIS_DB", 0, 0, 1 << 20, "Number of the database of Redis, where REDIS_URL names none");
  static final Setting<String> AUTHORITY = Setting.text("REDIS_CA", "FILE", "", "PEM file with the certificates of a private authority that the certificate of Redis is checked against (rediss:// and rediss-cluster://)");

  public static final List<Setting<?>> ALL = List.of(URL, HOST, PORT, PASSWORD, DATABASE, AUTHORITY);

  private static final String OF_SERVICE = "tcp://";

  private RedisSettings() {}

  /**
   * The Redis that is configured, if one is.
   *
   * @throws SettingException says in one line which setting is wrong, without a password
   */
  public static Optional<RedisTarget> target(Settings settings) {
    Optional<RedisUrl> url = url(settings);
    if (url.isEmpty()) {
      checkNothingElse(settings);
      return Optional.empty();
    }
    RedisUrl full = url.get().withPassword(settings.get(PASSWORD)).withDatabase(settings.get(DATABASE));
    if (full.kind() == RedisUrl.Kind.CLUSTER && full.database().orElse(0) != 0) {
      throw new SettingException("REDIS_DB must be 0 for a cluster, but was \"" + full.database().getAsInt() + "\" (from " + settings.source(DATABASE) + ")");
    }
    return Optional.of(new RedisTarget(full, authority(settings, full)));
  }

  /** Who sets one of the others wants a Redis, and would have everything in memory without knowing it. */
  private static void checkNothingElse(Settings settings) {
    for (Setting<?> setting : List.of(PORT, PASSWORD, DATABASE, AUTHORITY)) {
      if (settings.isSet(setting) && !isOfService(settings, setting)) {
        throw new SettingException(setting.name() + " (from " + settings.source(setting) + ") is of no use without REDIS_HOST or REDIS_URL");
      }
    }
  }

  /** Kubernetes and Docker set REDIS_PORT to an address beside every service of that name, whether it is wanted or not. */
  private static boolean isOfService(Settings settings, Setting<?> setting) {
    return setting == PORT && settings.text(PORT).strip().startsWith(OF_SERVICE);
  }

  private static int port(String text) {
    try {
      int port = Integer.parseInt(text.startsWith(OF_SERVICE) ? text.substring(text.lastIndexOf(':') + 1) : text);
      if (port >= 1 && port <= 65535) {
        return port;
      }
    } catch (NumberFormatException e) {
      // Said below, as for a number out of range.
    }
    throw new IllegalArgumentException("1-65535");
  }

  private static Optional<RedisUrl> url(Settings settings) {
    String text = settings.get(URL);
    if (!text.isEmpty()) {
      for (Setting<?> setting : List.of(HOST, PORT)) {
        if (settings.isSet(setting) && !isOfService(settings, setting)) {
          throw new SettingException(setting.name() + " (from " + settings.source(setting) + ") is of no use beside REDIS_URL, which names host and port");
        }
      }
      try {
        return Optional.of(RedisUrl.parse(text));
      } catch (IllegalArgumentException e) {
        throw new SettingException("REDIS_URL (from " + settings.source(URL) + ") " + e.getMessage());
      }
    }
    String host = settings.get(HOST);
    return host.isEmpty() ? Optional.empty() : Optional.of(RedisUrl.ofServer(host, settings.get(PORT)));
  }

  private static Optional<Path> authority(Settings settings, RedisUrl url) {
    String file = settings.get(AUTHORITY);
    if (file.isEmpty()) {
      return Optional.empty();
    }
    String setting = "REDIS_CA (from " + settings.source(AUTHORITY) + ")";
    if (!url.isTls()) {
      throw new SettingException(setting + " needs a REDIS_URL that begins with rediss://, rediss-sentinel:// or rediss-cluster://");
    }
    try (InputStream in = Files.newInputStream(Path.of(file))) {
      if (CertificateFactory.getInstance("X.509").generateCertificates(in).isEmpty()) {
        throw new SettingException(setting + " must be a PEM file with certificates, but there is none in \"" + file + "\"");
      }
    } catch (IOException e) {
      throw new SettingException(setting + " must be a PEM file, but \"" + file + "\" cannot be read");
    } catch (CertificateException e) {
      throw new SettingException(setting + " must be a PEM file with certificates, but \"" + file + "\" is damaged");
    }
    return Optional.of(Path.of(file));
  }
}
