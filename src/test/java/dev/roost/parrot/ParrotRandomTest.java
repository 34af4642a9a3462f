package dev.roost.parrot;

import static org.assertj.core.api.Assertions.assertThat;

import dev.roost.sim.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * Random schedules of everything that users, dashboards and time can do. After every step the invariants of section 2.2 hold, in the stats and in
 * what the clients were told. A failure names the seed and the step; the same seed does the same again.
 */
class ParrotRandomTest {
  private static final int SEEDS = 300;
  private static final int STEPS = 300;

  @Test
  @DisplayName("2.2 I1 to I3: at most one sender, registered, and all believe the same")
  void invariants() {
    for (int seed = 1; seed <= SEEDS; seed++) {
      Schedule schedule = new Schedule(seed);
      for (int step = 1; step <= STEPS; step++) {
        String what = schedule.step();
        schedule.check("seed " + seed + ", step " + step + ": " + what);
      }
      schedule.end("seed " + seed + ", end");
    }
  }

  /** A user, and whether it has reason to believe that it is the sender. */
  private static final class Player {
    final ParrotUser user;
    final String username;
    boolean believes;

    Player(ParrotUser user, String username) {
      this.user = user;
      this.username = username;
    }
  }

  private static final class Schedule {
    private final Random random;
    private final ParrotWorld world;
    private final ParrotDashboard dashboard;
    private final ParrotClient listener;
    private final List<Player> present = new ArrayList<>();
    private final List<Player> gone = new ArrayList<>();
    private Optional<String> lastSender = Optional.empty();
    private boolean demoted;
    private long points;
    private int names;

    Schedule(long seed) {
      random = new Random(seed);
      world = new ParrotWorld(seed, "MAX_USERS", "6", "KICK_BAN_MS", random.nextBoolean() ? "0" : "20000");
      dashboard = world.dashboard("D");
      listener = world.listener("L");
    }

    /** Does one thing; what it was. */
    String step() {
      int dice = random.nextInt(100);
      if (dice < 14 || present.isEmpty()) {
        return connect();
      }
      if (dice < 28) {
        return pass();
      }
      Player player = present.get(random.nextInt(present.size()));
      String name = player.user.name;
      if (dice < 48) {
        return handshake(player);
      } else if (dice < 64) {
        player.user.data();
        return name + " sends data";
      } else if (dice < 76) {
        player.user.request();
        return name + " asks for the role";
      } else if (dice < 86) {
        leave(player);
        return name + " leaves";
      } else if (dice < 93) {
        dashboard.promote(player.user);
        return name + " is promoted by the dashboard";
      } else if (dice < 96) {
        dashboard.kick(player.user);
        leave(player);
        return name + " is kicked";
      } else if (dice < 98) {
        dashboard.demote();
        demoted = true;
        return "the sender is demoted";
      }
      return haunt();
    }

    private String connect() {
      String name = "U" + ++names;
      ParrotUser user = world.user(name);
      if (user.isAccepted()) {
        present.add(new Player(user, name));
        return name + " connects";
      }
      return name + " is rejected";
    }

    /** Less than SENDER_TIMEOUT, so that at most one time-out falls into one step. */
    private String pass() {
      long millis = random.nextInt(3) == 0 ? random.nextInt(200) : random.nextInt(29_000);
      world.pass(millis);
      return millis + " ms pass";
    }

    private String handshake(Player player) {
      if (random.nextBoolean()) {
        player.user.handshake("username", player.username);
        return player.user.name + " handshakes without device";
      }
      String device = "d" + random.nextInt(5);
      player.user.handshake("username", player.username, "deviceId", device);
      if (player.user.closeCode().isPresent()) {
        leave(player);
      }
      return player.user.name + " handshakes as " + device;
    }

    private void leave(Player player) {
      player.user.leave();
      present.remove(player);
      gone.add(player);
      player.user.forget();
    }

