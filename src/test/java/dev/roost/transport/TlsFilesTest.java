package dev.roost.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.CertificateBuilder.Algorithm;
import io.netty.pkitesting.X509Bundle;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A certificate and its key in files: what is read, what is refused, and what happens when they change. */
class TlsFilesTest {
  private static final Duration LIMIT = Duration.ofSeconds(10);

  @TempDir
  private Path folder;
  private Path certificate;
  private Path key;
  /** Times of files are set, not waited for. */
  private long seconds = 1_000_000;

  @BeforeEach
  void paths() {
    certificate = folder.resolve("cert.pem");
    key = folder.resolve("key.pem");
  }

  @ParameterizedTest
  @EnumSource(value = Algorithm.class, names = {"ecp256", "ecp384", "rsa2048", "ed25519"})
  void everyUsualKindOfKeyIsRead(Algorithm algorithm) throws Exception {
    Instant end = Instant.now().plus(30, ChronoUnit.DAYS).truncatedTo(ChronoUnit.SECONDS);
    write(builder().algorithm(algorithm).notAfter(end).buildSelfSigned());
    assertThat(open().notAfter()).isEqualTo(end);
  }

  @Test
  void aChainBeginsWithTheServersOwnCertificate() throws Exception {
    X509Bundle authority = builder().buildSelfSigned();
    X509Bundle own = builder().subject("CN=own").setIsCertificateAuthority(false).buildIssuedBy(authority);
    write(certificate, own.getCertificatePEM() + authority.getCertificatePEM());
    write(key, own.getPrivateKeyPEM());
    assertThat(open().current()).isNotNull();
    write(certificate, authority.getCertificatePEM() + own.getCertificatePEM());
    assertThatThrownBy(this::open).hasMessage("the key in " + key + " does not belong to the first certificate in " + certificate);
  }

  @Test
  void aKeyOfAnotherCertificateIsRefused() throws Exception {
    write(certificate, builder().buildSelfSigned().getCertificatePEM());
    for (Algorithm algorithm : new Algorithm[] {Algorithm.ecp256, Algorithm.rsa2048, Algorithm.ed25519}) {
      write(key, builder().algorithm(algorithm).buildSelfSigned().getPrivateKeyPEM());
      assertThatThrownBy(this::open).isInstanceOf(TlsException.class).hasMessageContaining("does not belong");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"RSA PRIVATE KEY", "EC PRIVATE KEY", "ENCRYPTED PRIVATE KEY"})
  void otherFormsOfKeysAreNamedWithTheWayToConvertThem(String label) throws Exception {
    X509Bundle bundle = builder().buildSelfSigned();
    write(certificate, bundle.getCertificatePEM());
    write(key, bundle.getPrivateKeyPEM().replace("PRIVATE KEY", label));
    assertThatThrownBy(this::open).hasMessageContaining(label.startsWith("ENCRYPTED") ? "is encrypted" : label)
        .hasMessageContaining("openssl pkcs8 -topk8 -nocrypt -in " + key);
  }

