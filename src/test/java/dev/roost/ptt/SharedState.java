package dev.roost.ptt;

import dev.roost.sim.SimLoop;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.Consumer;

/**
 * What several servers share, in one place that each of them reaches over a line of its own: questions and answers take their random time, and those of one line keep their order. Messages between servers likewise.
 */
final class SharedState {
  private static final int LONGEST_WAY = 20;

  private final SimLoop loop;
  private final SplittableRandom random;
  private final MemoryRegistry registry = new MemoryRegistry();
  private final Map<String, Turn> floors = new HashMap<>();
  private long grants;
  private final List<Node> nodes = new ArrayList<>();

  private record Turn(String user, String connection, long since, long lastAudio, long order) {}

  SharedState(SimLoop loop, SplittableRandom random) {
    this.loop = loop;
    this.random = random;
  }

  Node node() {
    Node node = new Node();
    nodes.add(node);
    return node;
  }

  private long millis() {
    return loop.nanos() / 1_000_000;
  }

  /** Who has the floor of a group. */
  Optional<String> holder(String group) {
    return Optional.ofNullable(floors.get(group)).filter(turn -> millis() - turn.since <= 95_000).map(Turn::user);
  }

  /** A way that keeps the order. */
  private final class Line {
    private long last;

    void send(Runnable task) {
      last = Math.max(last, millis() + random.nextInt(1, LONGEST_WAY));
      loop.after(Duration.ofMillis(last - millis()), task);
    }
  }

  /** One server, as it sees the rest. */
  final class Node implements Registry, FloorArbiter, Backbone {
    private final Line there = new Line();
    private final Line back = new Line();
    private final Line out = new Line();
    private final Set<String> users = new HashSet<>();
    Switchboard board;

    private <T> void ask(Consumer<Consumer<T>> question, Consumer<T> done) {
      there.send(() -> question.accept(answer -> back.send(() -> done.accept(answer))));
    }

    @Override
    public void login(Arrival arrival, Consumer<Login> done) {
      this.<Login>ask(answer -> registry.login(arrival, answer), done);
    }

    @Override
    public void members(String groupId, Consumer<Optional<Set<String>>> done) {
      this.<Optional<Set<String>>>ask(answer -> registry.members(groupId, answer), done);
    }

    @Override
    public void groups(String userId, Consumer<Optional<Set<String>>> done) {
      this.<Optional<Set<String>>>ask(answer -> registry.groups(userId, answer), done);
    }

    @Override
    public void add(String groupId, String userId, Consumer<Boolean> done) {
      this.<Boolean>ask(answer -> registry.add(groupId, userId, answer), done);
    }

    @Override
    public void remove(String groupId, String userId, Consumer<Boolean> done) {
      this.<Boolean>ask(answer -> registry.remove(groupId, userId, answer), done);
    }

    @Override
    public Map<String, Number> figures() {
      return Map.of();
    }

    @Override
    public void noteGroupMessage(String groupId, String messageId) {}

    @Override
    public void noteUserMessage(String userId, String messageId) {}

    @Override
    public void acquire(String groupId, String userId, String connection, Consumer<Verdict> verdict) {
      this.<Verdict>ask(answer -> {
        Turn turn = floors.get(groupId);
        boolean isBusy = turn != null && !turn.user.equals(userId) && millis() - turn.lastAudio < 3_000 && millis() - turn.since <= 95_000;
        if (isBusy) {
          answer.accept(new Busy(turn.user, turn.order));
        } else {
          floors.put(groupId, new Turn(userId, connection, millis(), millis(), ++grants));
          answer.accept(new Granted(grants));
        }
      }, verdict);
    }

    @Override
    public void spoke(String groupId, String connection) {
      long at = millis();
      there.send(() -> floors.computeIfPresent(groupId, (id, turn) -> turn.connection.equals(connection) ? new Turn(turn.user, connection, turn.since, at, turn.order) : turn));
    }

    @Override
    public void release(String groupId, String connection) {
      there.send(() -> floors.computeIfPresent(groupId, (id, turn) -> turn.connection.equals(connection) ? null : turn));
    }

    @Override
    public boolean hasPeers() {
      return true;
    }

    @Override
    public void arrived(String userId) {
      there.send(() -> users.add(userId));
    }

    @Override
    public void departed(String userId) {
      there.send(() -> users.remove(userId));
    }

    @Override
    public void joined(String groupId) {}

    @Override
    public void left(String groupId) {}

    @Override
    public void find(String userId, Consumer<Boolean> found) {
      this.<Boolean>ask(answer -> answer.accept(nodes.stream().anyMatch(node -> node != this && node.users.contains(userId))), found);
    }

    @Override
    public void send(PeerMessage message) {
      nodes.stream().filter(node -> node != this).forEach(node -> out.send(() -> node.board.received(message)));
    }
  }
}
