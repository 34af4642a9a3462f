package dev.roost.ptt.auth;

import com.nimbusds.jose.util.Base64URL;
import dev.roost.transport.json.JsonIn;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HashSet;
import java.util.Set;

/**
 * A token in its parts, before its signature is checked (RFC 7515, section 7.1). Read here and not by the library, because strangers send these: nothing is parsed that does not count.
 *
 * @param algorithm that the header names
 * @param keyId the {@code kid} of the header, empty if it has none
 * @param signed the bytes that the signature is for
 * @param payload what it says; not to be read before the signature is found good
 */
record CompactToken(Algorithm algorithm, String keyId, byte[] signed, byte[] payload, Base64URL signature) {
  /** Headers of HTTP are bounded, too; this is what one token may have of them. */
  static final int MAX_LENGTH = 16 << 10;

  /** @throws RefusedException if it is no such token, or asks for something that the server does not do */
  static CompactToken parse(String token) throws RefusedException {
    if (token.length() > MAX_LENGTH) {
      throw new RefusedException("it is longer than " + MAX_LENGTH + " characters");
    }
    int first = token.indexOf('.');
    int second = token.indexOf('.', first + 1);
    if (first < 0 || second < 0 || second == token.length() - 1) {
      throw new RefusedException("it has not the three parts of a signed token");
    }
    Header header = Header.read(decode(token.substring(0, first)));
    String signature = token.substring(second + 1);
    decode(signature);
    return new CompactToken(header.algorithm(), header.keyId, token.substring(0, second).getBytes(StandardCharsets.ISO_8859_1), decode(token.substring(first + 1, second)), new Base64URL(signature));
  }

  /** Strictly: a part has no other characters than those of base64url, no padding (RFC 7515, section 2) and no character too many. */
  private static byte[] decode(String part) throws RefusedException {
    if (part.indexOf('=') < 0) {
      try {
        return Base64.getUrlDecoder().decode(part);
      } catch (IllegalArgumentException e) {
        // Said below.
      }
    }
    throw new RefusedException("a part of it is not base64url");
  }

  /** What counts of a header. What it says besides, as {@code jwk} and {@code jku}, is never looked at: a token does not bring its own key. */
  private static final class Header implements JsonIn.PropertyReader {
    private final Set<String> seen = new HashSet<>();
    private String algorithm = "";
    private String keyId = "";
    private String fault = "";

    static Header read(byte[] json) throws RefusedException {
      Header header = new Header();
      if (!JsonIn.readObject(json, header)) {
        throw new RefusedException("its header is no JSON object");
      }
      if (!header.fault.isEmpty()) {
        throw new RefusedException(header.fault);
      }
      return header;
    }

    Algorithm algorithm() throws RefusedException {
      return Algorithm.named(algorithm).orElseThrow(() -> new RefusedException("its header names no algorithm of Roost"));
    }

    @Override
    public void read(String name, JsonIn value) {
      if (!seen.add(name)) {
        fault = "its header says something twice";
      }
      switch (name) {
        case "alg" -> algorithm = value.text().orElse("");
        case "kid" -> keyId = value.text().orElseGet(() -> {
          fault = "the kid in its header is no text";
          return "";
        });
        // What must be understood and is not, must be refused (RFC 7515, section 4.1.11).
        case "crit" -> fault = "its header has critical extensions";
        case "b64" -> fault = value.isTrue() ? fault : "its payload is not encoded";
        default -> {
          // Does not count.
        }
      }
    }
  }
}
