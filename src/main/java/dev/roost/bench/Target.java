package dev.roost.bench;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where connections go.
 *
 * @param path with its query; may hold placeholders, so it is no java.net.URI
 */
record Target(boolean tls, String host, int port, Template path) {
  private static final Pattern URL = Pattern.compile("(wss?)://(\\[[0-9a-fA-F:.]+]|[^/?#:\\s{}]+)(?::(\\d{1,5}))?([/?]\\S*)?", Pattern.CASE_INSENSITIVE);

  /**
   * Reads a URL.
   *
   * @param option what to name in a complaint
   * @param readyPath the path for a URL that has none
   */
  static Target of(String option, String url, String readyPath) {
    Matcher matcher = URL.matcher(url);
    if (!matcher.matches()) {
      throw new BenchException(option + " must be like ws://host:port/path or wss://…, but was \"" + url + "\"");
    }
    boolean tls = matcher.group(1).equalsIgnoreCase("wss");
    int port = matcher.group(3) == null ? tls ? 443 : 80 : Integer.parseInt(matcher.group(3));
    if (port < 1 || port > 65_535) {
      throw new BenchException(option + " must have a port from 1 to 65535, but was \"" + url + "\"");
    }
    String path = matcher.group(4) == null || matcher.group(4).equals("/") ? readyPath : matcher.group(4);
    return new Target(tls, matcher.group(2), port, new Template(path.startsWith("/") ? path : "/" + path));
  }

  /** The host as it is looked up: an IPv6 address without its brackets. */
  String address() {
    return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
  }

  /** For people. */
  String origin() {
    return (tls ? "wss://" : "ws://") + host + ":" + port;
  }
}
