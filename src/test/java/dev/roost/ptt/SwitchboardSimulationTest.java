package dev.roost.ptt;

import static org.assertj.core.api.Assertions.assertThat;

import dev.roost.ptt.TalkModel.Link;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.LongStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * Random schedules of everything that users and time can do, beside a model that was written from the contract. After every step each connection was told what the model says, and nothing else; and what watchers saw of presence adds up to the
 * truth. A failure names the seed and the step; {@code -Dptt.seed=N} does that schedule alone again.
 */
class SwitchboardSimulationTest {
  private static final int SCHEDULES = 120;
  private static final List<String> USERS = List.of("A", "B", "C", "D", "E", "F", "a", "7", "__proto__", "x:y");
  private static final List<String> GROUPS = List.of("g", "h", "constructor");
  private static final long MAX_AUDIO = 10_000;
  private static final long BUSY_TIMEOUT = 12_000;
  private static final long INSPECTION = 7_001;
  private static final long TTL = 20_000;
  private static final long SPACING = 5_000;

  @Test
  @DisplayName("2. Whatever happens: one floor per group, every START and STOP answered once, everybody hears what is theirs, and watchers see the truth")
  void schedules() {
    Map<String, Integer> seen = new TreeMap<>();
    long only = Long.getLong("ptt.seed", -1);
    LongStream seeds = only >= 0 ? LongStream.of(only) : LongStream.range(0, SCHEDULES);
    seeds.forEach(seed -> {
      Schedule schedule = new Schedule(seed);
      schedule.run();
      schedule.model.seen.forEach((what, count) -> seen.merge(what, count, Integer::sum));
    });
    if (only < 0) {
      // Schedules that miss something would prove nothing of it.
      assertThat(seen).containsOnlyKeys("a heartbeat too early", "a speaker goes", "another device", "audio", "audio after the limit", "audio of a non-holder", "audio of nobody", "busy", "granted",
          "recipient offline", "stop", "stop of a non-holder", "taken over", "the same device", "too long", "too long a call");
      assertThat(seen.values()).allSatisfy(count -> assertThat(count).isGreaterThan(1));
    }
  }

  /** What somebody who watches believes. */
  private static final class Page {
    private final PttUser user;
    private final Set<String> online = new HashSet<>();
    private boolean hasSnapshot;

    Page(PttUser user) {
      this.user = user;
    }

    void follow() {
      for (Packed message : user.take()) {
        if (message.type() == 32) {
          online.clear();
          online.addAll(PttUser.online(message));
          hasSnapshot = true;
        } else if (message.type() == 31) {
          assertThat(hasSnapshot).isTrue();
          List<?> updates = message.map().get("type").equals("presence_batch") ? (List<?>) message.map().get("updates") : List.of(message.map());
          updates.forEach(update -> note((Map<?, ?>) update));
        }
      }
    }

    private void note(Map<?, ?> update) {
      String userId = (String) update.get("userId");
      if (update.get("status").equals("online")) {
        online.add(userId);
      } else {
        online.remove(userId);
      }
    }
  }

  private static final class Schedule {
    private final long seed;
    private final SplittableRandom random;
    private final PttWorld world;
    private final TalkModel model;
    private final boolean allows;
    private final List<String> users;
    /** Every connection that there ever was, and what the model knows of it. */
    private final Map<PttUser, Link> links = new LinkedHashMap<>();
    private Page everybody;
    private Page members;
    private String what = "";

    Schedule(long seed) {
      this.seed = seed;
      random = new SplittableRandom(seed);
      allows = random.nextInt(4) == 0;
      users = USERS.subList(0, random.nextInt(5, USERS.size() + 1));
      model = new TalkModel(MAX_AUDIO, BUSY_TIMEOUT, INSPECTION, TTL, SPACING, allows);
      world = new PttWorld("MAXIMUM_AUDIO_DURATION", "" + MAX_AUDIO, "GROUP_BUSY_TIMEOUT", "" + BUSY_TIMEOUT, "GROUP_INSPECT_INTERVAL", "" + INSPECTION, "PRESENCE_TTL", "20",
          "PRESENCE_MIN_HEARTBEAT_MS", "" + SPACING, "DUPLICATE_LOGIN_POLICY", allows ? "allow" : "replace", "PTT_MAX_MESSAGES_PER_SECOND", "10000");
      everybody = new Page(world.watcher("W"));
      members = new Page(world.watcher("V").subscribe("groups", List.of("g"), "batch", true));
    }

    void run() {
      int steps = random.nextInt(60, 200);
      for (int step = 1; step <= steps; step++) {
        try {
          step();
          compare();
        } catch (AssertionError | RuntimeException e) {
          throw new AssertionError("seed " + seed + ", step " + step + ": " + what, e);
        }
      }
      end();
    }

