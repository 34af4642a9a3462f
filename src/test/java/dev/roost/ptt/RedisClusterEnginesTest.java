package dev.roost.ptt;

import static org.assertj.core.api.Assertions.assertThat;

import dev.roost.cluster.RedisClusterServers;
import dev.roost.cluster.RedisServer;
import dev.roost.ptt.FloorArbiter.Busy;
import dev.roost.ptt.FloorArbiter.Granted;
import dev.roost.ptt.FloorArbiter.Undecided;
import dev.roost.ptt.FloorArbiter.Verdict;
import dev.roost.ptt.PeerMessage.ToUser;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Registry, floors and the way between servers on a cluster, where keys and channels are on different servers. */
class RedisClusterEnginesTest extends RegistryContract {
  private static final Duration LONG = Duration.ofSeconds(60);

  private static RedisClusterServers cluster;
  private static RedisNode one;
  private static RedisNode two;
  private RedisRegistry registry;

  @BeforeAll
  static void start() {
    cluster = RedisClusterServers.start();
    one = new RedisNode(cluster.url());
    two = new RedisNode(cluster.url());
  }

  @AfterAll
  static void stop() {
    if (cluster != null) {
      RedisNode.close(List.of(one, two));
      cluster.close();
    }
  }

  @BeforeEach
  void forgetEverybody() {
    one.awaitUp();
    two.awaitUp();
    cluster.forgetEverything();
    registry = new RedisRegistry(one.loop, one.redis);
  }

  @Override
  Registry registry() {
    return registry;
  }

  @Override
  void onLoop(Runnable task) {
    one.loop.run(task);
  }

  @Override
  List<String> groupMessages(String groupId) {
    return list("._g_" + groupId);
  }

  @Override
  List<String> userMessages(String userId) {
    return list("m." + userId + ".u");
  }

  private static List<String> list(String key) {
    // Without -c a server answers only for its own keys.
    return cluster.servers().getFirst().cli("-c", "LRANGE", key, "0", "-1").stream().filter(line -> !line.isEmpty()).toList();
  }

  /** Answers of different servers come in any order; of one key they do not. */
  @Override
  @Test
  void answersComeInTheOrderOfTheCalls() {
    List<String> heard = new ArrayList<>();
    this.<Boolean>answer(done -> {
      registry.login(arrival("ann", "phone"), login -> heard.add("first " + login.device()));
      registry.login(arrival("ann", "tablet"), login -> {
        heard.add("second " + login.device());
        done.accept(true);
      });
    });
    assertThat(heard).containsExactly("first Optional.empty", "second Optional[phone]");
  }

  @Test
  void ofTwentyWhoAskForAFloorOneIsGrantedAndWhatIsReleasedIsFree() {
    RedisFloorArbiter here = new RedisFloorArbiter(one.loop, one.redis, LONG, LONG);
    RedisFloorArbiter there = new RedisFloorArbiter(two.loop, two.redis, LONG, LONG);
    for (int round = 0; round < 6; round++) {
      String group = "race" + round;
      Queue<Verdict> verdicts = new ConcurrentLinkedQueue<>();
      for (int i = 0; i < 20; i++) {
        String name = "u" + i;
        RedisFloorArbiter arbiter = i % 2 == 0 ? here : there;
        (i % 2 == 0 ? one : two).loop.execute(() -> arbiter.acquire(group, name, "c" + name, verdicts::add));
      }
      RedisServer.await("all verdicts", () -> verdicts.size() == 20);
      assertThat(verdicts).filteredOn(Granted.class::isInstance).hasSize(1);
      assertThat(verdicts).doesNotContain(new Undecided());
    }
    Queue<Verdict> verdicts = new ConcurrentLinkedQueue<>();
    one.loop.run(() -> {
      for (int i = 0; i < 60; i++) {
        here.acquire("g" + i % 5, "u" + i, "c" + i, verdicts::add);
        here.release("g" + i % 5, "c" + i);
      }
    });
    RedisServer.await("all verdicts", () -> verdicts.size() == 60);
    assertThat(verdicts).hasOnlyElementsOfType(Granted.class);
  }

  @Test
  void usersAreFoundAndReachedOnOtherServers() {
    Queue<String> heard = new ConcurrentLinkedQueue<>();
    RedisBackbone here = backbone(one, new ConcurrentLinkedQueue<>());
    RedisBackbone there = backbone(two, heard);
    RedisServer.await("each other", () -> one.<Integer>ask(done -> done.accept(here.peers())) + two.<Integer>ask(done -> done.accept(there.peers())) == 2);
    List<String> users = IntStream.range(0, 12).mapToObj(i -> "user" + i).toList();
    two.loop.run(() -> users.forEach(there::arrived));
    two.<Boolean>ask(done -> there.whenSettled(() -> done.accept(true)));
    for (String user : users) {
      assertThat(one.<Boolean>ask(done -> here.find(user, done))).isTrue();
      assertThat(two.<Boolean>ask(done -> there.find(user, done))).isFalse();
    }
    one.loop.run(() -> {
      for (int i = 0; i < 10; i++) {
        byte[] payload = Integer.toString(i).getBytes(StandardCharsets.UTF_8);
        users.forEach(user -> here.send(new ToUser(user, false, payload)));
      }
    });
    RedisServer.await("all messages", () -> heard.size() >= 120);
    for (String user : users) {
      assertThat(heard.stream().filter(text -> text.startsWith(user + " "))).containsExactlyElementsOf(IntStream.range(0, 10).mapToObj(i -> user + " " + i).toList());
    }
    one.loop.run(here::close);
    two.loop.run(there::close);
  }

  private static RedisBackbone backbone(RedisNode node, Queue<String> heard) {
    return node.ask(done -> done.accept(new RedisBackbone(node.loop, node.redis, new Backbone.Listener() {
      @Override
      public void received(PeerMessage message) {
        if (message instanceof ToUser(String userId, _, byte[] payload)) {
          heard.add(userId + " " + new String(payload, StandardCharsets.UTF_8));
        }
      }

      @Override
      public void resumed() {}
    })));
  }
}
