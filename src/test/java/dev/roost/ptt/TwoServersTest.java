package dev.roost.ptt;

import static org.assertj.core.api.Assertions.assertThat;

import dev.roost.sim.Json;
import dev.roost.sim.SimLoop;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.LongStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * Two servers that share Redis, where everything takes its random time: whatever their users do at the same time, there is one floor, nobody hears anything twice, and every question has one answer. A failure names the seed and the round;
 * {@code -Dptt.seed=N} does that schedule alone again.
 */
class TwoServersTest {
  private static final int SCHEDULES = 40;
  private static final int ROUNDS = 12;
  private static final List<String> USERS = List.of("A", "B", "C", "D", "E", "F");
  private static final List<String> GROUPS = List.of("g", "h");
  /** After so long everything that was under way has arrived, and every STOP is answered. */
  private static final long QUIET = 400;

  @Test
  @DisplayName("2.4 Two servers: one floor per group, nothing twice, every START and STOP answered once")
  void schedules() {
    Map<String, Integer> seen = new TreeMap<>();
    long only = Long.getLong("ptt.seed", -1);
    LongStream seeds = only >= 0 ? LongStream.of(only) : LongStream.range(0, SCHEDULES);
    seeds.forEach(seed -> new Schedule(seed, seen).run());
    if (only < 0) {
      assertThat(seen).containsOnlyKeys("busy", "granted", "floor held", "floor free", "moved", "text", "call", "call to nobody");
    }
  }

  private static final class Schedule {
    private final long seed;
    private final SplittableRandom random;
    private final SimLoop loop = new SimLoop();
    private final SharedState shared;
    private final List<PttWorld> servers = new ArrayList<>();
    /** The one connection of each user who is there. */
    private final Map<String, PttUser> here = new TreeMap<>();
    /** What was sent by each connection and must be answered once. */
    private final Map<PttUser, Integer> open = new HashMap<>();
    private final Map<String, Set<String>> members = new HashMap<>();
    private final Map<String, Integer> seen;
    private int messages;
    private String what = "";

    Schedule(long seed, Map<String, Integer> seen) {
      this.seed = seed;
      this.seen = seen;
      random = new SplittableRandom(seed);
      shared = new SharedState(loop, random.split());
      for (int i = 0; i < 2; i++) {
        SharedState.Node node = shared.node();
        servers.add(new PttWorld(loop, node, node, node, "PRESENCE_ENABLED", "false", "PTT_MAX_MESSAGES_PER_SECOND", "10000", "MAXIMUM_AUDIO_DURATION", "1000000").named("s" + i + "c"));
        node.board = servers.getLast().board;
      }
    }

    void run() {
      for (int round = 1; round <= ROUNDS; round++) {
        try {
          prepare();
          pause();
          storm();
          settle();
          probe(any(GROUPS));
        } catch (AssertionError | RuntimeException e) {
          throw new AssertionError("seed " + seed + ", round " + round + ": " + what, e);
        }
      }
    }

    /** Some come, go, move to the other server, join and leave; then all servers know. */
    private void prepare() {
      for (String id : USERS) {
        int dice = random.nextInt(10);
        if (!here.containsKey(id) || dice == 0) {
          come(id);
        } else if (dice == 1 && here.size() > 1) {
          here.remove(id).leave();
        }
      }
      for (PttUser user : here.values()) {
        String group = any(GROUPS);
        // Who is removed while it speaks must begin anew, which is another story.
        boolean joins = random.nextInt(5) > 0 || shared.holder(group).equals(Optional.of(user.id));
        if (joins) {
          user.join(group);
        } else {
          user.quit(group);
        }
        Set<String> users = members.computeIfAbsent(group, id -> new HashSet<>());
        boolean changed = joins ? users.add(user.id) : users.remove(user.id);
        assertThat(changed || users.contains(user.id) == joins).isTrue();
      }
      loop.passMillis(QUIET);
      here.values().forEach(PttUser::forget);
    }

    private void come(String id) {
      PttUser old = here.put(id, any(servers).mobileOn("phone", id));
      loop.passMillis(QUIET);
      if (old != null) {
        count("moved");
        assertThat(old.closed()).as("the older connection of %s, wherever it is", id).isPresent();
        old.leave();
      }
      assertThat(here.get(id).closed()).as("the newer connection of %s", id).isEmpty();
    }

    /** Whoever has been silent for so long that others may interrupt speaks again, or is interrupted: not both at once. */
    private void pause() {
      what = "a pause";
      boolean isLong = random.nextInt(3) == 0;
      loop.passMillis(isLong ? 3_000 : 100);
      for (String group : GROUPS) {
        PttUser starter = any(List.copyOf(here.values()));
        PttUser holder = here.get(shared.holder(group).orElse(""));
        if (holder == null || isLong && isMember(starter.id, group) && random.nextBoolean()) {
          ask(starter, () -> starter.start(group));
        } else {
          holder.send(0, 3, holder.id, group, "a" + ++messages);
        }
      }
      settle();
    }

