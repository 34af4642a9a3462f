package dev.roost.ptt.auth;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSVerifier;
import com.nimbusds.jose.jca.JCAContext;
import com.nimbusds.jose.util.Base64URL;
import java.security.GeneralSecurityException;
import java.security.Signature;
import java.security.SignatureException;
import java.security.interfaces.EdECPublicKey;
import java.util.Set;

/** Ed25519 (RFC 8032) by Java itself: the library's own verifier needs Tink, with a megabyte of other things. Any thread. */
final class EdVerifier implements JWSVerifier {
  private static final String ED25519 = "Ed25519";

  private final EdECPublicKey key;
  private final JCAContext context = new JCAContext();

  EdVerifier(EdECPublicKey key) {
    this.key = key;
  }

  @Override
  public boolean verify(JWSHeader header, byte[] signed, Base64URL signature) {
    if (!supportedJWSAlgorithms().contains(header.getAlgorithm())) {
      return false;
    }
    try {
      Signature verifier = Signature.getInstance(ED25519);
      verifier.initVerify(key);
      verifier.update(signed);
      return verifier.verify(signature.decode());
    } catch (SignatureException e) {
      // Of another length, or no point of the curve.
      return false;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("Every Java has " + ED25519, e);
    }
  }

  @Override
  public Set<JWSAlgorithm> supportedJWSAlgorithms() {
    return Set.of(JWSAlgorithm.EdDSA, JWSAlgorithm.Ed25519);
  }

  @Override
  public JCAContext getJCAContext() {
    return context;
  }
}
