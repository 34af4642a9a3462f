package dev.roost.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.roost.core.Settings;
import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The ways in: passwords, TLS, sentinels. */
class RedisAccessTest {
  @TempDir
  private Path folder;

  @Test
  void aUserOfAnAccessListAndItsPassword() {
    try (RedisServer server = RedisServer.start("--user", "roost", "on", ">p@ss/w#rd", "~*", "&*", "+@all", "--user", "default", "off");
        Redis redis = RedisTest.open("redis://roost:p%40ss%2Fw%23rd@127.0.0.1:" + server.port() + "/3")) {
      RedisServer.await("a connection", redis::isUp);
      RedisTest.join(redis.send(RedisCommand.set("k", "v")));
      assertThat(server.cli("--user", "roost", "--pass", "p@ss/w#rd", "--no-auth-warning", "-n", "3", "GET", "k")).containsExactly("v");
    }
  }

  @Test
  void aPasswordFromASettingOfItsOwn() {
    try (RedisServer server = RedisServer.start("--requirepass", "secret");
        Redis redis = open(Map.of("REDIS_HOST", "127.0.0.1", "REDIS_PORT", Integer.toString(server.port()), "REDIS_PASSWORD", "secret")); Redis wrong = RedisTest.open("redis://:wrong@127.0.0.1:" + server.port())) {
      RedisServer.await("a connection", redis::isUp);
      RedisTest.join(redis.send(RedisCommand.set("k", "v")));
      assertThat(wrong.isUp()).isFalse();
    }
  }

  @Test
  void aServerWithACertificateOfAPrivateAuthority() throws Exception {
    X509Bundle authority = new CertificateBuilder().subject("CN=authority").setIsCertificateAuthority(true).ecp256().buildSelfSigned();
    X509Bundle own = new CertificateBuilder().subject("CN=redis").addSanIpAddress(InetAddress.getLoopbackAddress()).ecp256().buildIssuedBy(authority);
    String ca = write("ca.pem", authority.getCertificatePEM());
    String certificate = write("cert.pem", own.getCertificatePEM());
    String key = write("key.pem", own.getPrivateKeyPEM());
    int port = RedisServer.freePort();
    try (RedisServer server = RedisServer.start("redis-server", port, "--port", "0", "--tls-port", Integer.toString(port), "--tls-cert-file", certificate, "--tls-key-file", key, "--tls-ca-cert-file", ca, "--tls-auth-clients", "no");
        Redis stranger = open(Map.of("REDIS_URL", "rediss://127.0.0.1:" + port)); Redis redis = open(Map.of("REDIS_URL", "rediss://127.0.0.1:" + port, "REDIS_CA", ca))) {
      RedisServer.await("a connection", redis::isUp);
      RedisTest.join(redis.send(RedisCommand.set("k", "v")));
      assertThat(server.cli("--tls", "--cacert", ca, "GET", "k")).containsExactly("v");
      assertThat(stranger.isUp()).isFalse();
    }
  }

  @Test
  void sentinelsNameTheMasterAlsoAfterAFailover() throws Exception {
    int port = RedisServer.freePort();
    try (RedisServer master = RedisServer.start(); RedisServer replica = RedisServer.start("--replicaof", "127.0.0.1 " + master.port())) {
      RedisServer.await("the replica", () -> replica.cli("INFO", "replication").contains("master_link_status:up"));
      String configuration = write("sentinel.conf", "port " + port + "\nbind 127.0.0.1\ndir " + folder + "\nsentinel monitor main 127.0.0.1 " + master.port()
          + " 1\nsentinel down-after-milliseconds main 500\nsentinel failover-timeout main 3000\n");
      try (RedisServer sentinel = RedisServer.start("redis-sentinel", port, configuration); Redis redis = RedisTest.open("redis-sentinel://127.0.0.1:" + port + "/0#main")) {
        RedisServer.await("a connection", redis::isUp);
        Queue<String> heard = new ConcurrentLinkedQueue<>();
        RedisTest.join(redis.subscribe("a", (_, message) -> heard.add(new String(message))));
        RedisTest.join(redis.send(RedisCommand.set("k", "v")));
        RedisServer.await("the sentinel to know the replica", () -> sentinel.cli("SENTINEL", "REPLICAS", "main").contains(Integer.toString(replica.port())));
        master.kill();
        RedisServer.await("the loss", () -> !redis.isUp());
        RedisServer.await("the new master", () -> redis.isUp() && RedisTest.isTrue(redis.send(RedisCommand.set("k", "new"))));
        assertThat(replica.cli("GET", "k")).containsExactly("new");
        replica.cli("PUBLISH", "a", "again");
        RedisServer.await("the message", () -> heard.contains("again"));
      }
    }
  }

  private String write(String name, String text) throws IOException {
    return Files.writeString(folder.resolve(name), text).toString();
  }

  private static Redis open(Map<String, String> settings) {
    return Redis.open(RedisSettings.target(Settings.of(settings)).orElseThrow());
  }
}