    /** Everybody talks at once. */
    private void storm() {
      what = "everybody talks";
      for (int i = random.nextInt(2, 40); i > 0; i--) {
        PttUser user = any(List.copyOf(here.values()));
        String group = any(GROUPS);
        switch (random.nextInt(6)) {
          case 0, 1 -> ask(user, () -> user.start(group));
          case 2 -> ask(user, () -> user.stop(group));
          case 3 -> loop.passMillis(random.nextInt(60));
          default -> user.send(0, 3, user.id, group, "a" + ++messages);
        }
      }
    }

    private void ask(PttUser user, Runnable question) {
      open.merge(user, 1, Integer::sum);
      question.run();
    }

    private void settle() {
      loop.passMillis(QUIET + open.values().stream().mapToInt(count -> count).max().orElse(0) * 100L);
      here.values().forEach(user -> {
        int answers = 0;
        Set<Object> heard = new HashSet<>();
        for (Packed message : user.take()) {
          if (List.of(6, 7, 8).contains(message.type())) {
            answers++;
            count(message.type() == 6 ? "granted" : message.payload().equals("Busy") ? "busy" : null);
          } else if (message.type() == 3) {
            assertThat(heard.add(message.payload())).as("%s hears %s once", user.id, message.payload()).isTrue();
          }
        }
        assertThat(answers).as("answers to %s", user.id).isEqualTo(open.getOrDefault(user, 0));
      });
      open.clear();
    }

    /** When all is quiet: the holder is heard by all others who are members, everybody else by nobody; and nobody has the floor who is not a member. */
    private void probe(String group) {
      Optional<String> holder = shared.holder(group);
      what = "the floor of " + group + " is " + holder;
      holder.ifPresent(user -> assertThat(isMember(user, group)).isTrue());
      for (PttUser speaker : here.values()) {
        String sound = "a" + ++messages;
        speaker.send(0, 3, speaker.id, group, sound);
        loop.passMillis(QUIET);
        boolean isHeard = isMember(speaker.id, group) && (holder.isEmpty() || holder.get().equals(speaker.id));
        count(holder.isEmpty() ? "floor free" : "floor held");
        for (PttUser listener : here.values()) {
          long times = listener.take().stream().filter(message -> message.type() == 3 && message.payload().equals(sound)).count();
          assertThat(times).as("%s hears %s", listener.id, speaker.id).isEqualTo(isHeard && listener != speaker && isMember(listener.id, group) ? 1 : 0);
        }
      }
      write(any(List.copyOf(here.values())), group);
      call(any(List.copyOf(here.values())), any(USERS));
    }

    private void write(PttUser writer, String group) {
      String text = "t" + ++messages;
      what = writer.id + " writes to " + group;
      writer.send(0, 17, writer.id, group, text).send(1, 17, writer.id, writer.id, text);
      loop.passMillis(QUIET);
      boolean isSent = isMember(writer.id, group);
      for (PttUser reader : here.values()) {
        List<Packed> got = reader.take();
        long times = got.stream().filter(message -> message.type() == 17 && message.channel() == 0 && Json.parse((String) message.payload()).at("text").text().equals(text)).count();
        assertThat(times).as("texts for %s", reader.id).isEqualTo(isSent && reader != writer && isMember(reader.id, group) ? 1 : 0);
        assertThat(got.stream().filter(message -> message.type() == 17 && message.channel() == 1).count()).isEqualTo(reader == writer ? 1 : 0);
      }
      count("text");
    }

    private void call(PttUser caller, String called) {
      what = caller.id + " calls " + called;
      caller.call(called);
      loop.passMillis(QUIET);
      boolean isThere = here.containsKey(called);
      assertThat(caller.take()).extracting(Packed::type).contains(isThere ? 6 : 8);
      if (isThere && !called.equals(caller.id)) {
        assertThat(here.get(called).types()).containsExactly(1);
      }
      caller.send(1, 2, caller.id, called);
      loop.passMillis(QUIET);
      here.values().forEach(PttUser::forget);
      count(isThere ? "call" : "call to nobody");
    }

    private boolean isMember(String user, String group) {
      return members.getOrDefault(group, Set.of()).contains(user);
    }

    private void count(String what) {
      if (what != null) {
        seen.merge(what, 1, Integer::sum);
      }
    }

    private <T> T any(List<T> choices) {
      return choices.get(random.nextInt(choices.size()));
    }
  }
}
