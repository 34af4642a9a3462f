package dev.roost.publicrooms;

import static org.assertj.core.api.Assertions.assertThat;

import dev.roost.publicrooms.PublicRoomsMessages.SendMessage;
import dev.roost.publicrooms.RoomsModel.ModelSeat;
import dev.roost.publicrooms.RoomsModel.ModelTab;
import dev.roost.publicrooms.RoomsModel.State;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * Random schedules of everything that addresses, sockets and time can do, beside a model. After every step each socket has heard exactly what it should have, the seats, places and entries are
 * those of the model, and nothing exceeds its bound; when all have gone, nothing is left. A failure names the seed and the step; the same seed does the same again.
 */
class RoomsSimulationTest {
  private static final int SEEDS = 150;
  private static final int STEPS = 200;
  /** Sockets that are looked at, gone ones too. */
  private static final int REMEMBERED = 30;
  private static final List<String> ADDRESSES = List.of("A", "B", "C", "D", "E", "F", "G", "H");
  private static final List<String> ROOMS = List.of("R1", "R1", "R2", "R2", "nowhere");

  @Test
  @DisplayName("2. One seat a user, never too many in a room, each transition told once, and nothing left in the end")
  void invariants() {
    int transitions = 0;
    for (int seed = 1; seed <= SEEDS; seed++) {
      Schedule schedule = new Schedule(seed);
      for (int step = 1; step <= STEPS; step++) {
        String what = schedule.step();
        schedule.check("seed " + seed + ", step " + step + ": " + what);
      }
      schedule.end("seed " + seed + ", end");
      transitions += schedule.model.transitions;
    }
    // Schedules in which nobody comes and goes would prove nothing.
    assertThat(transitions).isGreaterThan(SEEDS * STEPS / 12);
  }

  private static final class Schedule {
    private final Random random;
    private final RoomsWorld world;
    private final RoomsModel model;
    private final int timers;
    private final List<ModelTab> all = new ArrayList<>();
    private int serial;

    Schedule(long seed) {
      random = new Random(seed);
      // With the backoff, crowds are thinner.
      long backoffWindow = seed % 3 == 0 ? 60_000 : 0;
      world = new RoomsWorld("PUBLIC_ROOMS_COUNT", "2", "PUBLIC_ROOMS_CAPACITY", "" + RoomsModel.CAPACITY, "PUBLIC_ROOMS_MAX_CONNECTIONS_PER_IP", "" + RoomsModel.MAX_PER_ADDRESS,
          "PUBLIC_ROOMS_HARD_MAX_CONNECTIONS_PER_IP", "" + RoomsModel.HARD_MAX_PER_ADDRESS, "PUBLIC_ROOMS_STALE_CONNECTION_MS", "" + RoomsModel.STALE,
          "PUBLIC_ROOMS_MAX_CONCURRENT", "" + RoomsModel.MAX_CONCURRENT, "PUBLIC_ROOMS_QUEUE_MAX", "" + RoomsModel.MAX_QUEUE, "PUBLIC_ROOMS_QUEUE_TIMEOUT_MS", "" + RoomsModel.QUEUE_TIMEOUT,
          "PUBLIC_ROOMS_USER_TTL_MS", "" + RoomsModel.USER_TTL, "PUBLIC_ROOMS_BACKOFF_WINDOW_MS", "" + backoffWindow, "PUBLIC_ROOMS_CHAT_HISTORY", "" + RoomsModel.HISTORY,
          "PUBLIC_ROOMS_PING_INTERVAL_MS", "86400000", "PUBLIC_ROOMS_BLOCK_THRESHOLD", "1000", "PUBLIC_ROOMS_BLOCK_WINDOW_MS", "60000", "PUBLIC_ROOMS_CHAT_LIMIT", "1000000", "PUBLIC_ROOMS_EVENT_LIMIT", "1000000",
          "PUBLIC_ROOMS_API_LIMIT", "1000000");
      model = new RoomsModel(List.of("R1", "R2"), backoffWindow);
      timers = world.loop.timers();
    }

