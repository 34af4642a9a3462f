package dev.roost.socketio;

import static dev.roost.socketio.SioWorld.WINDOW;
import static dev.roost.socketio.StockClient.events;
import static org.assertj.core.api.Assertions.assertThat;

import dev.roost.core.RawJson;
import dev.roost.sim.Json;
import dev.roost.socketio.SioWorld.Link;
import dev.roost.socketio.SioWorld.Recorder;
import dev.roost.socketio.StockClient.Space;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Where a log or the places of those who are away have their bounds, there is no gap: a socket comes back whole, or its client begins anew. */
class RecoveryBoundsTest {
  private final SioWorld world = new SioWorld(WINDOW);
  private final Recorder main = world.offer("/");
  private final StockClient client = new StockClient(world);
  private final Space space = client.space("/");

  private void run(Runnable task) {
    world.loop.run(task);
  }

  private void emit(String name) {
    run(() -> world.namespace("/").emit(Payload.of(name)));
  }

  @Test
  void moreEventsThanAreKept() {
    SioWorld wide = new SioWorld(WINDOW, 10_000, 50_000_000);
    Recorder application = wide.offer("/");
    StockClient behind = new StockClient(wide).connect("/");
    StockClient ahead = new StockClient(wide).connect("/");
    behind.cut();
    Socket gone = application.sockets.getFirst();
    wide.loop.run(() -> {
      for (int i = 0; i < 50_001; i++) {
        wide.namespace("/").emit(Payload.of("e"));
      }
    });
    ahead.read().cut();
    wide.loop.run(() -> wide.namespace("/").emit(Payload.of("last")));
    ahead.connect("/");
    assertThat(ahead.space("/").recovered).isTrue();
    assertThat(ahead.space("/").events).hasSize(50_002);
    behind.connect("/");
    assertThat(behind.space("/").recovered).isFalse();
    assertThat(behind.space("/").events).isEmpty();
    assertThat(application.heard).endsWith("disconnected TRANSPORT_CLOSE", "connected");
    assertThat(gone.isConnected()).isFalse();
  }

  @Test
  void moreBytesThanAreKeptAndASmallNamespaceBesideIt() {
    SioWorld wide = new SioWorld(WINDOW, 4_000_000, 2_000_000_000);
    wide.offer("/");
    wide.offer("/small");
    long bound = Math.min(64L << 20, Runtime.getRuntime().maxMemory() / 8);
    StockClient one = new StockClient(wide).connect("/", "/small");
    one.cut();
    RawJson large = RawJson.of("\"" + "x".repeat(3_000_000) + "\"");
    wide.loop.run(() -> {
      wide.namespace("/small").emit(Payload.of("s"));
      for (int i = 0; i < 30; i++) {
        wide.namespace("/").emit(Payload.of("e", large));
      }
    });
    assertThat(wide.figure("recoveryLogBytes")).isBetween(bound - 4_000_000, bound);
    one.connect("/", "/small");
    assertThat(one.space("/").recovered).isFalse();
    assertThat(one.space("/small").recovered).isTrue();
    assertThat(one.space("/small").take()).isEqualTo(events("s"));
    one.cut();
    wide.loop.pass(WINDOW.multipliedBy(3));
    wide.isEmpty();
  }

  @Test
  void moreThanMayWaitForAClient() {
    client.connect("/");
    client.cut();
    RawJson part = RawJson.of("\"" + "x".repeat(5_000) + "\"");
    run(() -> {
      for (int i = 0; i < 9; i++) {
        world.namespace("/").emit(Payload.of("e", part));
      }
    });
    client.connect("/");
    assertThat(space.recovered).isTrue();
    assertThat(space.take()).hasSize(9);
    client.cut();
    run(() -> {
      for (int i = 0; i < 10; i++) {
        world.namespace("/").emit(Payload.of("e", part));
      }
    });
    client.connect("/");
    assertThat(space.recovered).isFalse();
    assertThat(space.take()).isEmpty();
  }

  @Test
  void whoWasClosedForItsSlownessComesBackOrBeginsAnew() {
    for (int count : List.of(9, 25)) {
      SioWorld.Poller poller = world.new Poller();
      String pid = Json.parse(poller.post("40").poll().getFirst().substring(2)).at("pid").text();
      main.take();
      RawJson part = RawJson.of("\"" + "x".repeat(5_000) + "\"");
      run(() -> {
        for (int i = 0; i < count; i++) {
          world.namespace("/").emit(Payload.of("e", part));
        }
      });
      assertThat(main.take()).isEqualTo(count == 25 ? List.of("interrupted") : List.of());
      Link link = world.link().say("0{'pid':'" + pid + "'}");
      List<String> taken = link.take();
      assertThat(taken.getFirst().contains(pid)).isEqualTo(count == 9);
      assertThat(taken).as("all or nothing").hasSize(count == 9 ? 10 : 1);
      link.say("1").cut();
      main.take();
    }
    world.loop.pass(WINDOW.multipliedBy(3));
    world.isEmpty();
  }

