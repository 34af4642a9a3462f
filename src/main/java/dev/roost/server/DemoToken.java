package dev.roost.server;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Base64;
import java.util.Map;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** A token for trying PTT out (JWS compact serialization with HS256, RFC 7515); users of a real server get theirs from whoever knows them. */
final class DemoToken {
  /** Of which everybody with such a token is a member. */
  static final String GROUP = "demo";
  private static final String ALGORITHM = "HmacSHA256";

  private DemoToken() {}

  /** @param generated the keys of this demo; a key that was given is not used for tokens that are printed */
  static String of(Map<String, String> generated, String userId, String role) {
    String secret = generated.get("PTT_SECRET_KEY");
    return secret == null ? "(as your settings want it)" : signed(secret, userId, role);
  }

  static String signed(String secret, String userId, String role) {
    String content = encoded("{\"alg\":\"HS256\",\"typ\":\"JWT\"}") + "." + encoded("{\"uid\":\"" + userId + "\",\"role\":\"" + role + "\",\"channelIds\":[\"" + GROUP + "\"]}");
    try {
      Mac mac = Mac.getInstance(ALGORITHM);
      mac.init(new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), ALGORITHM));
      return content + "." + Base64.getUrlEncoder().withoutPadding().encodeToString(mac.doFinal(content.getBytes(StandardCharsets.UTF_8)));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("Every JDK has " + ALGORITHM, e);
    }
  }

  private static String encoded(String json) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(json.getBytes(StandardCharsets.UTF_8));
  }
}
