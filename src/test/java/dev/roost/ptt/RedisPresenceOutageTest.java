package dev.roost.ptt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.roost.cluster.RedisFailure;
import dev.roost.cluster.RedisServer;
import dev.roost.ptt.Presence.Session;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** Redis goes away and comes back, or does not do all that it could. */
class RedisPresenceOutageTest {
  private static final Session SESSION = PresenceContract.session("m", 1);

  private final List<String> heard = new CopyOnWriteArrayList<>();

  @Test
  void anOutageIsToldAndHeartbeatsBringUsersBack() {
    try (RedisServer server = RedisServer.start(); RedisNode node = new RedisNode(server)) {
      node.awaitUp();
      RedisPresence presence = node.presence(Duration.ofSeconds(60), listener());
      node.loop.run(() -> presence.online(SESSION));
      await("m+");
      server.kill();
      await("lost");
      long begun = System.nanoTime();
      assertThatThrownBy(() -> answer(node, () -> presence.statuses(List.of("m")))).isInstanceOf(RedisFailure.class);
      assertThatThrownBy(() -> answer(node, presence::snapshot)).isInstanceOf(RedisFailure.class);
      assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(2));
      AtomicReference<Boolean> written = new AtomicReference<>();
      node.loop.run(() -> presence.heartbeat(SESSION, written::set));
      RedisServer.await("the failure", () -> Boolean.FALSE.equals(written.get()));
      server.open();
      RedisServer.await("the return", () -> heard.getLast().equals("recovered") && node.redis.isUp());
      assertThat(answer(node, presence::snapshot).users()).isEmpty();
      node.loop.run(() -> presence.heartbeat(SESSION, written::set));
      await("m+", "lost", "m+");
      assertThat(answer(node, presence::snapshot).users()).extracting(Status::userId).containsExactly("m");
      assertThat(server.cli("CONFIG", "GET", "notify-keyspace-events").getLast()).contains("E", "x");
    }
  }

  @Test
  void whereRedisTellsOfNoExpiryUsersAreLookedFor() {
    try (RedisServer server = RedisServer.start("--rename-command", "CONFIG", ""); RedisNode node = new RedisNode(server)) {
      node.awaitUp();
      RedisPresence presence = node.presence(Duration.ofMillis(300), listener());
      node.loop.run(() -> presence.online(SESSION));
      await("m+");
      await("m-");
      assertThat(presence.expired()).isEqualTo(1);
      assertThat(heard).containsSubsequence("m+", "m-").filteredOn("m-"::equals).hasSize(1);
    }
  }

  @Test
  void whereScansFailTheyAreNotMadeForEveryQuestion() {
    try (RedisServer server = RedisServer.start("--rename-command", "SCAN", ""); RedisNode node = new RedisNode(server)) {
      node.awaitUp();
      RedisPresence presence = node.presence(Duration.ofSeconds(60), listener());
      for (int i = 0; i < 200; i++) {
        assertThatThrownBy(() -> answer(node, presence::snapshot)).isInstanceOf(RedisFailure.class);
      }
      String errors = server.cli("INFO", "errorstats").stream().filter(line -> line.startsWith("errorstat_ERR")).findFirst().orElseThrow();
      assertThat(Integer.parseInt(errors.strip().replace("errorstat_ERR:count=", ""))).isBetween(1, 20);
    }
  }

  private Presence.Listener listener() {
    return new Presence.Listener() {
      @Override
      public void changed(Update update) {
        heard.add(update.userId() + (update.isOnline() ? "+" : "-"));
      }

      @Override
      public void lost() {
        heard.add("lost");
      }

      @Override
      public void recovered() {
        heard.add("recovered");
      }
    };
  }

  /** These, in this order, whatever is between them. */
  private void await(String... lines) {
    RedisServer.await(List.of(lines) + " in " + heard, () -> {
      int found = 0;
      for (String line : heard) {
        found += found < lines.length && line.equals(lines[found]) ? 1 : 0;
      }
      return found == lines.length;
    });
  }

  private static <T> T answer(RedisNode node, Supplier<CompletionStage<T>> question) {
    CompletableFuture<T> answer = new CompletableFuture<>();
    node.loop.run(() -> question.get().whenComplete((value, failure) -> {
      if (failure == null) {
        answer.complete(value);
      } else {
        answer.completeExceptionally(failure);
      }
    }));
    try {
      return answer.orTimeout(5, TimeUnit.SECONDS).join();
    } catch (CompletionException e) {
      throw e.getCause() instanceof RuntimeException cause ? cause : e;
    }
  }
}
