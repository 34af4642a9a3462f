package dev.roost.bench;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Base64;
import java.util.List;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Who a connection of PTT says that it is: a JSON Web Token (RFC 7519) signed with HS256. Any thread.
 *
 * @param claims a JSON object with placeholders
 * @param secret the key that the server has as {@code SECRET_KEY}
 */
record Credentials(Template claims, String secret) {
  private static final String HEADER = encode("{\"alg\":\"HS256\",\"typ\":\"JWT\"}".getBytes(StandardCharsets.UTF_8));

  /** What the upgrade request carries. */
  List<String> headers(Template.Speaker speaker) {
    return List.of("token: " + token(claims.fill(speaker)), "device_id: " + PttFrames.DEVICE.fill(speaker));
  }

  private String token(String payload) {
    String signed = HEADER + "." + encode(payload.getBytes(StandardCharsets.UTF_8));
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
      return signed + "." + encode(mac.doFinal(signed.getBytes(StandardCharsets.US_ASCII)));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java has HmacSHA256", e);
    }
  }

  private static String encode(byte[] bytes) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }
}
