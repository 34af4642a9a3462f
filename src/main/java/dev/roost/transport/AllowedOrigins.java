package dev.roost.transport;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** Which web pages may open connections; programs other than browsers send no origin and are not concerned. */
public final class AllowedOrigins {
  /** Every page. */
  public static final AllowedOrigins ALL = new AllowedOrigins(Set.of("*"));

  private final Set<String> origins;

  private AllowedOrigins(Set<String> origins) {
    this.origins = origins;
  }

  /** Reads {@code *} or a list such as {@code https://a.example,https://b.example:8443}. */
  public static AllowedOrigins parse(String list) {
    return new AllowedOrigins(Arrays.stream(list.split(",")).map(String::strip).filter(o -> !o.isEmpty()).map(AllowedOrigins::checked)
        .collect(Collectors.toUnmodifiableSet()));
  }

  /** Whether a page of this origin may; who names none is no browser. */
  public boolean allow(Optional<String> origin) {
    return origins.contains("*") || origin.isEmpty() || origins.contains(origin.get().toLowerCase(Locale.ROOT));
  }

  private static String checked(String origin) {
    if (!origin.equals("*") && !origin.matches("[A-Za-z][A-Za-z0-9+.-]*://[^/\\s]+")) {
      throw new IllegalArgumentException("* or a list of origins such as https://a.example");
    }
    return origin.toLowerCase(Locale.ROOT);
  }
}
