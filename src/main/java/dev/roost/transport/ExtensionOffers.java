package dev.roost.transport;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Reads {@code Sec-WebSocket-Extensions}: the grammar of RFC 6455, section 9.1. */
final class ExtensionOffers {
  private static final String TOKEN_MARKS = "!#$%&'*+-.^_`|~";

  private final String text;
  private int at;

  /**
   * One extension that a client would like.
   *
   * @param name as written: names of extensions are registered, and compared as they are
   * @param parameters in the client's order
   */
  record Offer(String name, List<Parameter> parameters) {}

  /** A parameter of an offer; a quoted value stands here without its quotes. */
  record Parameter(String name, Optional<String> value) {}

  private ExtensionOffers(String text) {
    this.text = text;
  }

  /**
   * The offers of all header lines, in order. Of a malformed header there are none: section 9.1 would have the connection fail, but a client that was served before
   * this server could compress is served without compression now, too.
   */
  static List<Offer> parse(List<String> lines) {
    try {
      return new ExtensionOffers(String.join(",", lines)).offers();
    } catch (Malformed e) {
      return List.of();
    }
  }

  private List<Offer> offers() throws Malformed {
    List<Offer> offers = new ArrayList<>();
    do {
      skipSpace();
      // RFC 9110, section 5.6.1.2: a list may have empty elements.
      if (at < text.length() && text.charAt(at) != ',') {
        offers.add(offer());
      }
    } while (take(','));
    if (at < text.length()) {
      throw new Malformed();
    }
    return offers;
  }

  private Offer offer() throws Malformed {
    String name = token();
    List<Parameter> parameters = new ArrayList<>();
    while (take(';')) {
      parameters.add(parameter());
    }
    return new Offer(name, parameters);
  }

  private Parameter parameter() throws Malformed {
    String name = token();
    if (!take('=')) {
      return new Parameter(name, Optional.empty());
    }
    return new Parameter(name, Optional.of(take('"') ? quoted() : token()));
  }

  /** What stands between quotes must be a token, too, once its backslashes are gone. */
  private String quoted() throws Malformed {
    StringBuilder value = new StringBuilder();
    while (peek() != '"') {
      if (peek() == '\\') {
        at++;
      }
      if (!isTokenMark(peek())) {
        throw new Malformed();
      }
      value.append(peek());
      at++;
    }
    at++;
    skipSpace();
    if (value.isEmpty()) {
      throw new Malformed();
    }
    return value.toString();
  }

  private String token() throws Malformed {
    int start = at;
    while (at < text.length() && isTokenMark(text.charAt(at))) {
      at++;
    }
    if (at == start) {
      throw new Malformed();
    }
    String token = text.substring(start, at);
    skipSpace();
    return token;
  }

  /** Whether this comes next; then it is read, with the space behind it, which inside of quotes is none of ours. */
  private boolean take(char mark) {
    if (at == text.length() || text.charAt(at) != mark) {
      return false;
    }
    at++;
    if (mark != '"') {
      skipSpace();
    }
    return true;
  }

  private char peek() throws Malformed {
    if (at == text.length()) {
      throw new Malformed();
    }
    return text.charAt(at);
  }

  private void skipSpace() {
    while (at < text.length() && (text.charAt(at) == ' ' || text.charAt(at) == '\t')) {
      at++;
    }
  }

  /** RFC 9110, section 5.6.2. */
  private static boolean isTokenMark(char c) {
    return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || TOKEN_MARKS.indexOf(c) >= 0;
  }

  /** The header is not what the grammar asks for. */
  private static final class Malformed extends Exception {
    private static final long serialVersionUID = 1;

    Malformed() {
      super(null, null, false, false);
    }
  }
}