    /** Someone who has left, or a dashboard that means it, does something all the same. */
    private String haunt() {
      if (gone.isEmpty()) {
        return "nothing";
      }
      Player ghost = gone.get(random.nextInt(gone.size()));
      ghost.user.handshake().request().data().leave();
      dashboard.promote(ghost.user);
      dashboard.kick(ghost.user);
      return ghost.user.name + " haunts";
    }

    void check(String when) {
      for (Player ghost : gone) {
        assertThat(ghost.user.types()).as("%s: what %s, who is gone, got", when, ghost.user.name).isEmpty();
      }
      Json stats = world.stats();
      Optional<String> sender = Optional.ofNullable((String) stats.at("activeSender").value());
      List<Json> users = stats.at("users").items();
      assertThat(users).as("%s: users", when).extracting(user -> user.at("id").text())
          .containsExactlyElementsOf(present.stream().map(player -> player.user.id()).toList());
      assertThat(users.stream().filter(user -> user.at("isActiveSender").bool()).map(user -> user.at("id").text()).toList())
          .as("%s: isActiveSender (activeSender is %s)", when, sender).isEqualTo(sender.stream().toList());
      for (Player player : present) {
        hear(player, sender, when);
      }
      assertThat(present.stream().filter(player -> player.believes).map(player -> player.user.id()).toList())
          .as("%s: who believes to be the sender", when).isEqualTo(sender.stream().toList());
      watch(sender, when);
      if (lastSender.isPresent() && !demoted && !present.isEmpty()) {
        assertThat(sender).as("%s: only a demotion leaves the slot vacant", when).isPresent();
      }
      lastSender = sender;
      demoted = false;
      assertThat(stats.at("totalDataPoints").number()).as("%s: points", when).isEqualTo(points);
    }

    /** Reads what a user was told in this step. */
    private void hear(Player player, Optional<String> sender, String when) {
      int promoted = 0;
      int demoted = 0;
      for (Json message : player.user.take()) {
        switch (message.type()) {
          case "promoted" -> {
            promoted++;
            player.believes = true;
          }
          case "demoted" -> {
            demoted++;
            player.believes = false;
          }
          case "welcome" -> player.believes = message.at("role").text().equals("sender");
          case "sender_changed" -> assertThat(isNameOf(message.at("activeSender").text(), sender))
              .as("%s: %s heard of %s, but the sender is %s", when, player.user.name, message, sender).isTrue();
          case "ack" -> points++;
          case "rejected" -> assertThat(sender).as("%s: %s got %s", when, player.user.name, message).isNotEqualTo(Optional.of(player.user.id()));
          case "observer_mode" -> assertThat(sender).as("%s: observer_mode", when).isPresent();
          default -> throw new AssertionError(when + ": " + player.user.name + " got " + message);
        }
      }
      assertThat(promoted + demoted).as("%s: changes of role of %s", when, player.user.name).isLessThanOrEqualTo(1);
    }

    private boolean isNameOf(String name, Optional<String> id) {
      return present.stream().anyMatch(player -> id.equals(Optional.of(player.user.id())) && (name.equals(player.username) || name.equals(player.user.id())));
    }

    /** Reads what dashboard and listener were told in this step. */
    private void watch(Optional<String> sender, String when) {
      for (Json message : dashboard.take()) {
        if (message.type().equals("senderPromoted")) {
          assertThat(message.at("userId").text()).as("%s: senderPromoted", when).isEqualTo(sender.orElse("nobody"));
        }
      }
      assertThat(listener.types()).as("%s: listener", when).isSubsetOf("listener_connected", "stats", "sensor_data");
    }

    void end(String when) {
      while (!present.isEmpty()) {
        leave(present.get(random.nextInt(present.size())));
        check(when);
      }
      listener.leave();
      dashboard.leave();
      world.pass(1_000);
      assertThat(world.loop.timers()).as("%s: timers", when).isEqualTo(1);
    }
  }
}
