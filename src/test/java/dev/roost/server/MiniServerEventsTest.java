package dev.roost.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.roost.core.RawJson;
import dev.roost.mesh.MeshClient;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What the listeners of a mini server hear, in which order, and how much may wait for them. */
@Timeout(30)
class MiniServerEventsTest {
  private static final CompletableFuture<Void> AT_ONCE = CompletableFuture.completedFuture(null);
  private static final String ORGANIZATION = "org_1";

  /** Written by the thread of the listeners, read when it has ended. */
  private final List<String> told = new ArrayList<>();
  private final MiniServerListener words = new MiniServerListener() {
    @Override
    public void started(int port) {
      told.add("started " + port);
    }

    @Override
    public void stopped() {
      told.add("stopped");
    }

    @Override
    public void clientConnected(MeshClient client) {
      told.add("connected " + client.id());
    }

    @Override
    public void adminElected(String deviceId, boolean isMainAdmin, long term) {
      told.add("elected " + deviceId);
    }

    @Override
    public void promoted(long term) {
      told.add("promoted");
    }

    @Override
    public void locationUpdated(String clientId, String location) {
      told.add("location " + clientId + " " + location.length());
    }
  };

  @Test
  void whatHappensBeforeTheStartIsToldAfterIt() throws Exception {
    MiniServerEvents events = events(words);
    events.officeChanged(ORGANIZATION, Optional.of("me"), false, 7);
    connect(events, "a");
    end(events, events.started(80, AT_ONCE));
    assertThat(told).containsExactly("started 80", "elected me", "promoted", "connected a", "stopped");
  }

  @Test
  void aRunBeginsWhenAllOfTheRunBeforeWasHeard() throws Exception {
    CompletableFuture<Void> slow = new CompletableFuture<>();
    MiniServerListener waiting = new MiniServerListener() {
      @Override
      public void stopped() {
        slow.join();
      }
    };
    MiniServerEvents first = events(waiting, words);
    CompletableFuture<Void> firstHeard = first.started(1, AT_ONCE);
    first.stopped();
    MiniServerEvents second = events(words);
    CompletableFuture<Void> secondHeard = second.started(2, firstHeard);
    second.stopped();
    slow.complete(null);
    secondHeard.get(10, TimeUnit.SECONDS);
    assertThat(told).containsExactly("started 1", "stopped", "started 2", "stopped");
  }

  @Test
  void withoutListenersTheThreadEnds() throws Exception {
    MiniServerEvents events = events();
    end(events, events.started(80, AT_ONCE));
  }

  @Test
  void theProgramLivesUntilAllIsHeard() throws Exception {
    List<Boolean> daemon = new ArrayList<>();
    MiniServerListener asking = new MiniServerListener() {
      @Override
      public void stopped() {
        daemon.add(Thread.currentThread().isDaemon());
      }
    };
    MiniServerEvents events = events(asking);
    end(events, events.started(80, AT_ONCE));
    assertThat(daemon).containsExactly(false);
  }

  @Test
  void anErrorOrAnInterruptOfAListenerKeepsNothingFromAnyone() throws Exception {
    List<Boolean> interrupted = new ArrayList<>();
    MiniServerListener failing = new MiniServerListener() {
      @Override
      public void started(int port) {
        throw new AssertionError("on purpose");
      }

      @Override
      public void clientConnected(MeshClient client) {
        Thread.currentThread().interrupt();
      }
    };
    MiniServerListener asking = new MiniServerListener() {
      @Override
      public void clientConnected(MeshClient client) {
        interrupted.add(Thread.currentThread().isInterrupted());
      }
    };
    MiniServerEvents events = events(failing, asking, words);
    CompletableFuture<Void> heard = events.started(80, AT_ONCE);
    connect(events, "a");
    connect(events, "b");
    end(events, heard);
    assertThat(told).containsExactly("started 80", "connected a", "connected b", "stopped");
    assertThat(interrupted).containsExactly(false, false);
  }

  @Test
  void anInterruptFromElsewhereDoesNotEndTheThread() throws Exception {
    CompletableFuture<Thread> thread = new CompletableFuture<>();
    MiniServerListener telling = new MiniServerListener() {
      @Override
      public void started(int port) {
        thread.complete(Thread.currentThread());
      }
    };
    MiniServerEvents events = events(telling, words);
    CompletableFuture<Void> heard = events.started(80, AT_ONCE);
    thread.get(10, TimeUnit.SECONDS).interrupt();
    connect(events, "a");
    end(events, heard);
    assertThat(told).containsExactly("started 80", "connected a", "stopped");
  }

  @Test
  void longLocationsThatWaitTakeFourMegabytesAtMost() throws Exception {
    MiniServerEvents events = events(words);
    RawJson location = RawJson.of("{\"latitude\":1,\"longitude\":2,\"note\":\"" + "x".repeat(200_000) + "\"}");
    IntStream.range(0, 500).forEach(i -> events.locationUpdated(ORGANIZATION, "a", location));
    connect(events, "b");
    CompletableFuture<Void> heard = events.started(80, AT_ONCE);
    end(events, heard);
    int most = Math.ceilDiv(MiniServerEvents.MOST_LOCATION_BYTES_WAITING, location.length());
    assertThat(told).hasSize(most + 3).endsWith("connected b", "stopped").contains("location a " + location.length());
  }

  @Test
  void thereIsRoomAgainForWhatWasTold() throws Exception {
    CompletableFuture<Void> caughtUp = new CompletableFuture<>();
    MiniServerListener marking = new MiniServerListener() {
      @Override
      public void clientConnected(MeshClient client) {
        caughtUp.complete(null);
      }
    };
    MiniServerEvents events = events(marking, words);
    RawJson longest = RawJson.of("\"" + "x".repeat(MiniServerEvents.MOST_LOCATION_BYTES_WAITING) + "\"");
    events.locationUpdated(ORGANIZATION, "a", longest);
    events.locationUpdated(ORGANIZATION, "b", RawJson.of("{}"));
    connect(events, "c");
    CompletableFuture<Void> heard = events.started(80, AT_ONCE);
    caughtUp.get(10, TimeUnit.SECONDS);
    events.locationUpdated(ORGANIZATION, "d", RawJson.of("{}"));
    end(events, heard);
    assertThat(told).containsExactly("started 80", "location a " + longest.length(), "connected c", "location d 2", "stopped");
  }

  @Test
  void tooManyEventsAreDroppedLocationsFirst() throws Exception {
    MiniServerEvents events = events(words);
    IntStream.range(0, MiniServerEvents.MOST_WAITING).forEach(i -> events.locationUpdated(ORGANIZATION, "a", RawJson.of("{}")));
    IntStream.range(0, MiniServerEvents.MOST_WAITING).forEach(i -> connect(events, "b"));
    end(events, events.started(80, AT_ONCE));
    assertThat(told).hasSize(MiniServerEvents.MOST_WAITING + 2).startsWith("started 80").endsWith("stopped");
    assertThat(told.stream().filter(event -> event.startsWith("location"))).hasSize(MiniServerEvents.MOST_LOCATIONS_WAITING);
  }

  private static MiniServerEvents events(MiniServerListener... listeners) {
    return new MiniServerEvents(List.of(listeners), "me");
  }

  private static void connect(MiniServerEvents events, String id) {
    events.clientConnected(ORGANIZATION, new MeshClient(id, id, List.of(), Instant.EPOCH));
  }

  private static void end(MiniServerEvents events, CompletableFuture<Void> heard) throws Exception {
    events.stopped();
    heard.get(10, TimeUnit.SECONDS);
  }
}
