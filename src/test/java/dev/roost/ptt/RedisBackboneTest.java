package dev.roost.ptt;

import static org.assertj.core.api.Assertions.assertThat;

import dev.roost.cluster.RedisCommand;
import dev.roost.cluster.RedisServer;
import dev.roost.ptt.PeerMessage.Kind;
import dev.roost.ptt.PeerMessage.LoggedIn;
import dev.roost.ptt.PeerMessage.MembershipChanged;
import dev.roost.ptt.PeerMessage.ToGroup;
import dev.roost.ptt.PeerMessage.ToUser;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Three servers, one Redis. */
class RedisBackboneTest {
  /** Long enough for a machine that is held up to say it in time. */
  private static final Duration HELLO = Duration.ofSeconds(5);

  private static RedisServer server;
  private static Node a;
  private static Node b;
  private static Node c;
  private static List<Node> all;

  @BeforeAll
  static void start() {
    server = RedisServer.start();
    a = new Node();
    b = new Node();
    c = new Node();
    all = List.of(a, b, c);
  }

  @AfterAll
  static void stop() {
    if (server != null) {
      RedisNode.close(all);
      server.close();
    }
  }

  @BeforeEach
  void begin() {
    all.forEach(RedisNode::awaitUp);
    all.forEach(node -> node.begin(HELLO));
    all.forEach(node -> node.awaitPeers(2));
  }

  @AfterEach
  void end() {
    all.forEach(Node::end);
    RedisServer.await("silence", () -> server.cli("PUBSUB", "CHANNELS", "roost:ptt:*").stream().allMatch(String::isEmpty));
  }

  @Test
  void messagesToAUserReachTheServersThatHaveHimInTheirOrderEachOnce() {
    a.settled(() -> a.backbone.arrived("ann"));
    b.settled(() -> b.backbone.arrived("ann"));
    c.settled(() -> c.backbone.arrived("bob"));
    List<String> sent = IntStream.range(0, 200).mapToObj(i -> "ann " + i).toList();
    a.loop.run(() -> sent.forEach(text -> a.backbone.send(new ToUser("ann", text.endsWith("7"), text.substring(4).getBytes(StandardCharsets.UTF_8)))));
    a.loop.run(() -> a.backbone.send(new ToUser("bob", false, new byte[0])));
    b.awaitHeard(200);
    c.awaitHeard(1);
    assertThat(b.heard).containsExactlyElementsOf(sent);
    assertThat(c.heard).containsExactly("bob ");
    assertThat(a.heard).isEmpty();
  }

  @Test
  void messagesToAGroupReachTheServersThatHaveMembers() {
    a.settled(() -> a.backbone.joined("choir"));
    b.settled(() -> b.backbone.joined("choir"));
    c.settled(() -> c.backbone.joined("band"));
    a.loop.run(() -> {
      for (Kind kind : Kind.values()) {
        a.backbone.send(new ToGroup("choir", "ann", kind, 7, "la".getBytes(StandardCharsets.UTF_8)));
      }
      a.backbone.send(new ToGroup("band", "ann", Kind.OTHER, 0, "boom".getBytes(StandardCharsets.UTF_8)));
    });
    c.awaitHeard(1);
    b.awaitHeard(5);
    assertThat(b.heard).containsExactly("START choir ann 7 la", "SPOKEN choir ann 7 la", "AUDIO choir ann 7 la", "STOP choir ann 7 la", "OTHER choir ann 7 la");
    assertThat(c.heard).containsExactly("OTHER band ann boom");
    b.settled(() -> b.backbone.left("choir"));
    a.loop.run(() -> a.backbone.send(new ToGroup("choir", "ann", Kind.OTHER, 0, new byte[0])));
    a.loop.run(() -> a.backbone.send(new MembershipChanged("choir", "bob", false)));
    b.awaitHeard(6);
    assertThat(b.heard).endsWith("STOP choir ann 7 la", "OTHER choir ann 7 la", "choir bob false");
  }

