package dev.roost.ptt.auth;

import dev.roost.core.Setting;
import dev.roost.core.SettingException;
import dev.roost.core.Settings;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What tokens are checked with, by section 4 of the contract and additions to it. Every algorithm has a key that it can use, and every key an algorithm.
 *
 * @param algorithms that a token may be signed with
 * @param secret without the quotes around it
 */
record TokenSettings(Set<Algorithm> algorithms, Optional<String> secret, Optional<KeyFile> keyFile, Optional<KeyServer.Options> keyServer) {
  private static final String PREFIX = "PTT";
  private static final long DAY = 86_400_000;

  private static final Setting<Boolean> USE_AUTHENTICATION =
      Setting.flag("USE_AUTHENTICATION", true, "false: the token is the user id, and everybody is who they say").of(PREFIX);
  private static final Setting<String> SECRET_KEY = Setting.secret("SECRET_KEY", "What tokens are signed with by HS256, HS384, HS512; without a key PTT is off").of(PREFIX);
  private static final Setting<String> JWT_SECRET = Setting.secret("JWT_SECRET", "The same as SECRET_KEY, which wins").of(PREFIX);
  private static final Setting<Set<Algorithm>> JWT_ALGORITHMS =
      Setting.parsed("JWT_ALGORITHMS", "NAME,...", "HS256", TokenSettings::algorithms, "What tokens may be signed with: " + Algorithm.names()).of(PREFIX);
  private static final Setting<String> JWT_PUBLIC_KEY =
      Setting.text("JWT_PUBLIC_KEY", "FILE", "", "PEM file with the public keys or certificates of who signs tokens; reloaded when it changes").of(PREFIX);
  private static final Setting<String> JWT_JWKS_URL = Setting.text("JWT_JWKS_URL", "URL", "", "Where their public keys are fetched (JWK Set); https, or http on this machine").of(PREFIX);
  private static final Setting<Duration> JWT_JWKS_REFRESH_MS = Setting.millis("JWT_JWKS_REFRESH_MS", 300_000, 1_000, DAY, "How often they are fetched again").of(PREFIX);

  /** Every declaration, in the order of the help. */
  static final List<Setting<?>> ALL = List.of(USE_AUTHENTICATION, SECRET_KEY, JWT_SECRET, JWT_ALGORITHMS, JWT_PUBLIC_KEY, JWT_JWKS_URL, JWT_JWKS_REFRESH_MS);

  static boolean isOn(Settings settings) {
    return settings.get(USE_AUTHENTICATION);
  }

  static boolean isConfigured(Settings settings) {
    return !settings.get(USE_AUTHENTICATION) || Stream.of(SECRET_KEY, JWT_SECRET, JWT_PUBLIC_KEY, JWT_JWKS_URL).anyMatch(settings::isSet);
  }

  /**
   * Reads the settings, and the file of keys.
   *
   * @return empty where authentication is off
   * @throws SettingException if one of them is wrong, or they contradict each other
   */
  static Optional<TokenSettings> from(Settings settings) {
    if (!settings.get(USE_AUTHENTICATION)) {
      return Optional.empty();
    }
    if (!isConfigured(settings)) {
      throw new SettingException("PTT needs a key to check tokens with: set SECRET_KEY, JWT_PUBLIC_KEY or JWT_JWKS_URL (or USE_AUTHENTICATION=false, and the token is the user id)");
    }
    Set<Algorithm> algorithms = settings.get(JWT_ALGORITHMS);
    checkUsed(settings, algorithms);
    Optional<KeyServer.Options> server = keyServer(settings);
    Optional<KeyFile> file = keyFile(settings, algorithms, server.isEmpty());
    return Optional.of(new TokenSettings(algorithms, secret(settings), file, server));
  }

  /** What is used, for the log. */
  @Override
  public String toString() {
    return algorithms.stream().map(Algorithm::toString).collect(Collectors.joining(", "))
        + keyFile.map(file -> ", public keys of " + file).orElse("") + keyServer.map(server -> ", public keys of " + server.url()).orElse("");
  }