    private void step() {
      List<PttUser> alive = links.entrySet().stream().filter(entry -> !entry.getValue().isOver()).map(Map.Entry::getKey).toList();
      int dice = random.nextInt(100);
      if (alive.isEmpty() || dice < 8) {
        connect();
      } else if (dice < 13) {
        leave(any(List.copyOf(links.keySet())));
      } else if (dice < 33) {
        pass(random.nextInt(4) == 0 ? random.nextInt(15_000) : random.nextInt(1_500));
      } else if (dice < 35) {
        settle();
      } else if (dice < 36) {
        watchAgain();
      } else {
        speak(any(alive), random.nextInt(100));
      }
    }

    private void connect() {
      String id = any(users);
      String device = any(List.of("phone", "phone", "tablet"));
      Set<String> tokens = allows ? tokensOf(id) : random.nextInt(3) == 0 ? Set.of(any(GROUPS)) : Set.of();
      what = id + " connects with " + device + " " + tokens;
      PttUser user = world.connect(new Introduction(id, false, tokens, device));
      links.put(user, model.connect(id, device, tokens));
    }

    /** Connections of one user at the same time have the same. */
    private Set<String> tokensOf(String id) {
      int index = users.indexOf(id);
      return index < GROUPS.size() ? Set.of(GROUPS.get(index)) : Set.of();
    }

    private void leave(PttUser user) {
      what = user.id + " leaves by " + user.token;
      user.leave();
      model.leave(links.get(user));
    }

    private void speak(PttUser user, int dice) {
      Link link = links.get(user);
      String group = any(GROUPS);
      String other = any(users);
      what = user.id + " by " + user.token + " to " + group + " or " + other + ", " + dice;
      if (dice < 20) {
        user.start(group);
        model.send(link, () -> model.start(link, group));
      } else if (dice < 50) {
        user.audio(group, 1);
        model.send(link, () -> model.audio(link, group));
      } else if (dice < 60) {
        user.stop(group);
        model.send(link, () -> model.stop(link, group));
      } else if (dice < 74) {
        user.join(group);
        model.send(link, () -> model.join(link, group));
      } else if (dice < 78) {
        user.quit(group);
        model.send(link, () -> model.quit(link, group));
      } else if (dice < 82) {
        user.send(0, 17, "somebody else", group, "hi");
        model.send(link, () -> model.text(link, group));
      } else if (dice < 86) {
        user.call(other);
        model.send(link, () -> model.call(link, other));
      } else if (dice < 92) {
        user.say(other, 1);
        model.send(link, () -> model.say(link, other));
      } else if (dice < 94) {
        user.send(1, 2, user.id, other);
        model.send(link, () -> model.hangUp(link, other));
      } else {
        user.heartbeat();
        model.heartbeat(link);
      }
    }

    private void pass(long millis) {
      what = millis + " ms pass";
      world.pass(millis);
      model.pass(millis);
    }

    private void watchAgain() {
      what = "a page is loaded anew";
      everybody.user.leave();
      everybody = new Page(world.watcher("W"));
    }

    /** What each connection was told in this step; in which order is what the scenarios check. */
    private void compare() {
      links.forEach((user, link) -> {
        List<String> told = new ArrayList<>();
        user.take().forEach(message -> told.add(said(message)));
        assertThat(told).as("what %s was told by %s", user.id, user.token).containsExactlyInAnyOrderElementsOf(link.told);
        link.told.clear();
      });
      assertThat(new TreeSet<>(online())).as("who is online").isEqualTo(model.online.keySet());
    }

    private Set<String> online() {
      Set<String> online = new HashSet<>();
      world.statuses(users.toArray(String[]::new)).stream().filter(Status::isOnline).forEach(status -> online.add(status.userId()));
      return online;
    }

    private static String said(Packed message) {
      String said = message.type() + " " + message.at(2) + " " + message.at(3);
      return message.type() == 8 ? said + " " + message.payload() : said;
    }

    /** Nothing waits any more: pages show what is true. */
    private void settle() {
      String before;
      do {
        before = truth();
        pass(PttWorld.WINDOW);
      } while (!before.equals(truth()));
      everybody.follow();
      members.follow();
      assertThat(new TreeSet<>(everybody.online)).as("what a page shows").isEqualTo(model.online.keySet());
      for (String user : users) {
        if (model.isMember(user, "g")) {
          assertThat(members.online.contains(user)).as("whether the page of the group shows %s", user).isEqualTo(model.online.containsKey(user));
        }
      }
    }

    private String truth() {
      return model.online.keySet() + " " + users.stream().filter(user -> model.isMember(user, "g")).toList();
    }

    /** Everybody goes, and nothing is left. */
    private void end() {
      what = "the end";
      settle();
      links.keySet().forEach(PttUser::leave);
      everybody.user.leave();
      members.user.leave();
      world.pass(100);
      assertThat(world.isEmpty()).as("seed %s: %s", seed, world.board.figures()).isTrue();
      assertThat(world.loop.timers()).as("only the inspection").isEqualTo(1);
    }

    private <T> T any(List<T> choices) {
      return choices.get(random.nextInt(choices.size()));
    }
  }
}
