package dev.roost.ptt.auth;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.cert.CertificateFactory;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.X509EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads the public keys of a PEM file (RFC 7468, sections 5 and 13); text around its blocks is ignored. A certificate is only what its key comes in: neither who signed it nor its dates count. */
final class PublicKeyFile {
  private static final Pattern BLOCK = Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----(.*?)-----END \\1-----", Pattern.DOTALL);
  private static final List<String> KEY_ALGORITHMS = List.of("RSA", "EC", "Ed25519");
  private static final long MAX_BYTES = 1 << 20;

  private PublicKeyFile() {}

  /**
   * The keys, in order. Blocks.
   *
   * @throws KeyFileException if there are none, or one of them cannot be read
   */
  static List<PublicKey> read(Path path) {
    List<PublicKey> keys = new ArrayList<>();
    Matcher block = BLOCK.matcher(text(path));
    while (block.find()) {
      keys.add(key(path, block.group(1), block.group(2)));
    }
    if (keys.isEmpty()) {
      throw new KeyFileException(path + " holds no public key (-----BEGIN PUBLIC KEY-----)");
    }
    return keys;
  }

  private static PublicKey key(Path path, String label, String body) {
    try {
      byte[] der = Base64.getMimeDecoder().decode(body.strip());
      return switch (label) {
        case "PUBLIC KEY" -> publicKey(path, der);
        case "CERTIFICATE" -> CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(der)).getPublicKey();
        case "RSA PUBLIC KEY" -> throw new KeyFileException(path + " has an old form (RSA PUBLIC KEY); convert it: openssl rsa -RSAPublicKey_in -in " + path + " -pubout -out new-key.pem");
        default -> throw new KeyFileException(path + " holds " + (label.endsWith("PRIVATE KEY")
            ? "a private key, which only who signs tokens should have; take the public one: openssl pkey -in " + path + " -pubout -out public-key.pem" : "something else than public keys: " + label));
      };
    } catch (IllegalArgumentException | GeneralSecurityException e) {
      throw new KeyFileException(path + " is damaged: a block " + label + " cannot be read");
    }
  }

  private static PublicKey publicKey(Path path, byte[] der) throws GeneralSecurityException {
    for (String algorithm : KEY_ALGORITHMS) {
      try {
        return KeyFactory.getInstance(algorithm).generatePublic(new X509EncodedKeySpec(der));
      } catch (InvalidKeySpecException e) {
        // Perhaps the next one.
      }
    }
    throw new KeyFileException(path + " holds a key that is damaged, or neither RSA nor EC (P-256, P-384, P-521) nor Ed25519");
  }

  private static String text(Path path) {
    try {
      if (Files.size(path) > MAX_BYTES) {
        throw new KeyFileException(path + " is too long for a PEM file");
      }
      return Files.readString(path, StandardCharsets.ISO_8859_1);
    } catch (NoSuchFileException e) {
      throw new KeyFileException("there is no file " + path);
    } catch (IOException e) {
      throw new KeyFileException(path + " cannot be read: " + e);
    }
  }
}
