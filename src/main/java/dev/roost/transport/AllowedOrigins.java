package dev.roost.transport;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Which web pages may open connections; programs other than browsers send no origin and are not concerned. */
public final class AllowedOrigins {
  /** Every page. */
  public static final AllowedOrigins ALL = new AllowedOrigins(Set.of("*"));

  /** Not {@code null}: a frame in any page can have that. */
  private static final Pattern LOCAL = Pattern.compile("file://.*|https?://(localhost|127(\\.\\d{1,3}){3}|\\[::1])(:\\d+)?");

  private final Set<String> origins;

  private AllowedOrigins(Set<String> origins) {
    this.origins = origins;
  }

  /** Reads {@code *} or a list such as {@code https://a.example,https://b.example:8443}. */
  public static AllowedOrigins parse(String list) {
    return new AllowedOrigins(Arrays.stream(list.split(",")).map(String::strip).filter(o -> !o.isEmpty()).map(AllowedOrigins::checked)
        .collect(Collectors.toUnmodifiableSet()));
  }

  boolean allow(Optional<String> origin) {
    return origins.contains("*") || origin.isEmpty() || origins.contains(origin.get().toLowerCase(Locale.ROOT));
  }

  /**
   * Whether a request from this machine may act for this machine: programs, files and pages of this machine may, a page of elsewhere that a browser here happens to
   * show may not.
   */
  static boolean isLocal(Optional<String> origin) {
    return origin.isEmpty() || LOCAL.matcher(origin.get().toLowerCase(Locale.ROOT)).matches();
  }

  private static String checked(String origin) {
    if (!origin.equals("*") && !origin.matches("[A-Za-z][A-Za-z0-9+.-]*://[^/\\s]+")) {
      throw new IllegalArgumentException("* or a list of origins such as https://a.example");
    }
    return origin.toLowerCase(Locale.ROOT);
  }
}