  @Test
  void everyServerHearsWhoJoinsAndLeavesGroups() {
    a.loop.run(() -> a.backbone.send(new MembershipChanged("choir", "ann", true)));
    b.awaitHeard(1);
    c.awaitHeard(1);
    assertThat(b.heard).containsExactly("choir ann true");
    assertThat(c.heard).containsExactly("choir ann true");
    assertThat(a.heard).isEmpty();
  }

  @Test
  void aUserIsFoundWhereHeIsAndNotHere() {
    a.settled(() -> a.backbone.arrived("ann"));
    assertThat(a.find("ann")).isFalse();
    assertThat(b.find("ann")).isTrue();
    assertThat(b.find("bob")).isFalse();
    b.settled(() -> b.backbone.arrived("ann"));
    assertThat(a.find("ann")).isTrue();
    a.loop.run(() -> a.backbone.departed("ann"));
    assertThat(a.find("ann")).isTrue();
    assertThat(b.find("ann")).isFalse();
    b.loop.run(() -> {
      b.backbone.departed("ann");
      b.backbone.arrived("ann");
      b.backbone.departed("ann");
    });
    assertThat(b.find("ann")).isFalse();
    assertThat(a.find("ann")).isFalse();
  }

  @Test
  void serversComeAndGo() {
    Node d = new Node();
    d.awaitUp();
    d.begin(HELLO);
    d.awaitPeers(3);
    a.awaitPeers(3);
    d.end();
    all.forEach(node -> node.awaitPeers(2));
    d.close();
    b.end();
    c.end();
    RedisServer.await("solitude", () -> !a.<Boolean>ask(done -> done.accept(a.backbone.hasPeers())));
    assertThat(a.find("ann")).isFalse();
  }

  @Test
  void aServerThatDiesIsForgotten() {
    Duration hello = Duration.ofMillis(200);
    a.end();
    a.begin(hello);
    Node d = new Node();
    d.awaitUp();
    d.begin(hello);
    RedisServer.await("the other server", () -> a.peers() > 0);
    b.end();
    c.end();
    a.awaitPeers(1);
    long before = d.backbone.sent();
    RedisServer.await("more words of it", () -> d.backbone.sent() >= before + 4);
    a.awaitPeers(1);
    d.close();
    RedisServer.await("solitude", () -> !a.<Boolean>ask(done -> done.accept(a.backbone.hasPeers())));
  }

  @Test
  void aLoginIsHeardByAServerThatBeginsToListenLater() {
    LoggedIn first = new LoggedIn("ann", "phone", 1, false);
    LoggedIn second = new LoggedIn("ann", "tablet", 2, true);
    a.settled(() -> a.backbone.arrived("ann"));
    a.loop.run(() -> a.backbone.send(first));
    b.loop.run(() -> {
      b.backbone.arrived("ann");
      b.backbone.send(second);
    });
    a.awaitHeard(1);
    assertThat(a.heard).contains("login " + second);
    b.awaitHeard(1);
    assertThat(b.heard).contains("login " + first);
    c.loop.run(() -> c.backbone.arrived("ann"));
    c.awaitHeard(2);
    assertThat(c.heard).contains("login " + first, "login " + second);
  }

  @Test
  void hundredsWhoComeAndGoAreAFewCommands() {
    server.cli("CONFIG", "RESETSTAT");
    b.settled(() -> IntStream.range(0, 600).forEach(i -> b.backbone.arrived("u" + i)));
    b.settled(() -> IntStream.range(0, 400).forEach(i -> b.backbone.departed("u" + i)));
    assertThat(a.find("u0")).isFalse();
    assertThat(a.find("u399")).isFalse();
    assertThat(a.find("u400")).isTrue();
    assertThat(a.find("u599")).isTrue();
    List<String> stats = server.cli("INFO", "commandstats");
    assertThat(stats).filteredOn(line -> line.matches("cmdstat_(un)?subscribe:.*")).hasSize(2).allMatch(line -> Integer.parseInt(line.replaceAll("[^=]*=(\\d+).*", "$1")) <= 6);
  }

