package dev.roost.publicrooms;

import static org.assertj.core.api.Assertions.assertThat;

import dev.roost.publicrooms.PublicRoomsMessages.RateLimitExceeded;
import java.time.Instant;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Sections 2.6 and 2.9: budgets in fixed windows, and what comes of exceeding them. */
class RateLimitTest {
  private static final String R = RoomsWorld.R;

  private final RoomsWorld world = new RoomsWorld();
  private final Instant start = world.loop.now();

  private Permit api(String address) {
    return world.ask(() -> world.rooms.permitApi(address));
  }

  private Permit join(String address) {
    return world.ask(() -> world.rooms.permitJoin(address));
  }

  @Test
  @DisplayName("28. 100 requests a minute; the window opens with the first one")
  void apiBudget() {
    world.pass(10_000);
    assertThat(api("A")).isEqualTo(new Permit(true, 100, 99, start.plusSeconds(70), 0));
    world.pass(30_000);
    for (int left = 98; left >= 0; left--) {
      assertThat(api("A")).isEqualTo(new Permit(true, 100, left, start.plusSeconds(70), 0));
    }
    assertThat(api("A")).isEqualTo(new Permit(false, 100, 0, start.plusSeconds(100), 60));
    assertThat(api("B").isGranted()).isTrue();
    assertThat(join("A").isGranted()).isTrue();
  }

  @Test
  @DisplayName("28. During the block everything is refused, and nothing extends it; then one full budget is there")
  void block() {
    IntStream.range(0, 101).forEach(i -> api("A"));
    world.pass(59_999);
    assertThat(api("A")).isEqualTo(new Permit(false, 100, 0, start.plusSeconds(60), 1));
    world.pass(1);
    assertThat(api("A")).isEqualTo(new Permit(true, 100, 99, start.plusSeconds(120), 0));
    assertThat(IntStream.range(0, 99).allMatch(i -> api("A").isGranted())).isTrue();
    assertThat(api("A").isGranted()).isFalse();
  }

  @Test
  @DisplayName("28. The sixth join is refused for five minutes")
  void joinBudget() {
    for (int i = 0; i < 5; i++) {
      assertThat(join("A").isGranted()).isTrue();
    }
    assertThat(join("A")).isEqualTo(new Permit(false, 5, 0, start.plusSeconds(300), 300));
    world.pass(500);
    assertThat(join("A").retryAfterSeconds()).isEqualTo(300);
    world.pass(500);
    assertThat(join("A").retryAfterSeconds()).isEqualTo(299);
    world.pass(298_999);
    assertThat(join("A").isGranted()).isFalse();
    world.pass(1);
    assertThat(join("A").remaining()).isEqualTo(4);
  }

  @ParameterizedTest
  @CsvSource({"59999, false", "60000, true", "60001, true"})
  @DisplayName("2.6 A window ends after its time: just before, at, and just after")
  void window(long millis, boolean isGranted) {
    IntStream.range(0, 5).forEach(i -> join("A"));
    world.pass(millis);
    assertThat(join("A").isGranted()).isEqualTo(isGranted);
  }

  @Test
  @DisplayName("31. The 11th message in a minute, and half a minute later sending works, with a full budget (defect 13)")
  void chatBudget() {
    Tab a = world.joined("A", R);
    IntStream.range(0, 10).forEach(i -> a.say("x"));
    assertThat(a.take()).hasSize(10).containsOnly("new-message x");
    a.say("x");
    RateLimitExceeded exceeded = a.only(RateLimitExceeded.class);
    assertThat(exceeded.action()).isEqualTo("chat_message");
    assertThat(exceeded.resetTime()).isEqualTo(start.plusSeconds(30));
    world.pass(29_999);
    assertThat(a.say("x").only(RateLimitExceeded.class).resetTime()).isEqualTo(start.plusSeconds(30));
    world.pass(1);
    IntStream.range(0, 10).forEach(i -> a.say("y"));
    assertThat(a.take()).hasSize(10).containsOnly("new-message y");
    a.say("y").hears("rate-limit-exceeded chat_message");
  }

  @Test
  @DisplayName("2.6 Both tabs of an address share a budget of messages; messages that are none cost nothing")
  void chatBudgetOfTwoTabs() {
    Tab first = world.joined("A", R);
    Tab second = world.connect("A", R).join().forget();
    IntStream.range(0, 5).forEach(i -> {
      first.say("x");
      second.say("x").say("");
    });
    first.forget();
    second.forget().say("x").hears("rate-limit-exceeded chat_message");
    first.nothing();
  }