    /** Does one thing; what it was. */
    String step() {
      // Who has expired is gone whenever anybody looks; here, before each step.
      model.expire();
      world.ask(world.rooms::rooms);
      int dice = random.nextInt(100);
      if (dice < 8) {
        return enter(any(ADDRESSES));
      } else if (dice < 14) {
        return restJoin(any(ADDRESSES), any(ROOMS));
      } else if (dice < 18) {
        return restLeave(any(ADDRESSES), any(ROOMS));
      } else if (dice < 20) {
        return request(any(ADDRESSES));
      } else if (dice < 28) {
        return pass();
      } else if (dice < 48 || all.isEmpty()) {
        return connect(any(ADDRESSES), any(ROOMS));
      }
      // Sometimes one that has gone long ago: what still comes from it has no effect.
      return act(model.tabs.isEmpty() || random.nextInt(12) == 0 ? any(all) : any(model.tabs), dice);
    }

    private String act(ModelTab tab, int dice) {
      if (dice < 70) {
        // Mostly one that has not joined yet.
        return join(random.nextInt(4) == 0 ? tab : model.tabs.stream().filter(other -> other.seat == null).findFirst().orElse(tab));
      } else if (dice < 75) {
        return leave(tab);
      } else if (dice < 82) {
        return say(tab);
      } else if (dice < 90) {
        return interruptOrResume(tab);
      }
      return drop(tab);
    }

    private String enter(String address) {
      String id = world.enter(address, address);
      RoomsModel.ModelUser known = model.users.get(address);
      if (known == null) {
        model.users.put(address, new RoomsModel.ModelUser(id, model.now));
      } else {
        assertThat(id).isEqualTo(known.id);
      }
      return "POST users of " + address;
    }

    private String restJoin(String address, String room) {
      String what = "REST join of " + address + " to " + room;
      String id = userId(address);
      that(what, "outcome", world.restJoin(address, room, id), model.restJoin(address, room, id));
      return what;
    }

    private String restLeave(String address, String room) {
      String id = userId(address);
      model.restLeave(address, room, id);
      assertThat(world.restLeave(address, room, id)).isEqualTo("OK");
      return "REST leave of " + address + " from " + room;
    }

    private String request(String address) {
      model.touch(address);
      assertThat(world.ask(() -> world.rooms.permitApi(address)).isGranted()).isTrue();
      return "a request of " + address;
    }

    private String pass() {
      long millis = random.nextInt(8) == 0 ? random.nextInt(12_000) : random.nextInt(1_500);
      model.pass(millis);
      world.pass(millis);
      return millis + " ms";
    }

    private String connect(String address, String room) {
      ModelTab tab = new ModelTab(world.connect(address, room));
      all.add(tab);
      if (all.size() > REMEMBERED) {
        all.stream().filter(old -> old.state == State.GONE).findFirst().ifPresent(all::remove);
      }
      model.connect(tab);
      return tab.tab.name + " connects to " + room;
    }

    private String join(ModelTab tab) {
      if (!model.users.containsKey(tab.tab.address) && random.nextInt(4) > 0) {
        enter(tab.tab.address);
      }
      String id = userId(tab.tab.address);
      model.receive(tab, () -> model.join(tab, id));
      tab.tab.joinAs(id);
      return tab.tab.name + " joins";
    }

    private String leave(ModelTab tab) {
      String id = userId(tab.tab.address);
      model.receive(tab, () -> model.leave(tab, id));
      tab.tab.leaveAs(id);
      return tab.tab.name + " leaves";
    }

    private String say(ModelTab tab) {
      String id = userId(tab.tab.address);
      serial++;
      String text = "m" + serial;
      model.receive(tab, () -> model.say(tab, text));
      tab.tab.send(new SendMessage(Optional.of(id), Optional.of(text)));
      return tab.tab.name + " says " + text;
    }

    private String interruptOrResume(ModelTab tab) {
      if (tab.state == State.INTERRUPTED) {
        boolean expected = model.resume(tab);
        assertThat(tab.tab.resume()).as(tab.tab.name + " may resume").isEqualTo(expected);
        return tab.tab.name + " resumes: " + expected;
      }
      if (tab.state != State.GONE) {
        model.interrupt(tab);
      }
      tab.tab.interrupt();
      return tab.tab.name + " is interrupted";
    }