  @Test
  void whatIsNoneOfOursIsIgnored() {
    b.settled(() -> b.backbone.arrived("ann"));
    byte[] forBob = PeerCodec.encode(new PeerEnvelope("someone", new PeerEnvelope.Said(new ToUser("bob", false, new byte[0])))).orElseThrow();
    server.cli("PUBLISH", "roost:ptt:u:ann", "garbage");
    server.cli("PUBLISH", "roost:ptt:nodes", "");
    a.redis.send(RedisCommand.publish("roost:ptt:u:ann", forBob));
    a.redis.send(RedisCommand.publish("roost:ptt:groups", new byte[PeerCodec.MOST_BYTES + 1]));
    RedisServer.await("four that are ignored", () -> b.backbone.ignored() == 4);
    a.loop.run(() -> a.backbone.send(new ToUser("ann", false, "hi".getBytes(StandardCharsets.UTF_8))));
    b.awaitHeard(1);
    assertThat(b.heard).containsExactly("ann hi");
  }

  @Test
  void whatIsTooLongIsNotSent() {
    b.settled(() -> b.backbone.arrived("ann"));
    a.loop.run(() -> {
      a.backbone.send(new ToUser("ann", false, new byte[PeerCodec.MOST_BYTES]));
      a.backbone.send(new ToUser("ann", false, "hi".getBytes(StandardCharsets.UTF_8)));
    });
    b.awaitHeard(1);
    assertThat(b.heard).containsExactly("ann hi");
    assertThat(a.backbone.lost()).isEqualTo(1);
  }

  @Test
  void whenRedisIsTooSlowAudioIsLostFirst() {
    Queue<String> arrived = new ConcurrentLinkedQueue<>();
    b.redis.subscribe("slow", (_, message) -> arrived.add(new String(message, StandardCharsets.UTF_8))).toCompletableFuture().orTimeout(5, TimeUnit.SECONDS).join();
    RedisOutgoing outgoing = new RedisOutgoing(a.loop, a.redis, 40, 1 << 20);
    server.cli("CLIENT", "PAUSE", "300", "ALL");
    a.loop.run(() -> {
      for (int i = 0; i < 30; i++) {
        outgoing.publish("slow", ("audio " + i).getBytes(StandardCharsets.UTF_8), true);
      }
      for (int i = 0; i < 30; i++) {
        outgoing.publish("slow", ("text " + i).getBytes(StandardCharsets.UTF_8), false);
      }
      outgoing.publish("slow", new byte[1 << 20], false);
    });
    RedisServer.await("what was not too much", () -> arrived.size() == 40);
    assertThat(arrived).startsWith("audio 0", "audio 1").contains("audio 19", "text 0").doesNotContain("audio 20").endsWith("text 19");
    assertThat(outgoing.lost()).isEqualTo(10 + 10 + 1);
    RedisServer.await("answers", () -> outgoing.sent() == 40);
    a.loop.run(() -> outgoing.publish("slow", "audio again".getBytes(StandardCharsets.UTF_8), true));
    RedisServer.await("room for audio", () -> arrived.contains("audio again"));
  }

  @Test
  void largeMessagesHaveABudgetOfTheirOwnAndSmallOnesGoOnBesideThem() {
    b.settled(() -> b.backbone.arrived("ann"));
    byte[] image = new byte[1 << 20];
    Arrays.fill(image, (byte) 'x');
    a.loop.run(() -> {
      for (int i = 0; i < 20; i++) {
        a.backbone.send(new ToUser("ann", false, image));
        a.backbone.send(new ToUser("ann", false, ("text " + i).getBytes(StandardCharsets.UTF_8)));
      }
    });
    RedisServer.await("all that is small", () -> b.heard.contains("ann text 19"));
    assertThat(b.heard.stream().filter(text -> text.length() < 100)).hasSize(20);
    assertThat(b.heard.stream().filter(text -> text.length() > 100).count()).isBetween(3L, 6L);
    assertThat(a.backbone.lost()).isBetween(14L, 17L);
    Map<String, Number> figures = a.<Map<String, Number>>ask(done -> done.accept(a.backbone.figures()));
    assertThat(figures).containsEntry("peers", 2).containsEntry("peerMessagesLost", a.backbone.lost());
    // A second later there is room again.
    RedisServer.await("one more", () -> {
      a.loop.run(() -> a.backbone.send(new ToUser("ann", false, Arrays.copyOf(image, 64 << 10))));
      return b.heard.stream().anyMatch(text -> text.length() == "ann ".length() + (64 << 10));
    });
  }

