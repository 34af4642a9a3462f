package dev.roost.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.roost.core.SettingException;
import dev.roost.mesh.MeshClient;
import dev.roost.mesh.MeshStatistics;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The mesh as a part of a Java program, on real sockets. */
@Timeout(60)
class MiniServerTest {
  private static final long LIMIT_SECONDS = 10;
  private static final MiniServerOptions OPTIONS = MiniServerOptions.of("org_456").port(0).with("HOST", "127.0.0.1").with("ELECTION_DELAY", "20");
  private static final MiniServerOptions.Device OWN = new MiniServerOptions.Device("device_123", "Mobile Device", List.of("location.share", "admin.manage"));

  private final HttpClient client = HttpClient.newHttpClient();
  private final Events events = new Events();
  private MiniServer server;

  @AfterEach
  void stop() {
    if (server != null) {
      server.stop();
    }
    client.shutdownNow();
  }

  @Test
  void ofItsOwnAccordItStartsOnlyIfItIsTold() throws Exception {
    server = new MiniServer(OPTIONS, events);
    assertThat(server.stats().isRunning()).isFalse();
    server.start();
    assertThat(events.next()).isEqualTo("started " + server.port());
    server.stop();
    assertThat(events.next()).isEqualTo("stopped");

    server = new MiniServer(OPTIONS.autoStart(true), events);
    assertThat(server.stats().isRunning()).isTrue();
    assertThat(events.next()).isEqualTo("started " + server.port());
  }

  @Test
  void theOwnDeviceIsElectedWhereNobodyIsBetterAndStepsAsideForTheMainAdmin() throws Exception {
    server = new MiniServer(OPTIONS.device(OWN).autoStart(true), events);
    events.next();
    assertThat(events.next()).isEqualTo("elected device_123");
    assertThat(events.next()).isEqualTo("promoted");
    assertThat(server.isCurrentDeviceAdmin()).isTrue();

    Inbox main = join("m&deviceType=admin&capabilities=admin.manage");
    main.await(text -> text.contains("\"deviceId\":\"m\""));
    assertThat(List.of(events.next(), events.next(), events.next())).containsExactly("connected m", "main m", "demoted");
    assertThat(server.isCurrentDeviceAdmin()).isFalse();
    assertThat(server.forceElection()).isFalse();

    main.close();
    assertThat(List.of(events.next(), events.next(), events.next(), events.next())).containsExactly("disconnected m", "vacant", "elected device_123", "promoted");
    assertThat(server.forceElection()).isTrue();
    assertThat(List.of(events.next(), events.next(), events.next(), events.next())).containsExactly("vacant", "demoted", "elected device_123", "promoted");
  }

  @Test
  void whoIsThereAndWhereCanBeAskedAndIsTold() throws Exception {
    server = new MiniServer(OPTIONS.autoStart(true), events);
    events.next();
    Inbox a = join("a&clientName=Al&capabilities=location.share");
    a.await(text -> text.contains("client-list-update"));
    assertThat(events.next()).isEqualTo("connected a");
    assertThat(server.connectedClients()).singleElement().satisfies(known -> {
      assertThat(known.id()).isEqualTo("a");
      assertThat(known.name()).isEqualTo("Al");
      assertThat(known.capabilities()).containsExactly("location.share");
    });
    a.send("{\"type\":\"location-update\",\"data\":{\"latitude\":40.7,\"longitude\":-74,\"floor\":3}}");
    assertThat(events.next()).isEqualTo("location a {\"latitude\":40.7,\"longitude\":-74,\"floor\":3}");
    a.close();
    assertThat(events.next()).isEqualTo("disconnected a");
    assertThat(server.connectedClients()).isEmpty();
  }