  @Test
  @DisplayName("2.6 600 events of a socket in a minute: more are dropped, and it is told once in a window")
  void eventBudget() {
    Tab a = world.joined("A", R);
    Tab other = world.connect("A", R).join().forget();
    a.forget();
    IntStream.range(1, 600).forEach(i -> a.nudge());
    a.nothing();
    a.say("x");
    RateLimitExceeded exceeded = a.only(RateLimitExceeded.class);
    assertThat(exceeded.action()).isEqualTo("socket_event");
    assertThat(exceeded.resetTime()).isEqualTo(start.plusSeconds(60));
    world.pass(59_999);
    a.say("x").pong().nothing();
    other.nothing();
    other.say("y").hears("new-message y");
    a.hears("new-message y");
    world.pass(1);
    a.say("z").hears("new-message z");
    assertThat(world.figure("rateLimitedEvents")).isEqualTo(3);
  }

  @Test
  @DisplayName("2.6 Who sends too much is still there, all the same")
  void floodIsAlive() {
    RoomsWorld quick = new RoomsWorld("PUBLIC_ROOMS_PING_INTERVAL_MS", "1000", "PUBLIC_ROOMS_PONG_TIMEOUT_MS", "300", "PUBLIC_ROOMS_EVENT_LIMIT", "1");
    Tab a = quick.connect("A", R).nudge();
    for (int i = 0; i < 20; i++) {
      quick.pass(1_000);
      a.pong();
    }
    assertThat(a.isDisconnected()).isFalse();
    assertThat(quick.figure("missedPings")).isZero();
  }

  // ---- 2.9

  private final RoomsWorld quiet = new RoomsWorld("PUBLIC_ROOMS_PING_INTERVAL_MS", "86400000", "PUBLIC_ROOMS_STALE_CONNECTION_MS", "864000000");

  /** A connection that is one too many, so many times. */
  private void annoy(int times) {
    for (int i = 0; i < times; i++) {
      assertThat(quiet.connect("A", R).fault()).isEqualTo(FaultCode.TOO_MANY_CONNECTIONS);
    }
  }

  @Test
  @DisplayName("2.9 More than ten suspicious activities in an hour: blocked for an hour, which attempts do not extend (defect 14)")
  void abuse() {
    Tab first = quiet.connect("A", R);
    quiet.connect("A", R);
    annoy(10);
    quiet.pass(3_599_999);
    annoy(1);
    for (int i = 0; i < 50; i++) {
      quiet.connect("A", R).hears("error IP_BLOCKED 3600");
    }
    first.drop();
    quiet.pass(1_800_000);
    quiet.connect("A", R).hears("error IP_BLOCKED 1800");
    quiet.pass(1_799_999);
    quiet.connect("A", R).hears("error IP_BLOCKED 1");
    quiet.pass(1);
    assertThat(quiet.connect("A", R).isDisconnected()).isFalse();
    assertThat(quiet.figure("blocksStarted")).isEqualTo(1);
  }

  @Test
  @DisplayName("2.9 Activities of an hour ago do not count, and after a block the count starts again")
  void oldActivities() {
    quiet.connect("A", R);
    quiet.connect("A", R);
    annoy(10);
    quiet.pass(3_600_000);
    annoy(11);
    assertThat(quiet.connect("A", R).fault()).isEqualTo(FaultCode.IP_BLOCKED);
    quiet.pass(3_600_000);
    annoy(11);
    assertThat(quiet.connect("A", R).fault()).isEqualTo(FaultCode.IP_BLOCKED);
  }

  @Test
  @DisplayName("2.9 Each started block of a budget counts, what is refused during it does not; REST is not affected")
  void blocksOfBudgets() {
    RoomsWorld strict = new RoomsWorld("PUBLIC_ROOMS_BLOCK_THRESHOLD", "3", "PUBLIC_ROOMS_API_LIMIT", "1", "PUBLIC_ROOMS_JOIN_LIMIT", "1", "PUBLIC_ROOMS_CHAT_LIMIT", "1",
        "PUBLIC_ROOMS_EVENT_LIMIT", "3");
    Tab a = strict.joined("A", R);
    for (int i = 0; i < 5; i++) {
      strict.ask(() -> strict.rooms.permitApi("A"));
      strict.ask(() -> strict.rooms.permitJoin("A"));
    }
    a.say("x").say("x");
    assertThat(strict.connect("A", R).isDisconnected()).isFalse();
    a.nudge();

    Tab refused = strict.connect("A", R);
    refused.hears("error IP_BLOCKED 3600");
    strict.pass(60_000);
    assertThat(strict.ask(() -> strict.rooms.permitApi("A")).isGranted()).isTrue();
    assertThat(a.isDisconnected()).isFalse();
  }

  @Test
  @DisplayName("2.6 A crowd of addresses does not fill the memory, and quiet ones are forgotten")
  void crowd() {
    for (int i = 0; i < 100_500; i++) {
      String address = "U" + i;
      world.rooms.permitJoin(address);
    }
    assertThat(world.figure("rememberedAddresses")).isEqualTo(100_000);
    world.pass(120_000);
    assertThat(world.figure("rememberedAddresses")).isZero();
  }
}