  @Test
  void anOldLossConcernsNobodyWhoWasThere() {
    SioWorld wide = new SioWorld(WINDOW, 10_000, 50_000_000);
    Recorder application = wide.offer("/");
    StockClient quiet = new StockClient(wide).connect("/");
    wide.loop.run(() -> {
      for (int i = 0; i < 50_100; i++) {
        wide.namespace("/").broadcast().to("elsewhere").emit(Payload.of("e"));
      }
    });
    quiet.cut();
    quiet.connect("/");
    assertThat(quiet.space("/").recovered).as("it might have been one of those that were lost").isFalse();
    wide.loop.run(() -> {
      for (int i = 0; i < 50_100; i++) {
        wide.namespace("/").broadcast().to("elsewhere").emit(Payload.of("e"));
      }
    });
    wide.loop.pass(SioWorld.PING_INTERVAL.plus(SioWorld.PING_TIMEOUT.multipliedBy(2)).plusSeconds(31));
    quiet.cut();
    wide.loop.run(() -> application.last().emit(Payload.of("now")));
    quiet.connect("/");
    assertThat(quiet.space("/").recovered).as("they are too old to have been missed").isTrue();
    assertThat(quiet.space("/").take()).isEqualTo(events("now"));
  }

  @Test
  void aBreakThatIsNoticedAsLateAsCanBe() {
    client.connect("/");
    Link link = client.link();
    world.loop.pass(SioWorld.PING_INTERVAL.minusMillis(1));
    // The ping arrives, but not what comes behind it, and its answer takes all the time that it has.
    client.link().holdPongs();
    world.loop.passMillis(1);
    emit("lost");
    world.loop.pass(SioWorld.PING_TIMEOUT.minusMillis(1));
    link.releasePongs();
    client.vanish();
    world.loop.pass(SioWorld.PING_INTERVAL.plus(SioWorld.PING_TIMEOUT).minusMillis(1));
    assertThat(main.take()).containsExactly("connected");
    // And then the machine stands still.
    world.loop.passLate(Duration.ofSeconds(29));
    assertThat(main.take()).containsExactly("interrupted");
    world.loop.pass(WINDOW.minusMillis(1));
    emit("now");
    client.connect("/");
    assertThat(space.recovered).isTrue();
    assertThat(space.take()).isEqualTo(events("lost", "now"));
  }

  @Test
  void whatWasSentAgainAndLostAgainIsNotForgottenInSilence() {
    client.connect("/");
    Socket socket = main.last();
    client.cut();
    emit("lost twice");
    world.loop.pass(WINDOW.minusMillis(1));
    client.connectUnread("/").cut();
    world.loop.pass(WINDOW.minusMillis(1));
    emit("makes the log forget");
    client.connect("/");
    assertThat(space.recovered).isFalse();
    assertThat(space.take()).isEmpty();
    assertThat(main.last()).isNotSameAs(socket);
  }

  @Test
  void whatWasSentAgainAndReceivedMayBeForgotten() {
    client.connect("/");
    client.cut();
    emit("once more");
    world.loop.pass(WINDOW.minusMillis(1));
    client.connect("/");
    client.cut();
    world.loop.pass(WINDOW.minusMillis(1));
    emit("makes the log forget");
    client.connect("/");
    assertThat(space.recovered).isTrue();
    assertThat(space.take()).isEqualTo(events("once more", "makes the log forget"));
  }

  @Test
  void moreSocketsThanMayWait() {
    SioWorld wide = new SioWorld(WINDOW);
    Recorder application = wide.offer("/");
    List<StockClient> clients = new ArrayList<>();
    for (int i = 0; i < 10_001; i++) {
      StockClient one = new StockClient(wide);
      one.address = "192.0.2." + i / 2_500;
      clients.add(one.connect("/"));
    }
    clients.forEach(StockClient::cut);
    assertThat(wide.figure("interruptedSockets")).isEqualTo(10_000);
    assertThat(application.heard.getLast()).isEqualTo("disconnected TRANSPORT_CLOSE");
    clients.getLast().connect("/");
    clients.getFirst().connect("/");
    assertThat(clients.getLast().space("/").recovered).isFalse();
    assertThat(clients.getFirst().space("/").recovered).isTrue();
    clients.getFirst().cut();
    clients.getLast().link().say("1").cut();
    wide.loop.pass(WINDOW);
    wide.isEmpty();
  }

  @Test
  void oneAddressDoesNotTakeThePlacesOfAllOthers() {
    SioWorld wide = new SioWorld(WINDOW);
    wide.offer("/");
    List<StockClient> greedy = new ArrayList<>();
    for (int i = 0; i < 2_501; i++) {
      greedy.add(new StockClient(wide).connect("/"));
    }
    greedy.forEach(StockClient::cut);
    assertThat(wide.figure("interruptedSockets")).isEqualTo(2_500);
    StockClient other = new StockClient(wide);
    other.address = "192.0.2.2";
    other.connect("/");
    other.cut();
    other.connect("/");
    assertThat(other.space("/").recovered).isTrue();
    greedy.getFirst().connect("/");
    assertThat(greedy.getFirst().space("/").recovered).isTrue();
    greedy.getLast().connect("/");
    assertThat(greedy.getLast().space("/").recovered).isFalse();
    greedy.getLast().cut();
    assertThat(wide.figure("interruptedSockets")).as("there is a place again").isEqualTo(2_500);
    greedy.getFirst().link().say("1").cut();
    other.link().say("1").cut();
    wide.loop.pass(WINDOW);
    wide.isEmpty();
  }
}