  @Test
  void statisticsAreTheOriginalsAlsoWhileItIsStopped() throws Exception {
    server = new MiniServer(OPTIONS.device(OWN), events);
    assertThat(server.stats().config()).isEqualTo(new MeshStatistics.Config(0, "org_456", "device_123", "Mobile Device", Duration.ofSeconds(10), Duration.ofSeconds(30)));
    assertThat(server.connectedClients()).isEmpty();
    assertThat(server.forceElection()).isFalse();
    server.start();
    MeshStatistics stats = server.stats();
    assertThat(stats.config().port()).isEqualTo(server.port());
    assertThat(stats.candidates()).singleElement().satisfies(candidate -> {
      assertThat(candidate.deviceId()).isEqualTo("device_123");
      assertThat(candidate.priority()).isEqualTo(12);
    });
  }

  @Test
  void afterAStopItStartsAgainWithHigherTerms() throws Exception {
    server = new MiniServer(OPTIONS.device(OWN).autoStart(true), events);
    events.until("promoted");
    long before = server.stats().term();
    Inbox a = join("a");
    events.until("connected a");
    server.stop();
    assertThat(a.await(text -> text.startsWith("closed"))).isEqualTo("closed 1001");
    events.until("stopped");
    server.start();
    events.until("promoted");
    assertThat(server.stats().term()).isGreaterThan(before);
    assertThat(server.connectedClients()).isEmpty();
  }

  @Test
  void aListenerMayStopTheServerAndMayFail() throws Exception {
    MiniServerListener failing = new MiniServerListener() {
      @Override
      public void clientConnected(MeshClient joined) {
        throw new IllegalStateException("on purpose");
      }
    };
    MiniServerListener stopping = new MiniServerListener() {
      @Override
      public void clientConnected(MeshClient joined) {
        server.stop();
      }
    };
    server = new MiniServer(OPTIONS, failing, stopping, events);
    server.start();
    join("a");
    events.until("stopped");
    assertThat(server.stats().isRunning()).isFalse();
  }

  @Test
  void whatIsWrongIsSaidInOneLineAndLeavesNothingBehind() throws Exception {
    server = new MiniServer(OPTIONS.autoStart(true), events);
    int used = server.port();
    MiniServer second = new MiniServer(OPTIONS.port(used));
    assertThatThrownBy(second::start).isInstanceOf(SettingException.class).hasMessageContaining("is in use already");
    assertThat(second.stats().isRunning()).isFalse();
    assertThatThrownBy(() -> new MiniServer(MiniServerOptions.of("").autoStart(true))).isInstanceOf(SettingException.class);
    assertThatThrownBy(() -> new MiniServer(OPTIONS.with("CLIENT_TIMEOUT", "soon").autoStart(true))).isInstanceOf(SettingException.class).hasMessageContaining("CLIENT_TIMEOUT");
  }

  private Inbox join(String clientId) throws Exception {
    return Inbox.connect(client, server.port(), "/?organizationId=org_456&clientId=" + clientId);
  }

  /** What the listener was told, as words. */
  private static final class Events implements MiniServerListener {
    private final BlockingQueue<String> told = new LinkedBlockingQueue<>();

    String next() throws InterruptedException {
      String event = told.poll(LIMIT_SECONDS, TimeUnit.SECONDS);
      assertThat(event).as("an event within " + LIMIT_SECONDS + " s").isNotNull();
      return event;
    }

    void until(String wanted) throws InterruptedException {
      String event = next();
      while (!event.equals(wanted)) {
        event = next();
      }
    }

    @Override
    public void started(int port) {
      told.add("started " + port);
    }

    @Override
    public void stopped() {
      told.add("stopped");
    }

    @Override
    public void clientConnected(MeshClient joined) {
      told.add("connected " + joined.id());
    }

    @Override
    public void clientDisconnected(String clientId) {
      told.add("disconnected " + clientId);
    }

    @Override
    public void adminElected(String deviceId, boolean isMainAdmin, long term) {
      told.add((isMainAdmin ? "main " : "elected ") + deviceId);
    }

    @Override
    public void officeVacant(long term) {
      told.add("vacant");
    }

    @Override
    public void promoted(long term) {
      told.add("promoted");
    }

    @Override
    public void demoted(long term) {
      told.add("demoted");
    }

    @Override
    public void locationUpdated(String clientId, String location) {
      told.add("location " + clientId + " " + location);
    }
  }
}
