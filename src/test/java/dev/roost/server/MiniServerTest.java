package dev.roost.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.HotSpotDiagnosticMXBean;
import com.sun.management.UnixOperatingSystemMXBean;
import dev.roost.core.SettingException;
import dev.roost.mesh.MeshClient;
import dev.roost.mesh.MeshStatistics;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

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
    assertThatThrownBy(second::start).isInstanceOf(SettingException.class)
        .hasMessage("PORT " + used + " (from MiniServerOptions) cannot be used on 127.0.0.1: it is in use already");
    assertThat(second.stats().isRunning()).isFalse();
    assertThatThrownBy(() -> new MiniServer(OPTIONS.with("CLIENT_TIMEOUT", "soon").autoStart(true))).isInstanceOf(SettingException.class).hasMessageContaining("CLIENT_TIMEOUT");
  }

  @Test
  void theStartIsTheFirstThatIsHeardAlsoWhereTheElectionIsQuicker() throws Exception {
    for (int i = 0; i < 5; i++) {
      server = new MiniServer(OPTIONS.device(OWN).with("ELECTION_DELAY", "0").autoStart(true), events);
      assertThat(List.of(events.next(), events.next(), events.next())).containsExactly("started " + server.port(), "elected device_123", "promoted");
      server.stop();
      assertThat(events.next()).isEqualTo("stopped");
    }
  }

  @Test
  void ofAStartThatFailsNobodyHears() throws Exception {
    MiniServer first = new MiniServer(OPTIONS.autoStart(true));
    server = new MiniServer(OPTIONS.device(OWN).with("ELECTION_DELAY", "0").port(first.port()), events);
    for (int i = 0; i < 5; i++) {
      assertThatThrownBy(server::start).isInstanceOf(SettingException.class);
    }
    first.stop();
    server.start();
    server.stop();
    events.until("stopped");
    assertThat(events.heard).startsWith("started " + server.port()).containsOnlyOnce("started " + server.port(), "stopped");
  }

  @Test
  void aSlowListenerHearsOneRunAfterTheOther() throws Exception {
    CompletableFuture<Void> go = new CompletableFuture<>();
    AtomicInteger inside = new AtomicInteger();
    List<Integer> atOnce = new CopyOnWriteArrayList<>();
    MiniServerListener slow = new MiniServerListener() {
      @Override
      public void started(int port) {
        atOnce.add(inside.incrementAndGet());
        go.join();
        inside.decrementAndGet();
      }
    };
    server = new MiniServer(OPTIONS, slow, events);
    for (int i = 0; i < 3; i++) {
      server.start();
      server.stop();
    }
    go.complete(null);
    for (int i = 0; i < 3; i++) {
      assertThat(events.next()).startsWith("started ");
      assertThat(events.next()).isEqualTo("stopped");
    }
    assertThat(atOnce).containsExactly(1, 1, 1);
  }

  @Test
  void fiftyStartsAndStopsLeaveNoThreadAndNoSocket(@TempDir Path folder) throws Exception {
    startAndStop();
    long loops = threads(folder, "loop-");
    long files = openFiles();
    for (int i = 0; i < 50; i++) {
      startAndStop();
    }
    // A socket that listens is an open file, and a loop is some; 50 of them would be seen.
    await(() -> threads(folder, "mini-server-events") == 0 && threads(folder, "loop-") <= loops && openFiles() <= files + 10);
  }

  private static void startAndStop() {
    try (MiniServer cycle = new MiniServer(OPTIONS.device(OWN).with("ELECTION_DELAY", "0"))) {
      cycle.start();
      assertThat(cycle.stats().isRunning()).isTrue();
    }
  }

  /** Those with such a name, virtual ones included. */
  private static long threads(Path folder, String name) throws IOException {
    Path dump = folder.resolve("threads.txt");
    Files.deleteIfExists(dump);
    ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class).dumpThreads(dump.toAbsolutePath().toString(), HotSpotDiagnosticMXBean.ThreadDumpFormat.TEXT_PLAIN);
    return Files.readAllLines(dump).stream().filter(line -> line.startsWith("#") && line.contains(" \"" + name)).count();
  }

  private static long openFiles() {
    return ManagementFactory.getPlatformMXBean(UnixOperatingSystemMXBean.class).getOpenFileDescriptorCount();
  }

  private static void await(Callable<Boolean> condition) throws Exception {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(LIMIT_SECONDS);
    while (!condition.call()) {
      assertThat(System.nanoTime()).as("within " + LIMIT_SECONDS + " s").isLessThan(end);
      Thread.onSpinWait();
    }
  }

  private Inbox join(String clientId) throws Exception {
    return Inbox.connect(client, server.port(), "/?organizationId=org_456&clientId=" + clientId);
  }

  /** What the listener was told, as words. */
  private static final class Events implements MiniServerListener {
    private final BlockingQueue<String> told = new LinkedBlockingQueue<>();
    private final List<String> heard = new ArrayList<>();

    String next() throws InterruptedException {
      String event = told.poll(LIMIT_SECONDS, TimeUnit.SECONDS);
      assertThat(event).as("an event within " + LIMIT_SECONDS + " s").isNotNull();
      heard.add(event);
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
