package dev.roost.publicrooms;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.HexFormat;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Who a visitor is: a keyed hash of its address (contract, section 1.3), because a plain one of an IPv4 address is found by trying all of them. Any thread.
 *
 * <p>One takes a third of a microsecond, which a connection or a REST call does not notice, so none is kept.
 */
final class IpHash {
  private static final String ALGORITHM = "HmacSHA256";
  private static final int SHOWN_DIGITS = 8;

  private final Mac keyed;

  /** @param key any bytes, at least one */
  IpHash(byte[] key) {
    try {
      keyed = Mac.getInstance(ALGORITHM);
      keyed.init(new SecretKeySpec(key, ALGORITHM));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("Every Java has " + ALGORITHM, e);
    }
  }

  /** 64 hexadecimal digits in lower case. @param address in canonical form */
  String of(String address) {
    return HexFormat.of().formatHex(copy().doFinal(address.getBytes(StandardCharsets.UTF_8)));
  }

  /** What a line of the log may tell of a hash. */
  static String shown(String ipHash) {
    return ipHash.substring(0, Math.min(SHOWN_DIGITS, ipHash.length()));
  }

  /** A copy has the key already worked in, and is of one thread. */
  private Mac copy() {
    try {
      return (Mac) keyed.clone();
    } catch (CloneNotSupportedException e) {
      throw new IllegalStateException("Every Java's HMAC can be copied", e);
    }
  }
}