  /** A key for which there is no algorithm, or an algorithm for which there is no key, is a mistake that would show only when somebody is turned away. */
  private static void checkUsed(Settings settings, Set<Algorithm> algorithms) {
    Predicate<Algorithm> symmetric = Algorithm::isSymmetric;
    boolean hasSecret = secretSetting(settings).isPresent();
    boolean hasPublicKeys = settings.isSet(JWT_PUBLIC_KEY) || settings.isSet(JWT_JWKS_URL);
    secretSetting(settings).filter(setting -> algorithms.stream().noneMatch(symmetric)).ifPresent(setting -> {
      throw unused(settings, setting, "a secret is for HS256, HS384 or HS512");
    });
    Stream.of(JWT_PUBLIC_KEY, JWT_JWKS_URL).filter(settings::isSet).filter(setting -> algorithms.stream().allMatch(symmetric)).findFirst().ifPresent(setting -> {
      throw unused(settings, setting, "public keys are for others, such as RS256");
    });
    algorithms.stream().filter(algorithm -> algorithm.isSymmetric() ? !hasSecret : !hasPublicKeys).findFirst().ifPresent(algorithm -> {
      throw new SettingException(origin(settings, JWT_ALGORITHMS) + " names " + algorithm + ", which needs " + algorithm.kind() + ": set "
          + (algorithm.isSymmetric() ? "SECRET_KEY" : "JWT_PUBLIC_KEY or JWT_JWKS_URL"));
    });
  }

  private static SettingException unused(Settings settings, Setting<?> setting, String reason) {
    return new SettingException(origin(settings, setting) + " would be of no use: JWT_ALGORITHMS is " + settings.text(JWT_ALGORITHMS) + " (from " + settings.source(JWT_ALGORITHMS) + "), and " + reason);
  }

  private static String origin(Settings settings, Setting<?> setting) {
    return setting.name() + " (from " + settings.source(setting) + ")";
  }

  private static Optional<Setting<String>> secretSetting(Settings settings) {
    return Stream.of(SECRET_KEY, JWT_SECRET).filter(settings::isSet).findFirst();
  }

  /** Files of settings put quotes around values, and some readers of such files leave them there. */
  private static Optional<String> secret(Settings settings) {
    return secretSetting(settings).map(setting -> {
      String text = settings.get(setting);
      char first = text.charAt(0);
      boolean quoted = text.length() > 1 && (first == '"' || first == '\'') && text.charAt(text.length() - 1) == first;
      String secret = quoted ? text.substring(1, text.length() - 1) : text;
      if (secret.isEmpty()) {
        throw new SettingException(origin(settings, setting) + " has nothing between its quotes");
      }
      return secret;
    });
  }

  private static Optional<KeyFile> keyFile(Settings settings, Set<Algorithm> algorithms, boolean isOnlySource) {
    if (!settings.isSet(JWT_PUBLIC_KEY)) {
      return Optional.empty();
    }
    try {
      return Optional.of(KeyFile.open(Path.of(settings.get(JWT_PUBLIC_KEY)), algorithms, isOnlySource));
    } catch (KeyFileException | InvalidPathException e) {
      throw new SettingException(origin(settings, JWT_PUBLIC_KEY) + ": " + e.getMessage());
    }
  }

  private static Optional<KeyServer.Options> keyServer(Settings settings) {
    if (!settings.isSet(JWT_JWKS_URL)) {
      return Optional.empty();
    }
    try {
      return Optional.of(KeyServer.Options.of(settings.get(JWT_JWKS_URL), settings.get(JWT_JWKS_REFRESH_MS)));
    } catch (IllegalArgumentException e) {
      throw new SettingException(origin(settings, JWT_JWKS_URL) + " must be " + e.getMessage() + ", but was \"" + settings.text(JWT_JWKS_URL) + "\"");
    }
  }

  private static Set<Algorithm> algorithms(String text) {
    List<String> names = Arrays.stream(text.split(",")).map(String::strip).filter(name -> !name.isEmpty()).toList();
    Set<Algorithm> algorithms = EnumSet.noneOf(Algorithm.class);
    for (String name : names) {
      algorithms.add(Algorithm.named(name).orElseThrow(() -> new IllegalArgumentException("a list of " + Algorithm.names()
          + (name.toLowerCase(Locale.ROOT).equals("none") ? " (a token without a signature proves nothing)" : ""))));
    }
    if (algorithms.isEmpty()) {
      throw new IllegalArgumentException("a list of " + Algorithm.names());
    }
    return algorithms;
  }
}