  @Test
  void afterRedisWasRestartedEverythingGoesOn() {
    b.settled(() -> b.backbone.arrived("ann"));
    b.loop.run(() -> b.backbone.send(new LoggedIn("ann", "phone", 1, false)));
    server.kill();
    RedisServer.await("the loss of the connections", () -> all.stream().noneMatch(node -> node.redis.isUp()));
    all.forEach(node -> node.resumed.set(0));
    assertThat(a.find("ann")).isFalse();
    a.loop.run(() -> a.backbone.send(new ToUser("ann", false, "lost".getBytes(StandardCharsets.UTF_8))));
    c.loop.run(() -> {
      c.backbone.joined("choir");
      c.backbone.arrived("ann");
      c.backbone.send(new LoggedIn("ann", "tablet", 2, true));
    });
    server.open();
    RedisServer.await("the news of it", () -> all.stream().allMatch(node -> node.resumed.get() > 0));
    all.forEach(node -> node.awaitPeers(2));
    RedisServer.await("the login of meanwhile", () -> b.heard.contains("login " + new LoggedIn("ann", "tablet", 2, true)));
    a.loop.run(() -> {
      a.backbone.send(new ToUser("ann", false, "again".getBytes(StandardCharsets.UTF_8)));
      a.backbone.send(new ToGroup("choir", "ann", Kind.OTHER, 0, new byte[0]));
    });
    RedisServer.await("what is sent again", () -> b.heard.contains("ann again") && c.heard.contains("ann again") && c.heard.contains("OTHER choir ann "));
    assertThat(b.heard).doesNotContain("ann lost");
    assertThat(a.find("ann")).isTrue();
  }

  private static final class Node extends RedisNode {
    private final Queue<String> heard = new ConcurrentLinkedQueue<>();
    private final AtomicInteger resumed = new AtomicInteger();
    private RedisBackbone backbone;

    Node() {
      super(server);
    }

    void begin(Duration hello) {
      heard.clear();
      loop.run(() -> backbone = new RedisBackbone(loop, redis, new Backbone.Listener() {
        @Override
        public void received(PeerMessage message) {
          assertThat(loop.inLoop()).isTrue();
          heard.add(text(message));
        }

        @Override
        public void resumed() {
          assertThat(loop.inLoop()).isTrue();
          resumed.incrementAndGet();
        }
      }, hello));
    }

    void end() {
      loop.run(backbone::close);
    }

    void awaitPeers(int count) {
      RedisServer.await(count + " other servers", () -> peers() == count);
      assertThat(this.<Boolean>ask(done -> done.accept(backbone.hasPeers()))).isTrue();
    }

    int peers() {
      return this.<Integer>ask(done -> done.accept(backbone.peers()));
    }

    void awaitHeard(int count) {
      RedisServer.await(count + " messages", () -> heard.size() >= count);
    }

    /** Does something and waits until Redis knows of the channels that are heard from then on. */
    void settled(Runnable change) {
      loop.run(change);
      this.<Boolean>ask(done -> backbone.whenSettled(() -> done.accept(true)));
    }

    boolean find(String userId) {
      return this.<Boolean>ask(done -> backbone.find(userId, done));
    }

    private static String text(PeerMessage message) {
      return switch (message) {
        case ToUser(String userId, _, byte[] payload) -> userId + " " + new String(payload, StandardCharsets.UTF_8);
        case ToGroup(String groupId, String senderId, Kind kind, long order, byte[] payload) -> kind + " " + groupId + " " + senderId + (order > 0 ? " " + order : "") + " " + new String(payload, StandardCharsets.UTF_8);
        case MembershipChanged(String groupId, String userId, boolean isMember) -> groupId + " " + userId + " " + isMember;
        case LoggedIn login -> "login " + login;
      };
    }
  }
}