    private String drop(ModelTab tab) {
      if (tab.state != State.GONE) {
        model.drop(tab);
      }
      tab.tab.drop();
      return tab.tab.name + " is dropped";
    }

    /** The user's id; one that nobody has, if there is none. */
    private String userId(String address) {
      return model.users.containsKey(address) ? model.users.get(address).id : "user-" + address + "-0";
    }

    private <T> T any(List<T> list) {
      return list.get(random.nextInt(list.size()));
    }

    // ---- What must be true

    void check(String when) {
      model.expire();
      seats(when);
      Map<String, List<String>> lobby = new HashMap<>();
      for (String line : world.takeLog()) {
        if (line.startsWith("/ ")) {
          lobby.computeIfAbsent(line.substring(2, 4), key -> new ArrayList<>()).add(line.substring(2));
        }
      }
      that(when, "list of rooms", lobby, model.lobby);
      model.lobby.clear();
      for (ModelTab tab : all) {
        that(when, "what " + tab.tab.name + " heard", tab.tab.take(), List.copyOf(tab.hears));
        tab.hears.clear();
        if (tab.state == State.INTERRUPTED || tab.state == State.HERE || tab.state == State.WAITING) {
          that(when, tab.tab.name + " is connected", tab.tab.isDisconnected(), false);
        }
      }
      places(when);
    }

    private void seats(String when) {
      Set<String> seen = new HashSet<>();
      for (RoomView view : world.ask(world.rooms::rooms)) {
        List<ModelSeat> seats = model.rooms.get(view.id());
        that(when, "occupancy of " + view.id(), view.currentOccupancy(), seats.size());
        that(when, "bound of " + view.id(), view.currentOccupancy() <= RoomsModel.CAPACITY, true);
        that(when, "members of " + view.id(), world.participants(view.id()).stream().map(participant -> RoomsWorld.who(participant.id())).toList(),
            seats.stream().map(seat -> seat.address).toList());
        that(when, "one seat a user", seats.stream().allMatch(seat -> seen.add(seat.address)), true);
        that(when, "hall of " + view.id(), world.halls.get(view.id()).sockets.stream().map(GuestSocket::id).collect(Collectors.toSet()),
            seats.stream().flatMap(seat -> seat.tabs.stream()).map(tab -> tab.tab.name).collect(Collectors.toSet()));
      }
    }

    private void places(String when) {
      int active = model.active();
      that(when, "capacity", world.rooms.capacity(), new CapacityStatus(active, RoomsModel.MAX_CONCURRENT, model.queue.size(), RoomsModel.MAX_CONCURRENT - active));
      for (String address : ADDRESSES) {
        that(when, "entries of " + address, (long) world.rooms.connectionCount(address), model.live(address));
      }
      Map<String, Number> figures = world.rooms.figures();
      that(when, "users", figures.get("users"), model.users.size());
      that(when, "users kept", world.kept.visitors.keySet(), model.users.keySet());
      that(when, "joins less leaves", figures.get("joins").longValue() - figures.get("leaves").longValue(), (long) figures.get("occupancy").intValue());
    }

    /** As assertThat, without the cost of a description that nobody reads: this is called millions of times. */
    private static void that(String when, String what, Object found, Object expected) {
      if (!Objects.equals(found, expected)) {
        assertThat(found).as("%s: %s", when, what).isEqualTo(expected);
      }
    }

    void end(String when) {
      while (!model.tabs.isEmpty()) {
        String what = drop(any(model.tabs));
        check(when + ", " + what);
      }
      model.pass(120_000);
      world.pass(120_000);
      check(when);
      that(when, "timers", world.loop.timers(), timers);
      Map<String, Number> figures = world.rooms.figures();
      for (String figure : List.of("users", "occupancy", "queueLength", "rememberedAddresses")) {
        that(when, figure, figures.get(figure).longValue(), 0L);
      }
      that(when, "sockets", world.rooms.sockets(), Map.of("waiting", 0.0, "admitted", 0.0, "joined", 0.0, "interrupted", 0.0));
    }
  }
}