  @Test
  void whatIsMissingOrDamagedIsNamed() throws Exception {
    X509Bundle bundle = builder().buildSelfSigned();
    assertThatThrownBy(this::open).hasMessage("there is no file " + certificate);
    write(certificate, "nothing");
    assertThatThrownBy(this::open).hasMessageContaining(certificate + " holds no certificate");
    write(certificate, bundle.getCertificatePEM());
    write(key, bundle.getCertificatePEM());
    assertThatThrownBy(this::open).hasMessageContaining(key + " holds no private key");
    write(key, "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n");
    assertThatThrownBy(this::open).hasMessageContaining("the key in " + key + " is damaged");
    write(key, "-----BEGIN PRIVATE KEY-----\nA\n-----END PRIVATE KEY-----\n");
    assertThatThrownBy(this::open).hasMessageContaining("not base64");
    write(certificate, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    assertThatThrownBy(this::open).hasMessageContaining("certificate 1 in it cannot be read");
  }

  @Test
  void aFaultWithoutWordsIsNamedByItsKind() {
    assertThat(PemFile.reason(certificate, new IOException())).isEqualTo("IOException");
    assertThat(PemFile.reason(certificate, new IOException("Input/output error"))).isEqualTo("Input/output error");
    assertThat(PemFile.reason(certificate, new AccessDeniedException(certificate.toString()))).isEqualTo("permission denied");
  }

  @Test
  void aChangedPairIsTakenWhenItHasComeToRest() throws Exception {
    write(builder().buildSelfSigned());
    TlsFiles files = open();
    TlsPair before = files.current();
    files.look();
    assertThat(files.current()).isSameAs(before);
    write(builder().buildSelfSigned());
    files.look();
    assertThat(files.current()).as("it may still be written").isSameAs(before);
    files.look();
    assertThat(files.current()).isNotSameAs(before);
    assertThat(files.reloadFailures().sum()).isZero();
  }

  @Test
  void ofAHalfWrittenPairTheOldOneStaysUntilTheOtherHalfIsThere() throws Exception {
    write(builder().buildSelfSigned());
    TlsFiles files = open();
    TlsPair before = files.current();
    X509Bundle next = builder().buildSelfSigned();
    write(certificate, next.getCertificatePEM());
    for (int i = 0; i < 5; i++) {
      files.look();
    }
    assertThat(files.current()).isSameAs(before);
    assertThat(files.reloadFailures().sum()).as("one failure, however often it is looked at").isEqualTo(1);
    write(key, next.getPrivateKeyPEM());
    files.look();
    files.look();
    assertThat(files.current()).isNotSameAs(before);
  }

  @Test
  void filesThatAreGoneAreNoOutage() throws Exception {
    write(builder().buildSelfSigned());
    TlsFiles files = open();
    TlsPair before = files.current();
    Files.delete(certificate);
    files.look();
    files.look();
    assertThat(files.current()).isSameAs(before);
    assertThat(files.reloadFailures().sum()).isEqualTo(1);
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void aLookDoesNotWaitForAnotherThatWaitsForAFile() throws Exception {
    write(builder().buildSelfSigned());
    TlsFiles files = open();
    Files.delete(certificate);
    assertThat(new ProcessBuilder("mkfifo", certificate.toString()).start().waitFor()).isZero();
    files.look();
    // Reading a pipe waits for somebody who writes.
    Thread waits = Thread.ofPlatform().start(files::look);
    Thread second = Thread.ofPlatform().start(files::look);
    try {
      assertThat(ended(waits, second)).as("one of the two ended, whichever came second").isTrue();
    } finally {
      try (OutputStream end = Files.newOutputStream(certificate)) {
        end.write('x');
      }
      waits.join(LIMIT);
      second.join(LIMIT);
    }
    assertThat(waits.isAlive() || second.isAlive()).isFalse();
  }

  private static boolean ended(Thread one, Thread other) throws InterruptedException {
    long end = System.nanoTime() + LIMIT.toNanos();
    while (one.isAlive() && other.isAlive() && System.nanoTime() < end) {
      Thread.onSpinWait();
    }
    return !one.isAlive() || !other.isAlive();
  }

  @Test
  void aLinkThatPointsElsewhereIsAChange() throws Exception {
    X509Bundle first = builder().buildSelfSigned();
    X509Bundle second = builder().subject("CN=second").buildSelfSigned();
    Path live = folder.resolve("live");
    for (X509Bundle bundle : new X509Bundle[] {first, second}) {
      Path version = Files.createDirectory(folder.resolve(bundle == first ? "1" : "2"));
      write(version.resolve("cert.pem"), bundle.getCertificatePEM());
      write(version.resolve("key.pem"), bundle.getPrivateKeyPEM());
    }
    Files.createSymbolicLink(live, folder.resolve("1"));
    TlsFiles files = TlsFiles.open(live.resolve("cert.pem"), live.resolve("key.pem"));
    TlsPair before = files.current();
    Files.delete(live);
    Files.createSymbolicLink(live, folder.resolve("2"));
    files.look();
    files.look();
    assertThat(files.current()).isNotSameAs(before);
  }

  private TlsFiles open() {
    return TlsFiles.open(certificate, key);
  }

  private static CertificateBuilder builder() {
    // The library signs nothing by itself that is no authority.
    return new CertificateBuilder().subject("CN=localhost").setIsCertificateAuthority(true).ecp256();
  }

  private void write(X509Bundle bundle) throws Exception {
    write(certificate, bundle.getCertificatePathPEM());
    write(key, bundle.getPrivateKeyPEM());
  }

  private void write(Path file, String text) throws Exception {
    Files.writeString(file, text);
    seconds++;
    Files.setLastModifiedTime(file, FileTime.fromMillis(seconds * 1_000));
  }
}
