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

/** The settings of Redis, which are the server's. Without {@link #URL} and {@link #HOST} there is none, and the others are not looked at. */
public final class RedisSettings {
  /** A secret, because a password may be in it. */
  static final Setting<String> URL = Setting.secret("REDIS_URL", "Redis or Valkey that servers share: redis://[[USER]:PASSWORD@]HOST[:PORT][/DB], rediss:// for TLS, redis-sentinel://[:PASSWORD@]HOST:PORT,HOST:PORT[/DB]#MASTER, "
      + "redis-cluster://HOST:PORT,HOST:PORT or rediss-cluster://; without it and REDIS_HOST everything is kept in memory");
  static final Setting<String> HOST = Setting.text("REDIS_HOST", "HOST", "", "Host of Redis, where there is no REDIS_URL");
  static final Setting<Integer> PORT = Setting.integer("REDIS_PORT", 6379, 1, 65535, "Port of REDIS_HOST");
  static final Setting<String> PASSWORD = Setting.secret("REDIS_PASSWORD", "Password of Redis, where REDIS_URL names none");
  static final Setting<Integer> DATABASE = Setting.integer("REDIS_DB", 0, 0, 1 << 20, "Number of the database of Redis, where REDIS_URL names none");
  static final Setting<String> AUTHORITY = Setting.text("REDIS_CA", "FILE", "", "PEM file with the certificates of a private authority that the certificate of Redis is checked against (rediss:// and rediss-cluster://)");

  public static final List<Setting<?>> ALL = List.of(URL, HOST, PORT, PASSWORD, DATABASE, AUTHORITY);

  private RedisSettings() {}

  /**
   * The Redis that is configured, if one is.
   *
   * @throws SettingException says in one line which setting is wrong, without a password
   */
  public static Optional<RedisTarget> target(Settings settings) {
    Optional<RedisUrl> url = url(settings);
    if (url.isEmpty()) {
      return Optional.empty();
    }
    RedisUrl full = url.get().withPassword(settings.get(PASSWORD)).withDatabase(settings.get(DATABASE));
    if (full.kind() == RedisUrl.Kind.CLUSTER && full.database().orElse(0) != 0) {
      throw new SettingException("REDIS_DB must be 0 for a cluster, but was \"" + full.database().getAsInt() + "\" (from " + settings.source(DATABASE) + ")");
    }
    return Optional.of(new RedisTarget(full, authority(settings, full)));
  }

  private static Optional<RedisUrl> url(Settings settings) {
    String text = settings.get(URL);
    if (!text.isEmpty()) {
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
