package dev.roost.transport;

import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.SupportedCipherSuiteFilter;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLException;

/**
 * A certificate with its key, checked to belong together, and the TLS that is spoken with them: 1.3 and 1.2, only cipher suites that are authenticated and keep
 * the past secret if the key gets known.
 *
 * @param context makes the TLS of a connection; any thread
 * @param notBefore when the server's own certificate begins to be valid
 * @param notAfter when it ends
 */
record TlsPair(SslContext context, Instant notBefore, Instant notAfter) {
  private static final List<String> CIPHERS = List.of(
      "TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256",
      "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
      "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
      "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256", "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256");
  /** A client that offers something else only is let in without: there is nothing but HTTP/1.1 here. */
  private static final ApplicationProtocolConfig ALPN = new ApplicationProtocolConfig(ApplicationProtocolConfig.Protocol.ALPN,
      ApplicationProtocolConfig.SelectorFailureBehavior.NO_ADVERTISE, ApplicationProtocolConfig.SelectedListenerFailureBehavior.ACCEPT,
      ApplicationProtocolNames.HTTP_1_1);
  private static final List<String> KEY_ALGORITHMS = List.of("EC", "RSA", "EdDSA");

  /**
   * Reads and checks both files. Blocks.
   *
   * @throws TlsException that says which of them is wrong, and what to do
   */
  static TlsPair load(Path certificateFile, Path keyFile) {
    List<X509Certificate> chain = chain(PemFile.read(certificateFile));
    PrivateKey key = key(PemFile.read(keyFile));
    X509Certificate own = chain.getFirst();
    if (!belongTogether(own, key)) {
      throw new TlsException("the key in " + keyFile + " does not belong to the first certificate in " + certificateFile);
    }
    try {
      SslContext context = SslContextBuilder.forServer(key, chain)
          .sslProvider(SslProvider.JDK)
          .protocols("TLSv1.3", "TLSv1.2")
          .ciphers(CIPHERS, SupportedCipherSuiteFilter.INSTANCE)
          .applicationProtocolConfig(ALPN)
          .build();
      return new TlsPair(context, own.getNotBefore().toInstant(), own.getNotAfter().toInstant());
    } catch (SSLException | IllegalArgumentException e) {
      throw new TlsException(certificateFile + " and " + keyFile + " cannot be used: " + e.getMessage());
    }
  }

  private static List<X509Certificate> chain(PemFile file) {
    List<X509Certificate> chain = new ArrayList<>();
    for (PemFile.Block block : file.blocks("CERTIFICATE")) {
      try {
        chain.add((X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(block.der())));
      } catch (GeneralSecurityException e) {
        throw new TlsException(file.path() + " is damaged: certificate " + (chain.size() + 1) + " in it cannot be read");
      }
    }
    if (chain.isEmpty()) {
      throw new TlsException(file.path() + " holds no certificate (-----BEGIN CERTIFICATE-----)");
    }
    return chain;
  }

  private static PrivateKey key(PemFile file) {
    PemFile.Block block = file.blocks("PRIVATE KEY").stream().findFirst()
        .orElseThrow(() -> new TlsException(file.path() + " holds no private key (-----BEGIN PRIVATE KEY-----)"));
    if (!block.label().equals("PRIVATE KEY")) {
      String form = block.label().equals("ENCRYPTED PRIVATE KEY") ? "is encrypted" : "has an old form (" + block.label() + ")";
      throw new TlsException("the key in " + file.path() + " " + form + "; convert it: openssl pkcs8 -topk8 -nocrypt -in " + file.path() + " -out new-key.pem");
    }
    for (String algorithm : KEY_ALGORITHMS) {
      try {
        return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(block.der()));
      } catch (InvalidKeySpecException e) {
        // Perhaps the next one.
      } catch (GeneralSecurityException e) {
        throw new IllegalStateException("Every Java has " + algorithm, e);
      }
    }
    throw new TlsException("the key in " + file.path() + " is damaged, or neither EC nor RSA nor Ed25519");
  }

  /** What one of them signs, the other one must verify. */
  private static boolean belongTogether(X509Certificate certificate, PrivateKey key) {
    String algorithm = switch (key.getAlgorithm()) {
      case "EC" -> "SHA256withECDSA";
      case "RSA" -> "SHA256withRSA";
      default -> "EdDSA";
    };
    byte[] sample = "a sample".getBytes(StandardCharsets.US_ASCII);
    try {
      Signature signer = Signature.getInstance(algorithm);
      signer.initSign(key);
      signer.update(sample);
      Signature verifier = Signature.getInstance(algorithm);
      verifier.initVerify(certificate.getPublicKey());
      verifier.update(sample);
      return verifier.verify(signer.sign());
    } catch (GeneralSecurityException e) {
      // The certificate's key is of another kind.
      return false;
    }
  }
}
