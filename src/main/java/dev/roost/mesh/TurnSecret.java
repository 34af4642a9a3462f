package dev.roost.mesh;

import dev.roost.mesh.MeshMessages.TurnAccess;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * What this server shares with the TURN servers, so that it can give devices access for a time: the form that coturn calls {@code use-auth-secret}. The user name is the time when it ends and the
 * device's id (or a hash of it), the password its HMAC; both are then used as long-term credentials (RFC 8489, section 9.2).
 *
 * @param secret the same as coturn's {@code static-auth-secret}
 * @param urls the TURN servers, as {@code RTCIceServer.urls} takes them
 * @param validity how long an access is good for
 */
record TurnSecret(String secret, List<String> urls, Duration validity) {
  /** SHA-1, because coturn knows no other here; for an HMAC it is still sound. */
  private static final String ALGORITHM = "HmacSHA1";

  /** coturn takes no user name with spaces, quotes or words of SQL in it, and STUN none above 512 bytes. */
  private static final Pattern USABLE_ID = Pattern.compile("(?!.*(union|select))[a-z0-9._:@-]+", Pattern.CASE_INSENSITIVE);

  TurnAccess accessFor(String clientId, Instant now) {
    // In whole seconds on the wire, so the answer says no more than what is granted.
    Instant expires = Instant.ofEpochSecond(now.plus(validity).getEpochSecond());
    String username = expires.getEpochSecond() + ":" + (USABLE_ID.matcher(clientId).matches() ? clientId : hash(clientId));
    return new TurnAccess(urls, username, hmac(username), expires);
  }

  private static String hash(String clientId) {
    try {
      return Base64.getUrlEncoder().withoutPadding().encodeToString(MessageDigest.getInstance("SHA-256").digest(clientId.getBytes(StandardCharsets.UTF_8)));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("Every Java has SHA-256", e);
    }
  }

  private String hmac(String username) {
    try {
      Mac mac = Mac.getInstance(ALGORITHM);
      mac.init(new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), ALGORITHM));
      return Base64.getEncoder().encodeToString(mac.doFinal(username.getBytes(StandardCharsets.UTF_8)));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("Every Java has " + ALGORITHM, e);
    }
  }
}
