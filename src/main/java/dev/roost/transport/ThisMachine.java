package dev.roost.transport;

import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Whether a request that came from a loopback address is meant by who sits at this machine. A proxy or tunnel on it makes everybody look local, and a browser on it shows pages of
 * elsewhere, which ask in its name. What they cannot do is give the request the headers of a local one, unless they mean to: behind a proxy it takes a token to be sure.
 */
final class ThisMachine {
  private static final List<String> PROXY_HEADERS = List.of("forwarded", "x-forwarded-for", "x-real-ip", "x-forwarded-host", "x-forwarded-proto", "via");
  private static final String AUTHORITY = "(localhost|127(\\.\\d{1,3}){3}|\\[::1])(:\\d+)?";
  /** Of a request that was made for another name, a tunnel or a name that points here now (DNS rebinding) has brought it. */
  private static final Pattern HOST = only(AUTHORITY);
  /** Not {@code null} and not {@code file://}: a frame in any page can have the one, a page in any file that came from elsewhere the other. */
  private static final Pattern ORIGIN = only("https?://" + AUTHORITY);
  /** What browsers say of the page that asks (Fetch Metadata); {@code none}: the person in front of it does. */
  private static final Pattern SITE = only("same-origin|none");

  private ThisMachine() {}

  /**
   * Whether nothing in a request says otherwise.
   *
   * @param target as it was sent; with scheme and host it was meant for a proxy (RFC 9112, section 3.2.2)
   * @param headers by name in lower case
   */
  static boolean isMeant(String target, Map<String, List<String>> headers) {
    return target.startsWith("/") && headers.containsKey("host") && allMatch(headers, "host", HOST) && allMatch(headers, "origin", ORIGIN)
        && allMatch(headers, "sec-fetch-site", SITE) && PROXY_HEADERS.stream().noneMatch(headers::containsKey);
  }

  private static boolean allMatch(Map<String, List<String>> headers, String name, Pattern pattern) {
    return headers.getOrDefault(name, List.of()).stream().allMatch(value -> pattern.matcher(value).matches());
  }

  private static Pattern only(String pattern) {
    return Pattern.compile(pattern, Pattern.CASE_INSENSITIVE);
  }
}
