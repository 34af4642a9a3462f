package dev.roost.mesh;

import static org.assertj.core.api.Assertions.assertThat;

import dev.roost.core.CloseReason;
import dev.roost.mesh.ElectionModel.State;
import dev.roost.mesh.OrganizationModel.Device;
import dev.roost.sim.Json;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * Random schedules of everything that devices, an operator and time can do to an organisation, beside a model that was written from the contract. After every step the server is
 * what the model says, and so is what every device was told. A failure names the seed and the step; {@code -Dmesh.seed=N} does that schedule alone again.
 */
class OrganizationSimulationTest {
  private static final int SCHEDULES = 400;
  private static final int LONGEST = 200;
  /** No sum of some of them is a time at which something else is due, so the order in which things happen is never in question. */
  private static final List<Integer> DELAYS = List.of(2_357, 701, 13_013);
  private static final List<String> DEVICES = List.of("A", "B", "C", "D", "E", "a", "10", "9");
  private static final List<String> CAPABILITIES = List.of("", "location.share", "admin.manage", "admin.manage", "admin.manage", "admin.manage,location.view",
      "location.view,admin.manage,server.temporary",
      "admin.manage,x", "admin.manage,admin.manage,,");

  @Test
  @DisplayName("2, 28. One office holder at most, always a connected one, and everybody knows who; nobody is thrown out alive, and no one who is silent stays")
  void invariants() {
    Map<State, Integer> states = new TreeMap<>();
    Map<String, Integer> closed = new TreeMap<>();
    for (long seed : ElectionSimulationTest.seeds(SCHEDULES)) {
      Schedule schedule = new Schedule(seed);
      for (int step = 1; step <= schedule.steps; step++) {
        schedule.step(step);
        states.merge(schedule.model.election.state, 1, Integer::sum);
      }
      schedule.model.closed.values().forEach(reason -> closed.merge(reason.text(), 1, Integer::sum));
    }
    // Schedules that miss something would prove nothing of it.
    assertThat(states.keySet()).containsExactly(State.values());
    assertThat(closed.keySet()).containsExactly("Client timeout", "Main admin returned", "Replaced by new connection", "Server full");
  }

  /** What a device that follows the protocol believes. */
  private static final class View {
    List<String> ids = List.of();
    Optional<String> admin = Optional.empty();
    Optional<String> announced = Optional.empty();
    long term;
    int relayed;
    /** Types of messages in this step. */
    final Set<String> heard = new HashSet<>();
  }

  private static final class Schedule {
    private final long seed;
    private final SplittableRandom random;
    final int steps;
    private final MeshWorld world;
    final OrganizationModel model;
    private final boolean serverStands;
    private final List<MeshDevice> gone = new ArrayList<>();
    private final Map<MeshDevice, View> views = new HashMap<>();
    /** Who held which term, as the first one heard it. */
    private final Map<Long, Optional<String>> holders = new HashMap<>();
    private final List<String> told = new ArrayList<>();
    private long lastTerm;
    private Optional<String> lastHolder = Optional.empty();
    private String what = "";
    /** Whether a device that was slow hears old news in this step. */
    private boolean catchesUp;

    Schedule(long seed) {
      this.seed = seed;
      random = new SplittableRandom(seed);
      steps = random.nextInt(100, LONGEST + 1);
      int delay = DELAYS.get(random.nextInt(DELAYS.size()));
      int maxClients = random.nextInt(3) == 0 ? 4 : 1_000;
      boolean close = random.nextInt(4) == 0;
      boolean pong = random.nextInt(4) == 0;
      serverStands = random.nextInt(4) == 0;
      world = new MeshWorld("ELECTION_DELAY", "" + delay, "MAX_CLIENTS", "" + maxClients, "HANDOFF", close ? "close" : "keep", "PONG_KEEPS_ALIVE", "" + pong,
          "MINI_SERVER_CAPABILITIES", serverStands ? "admin.manage,location.view" : "server.temporary");
      model = new OrganizationModel(delay, maxClients, close, pong);
      if (serverStands) {
        model.serverStands(MeshWorld.SERVER, Set.of("admin.manage", "location.view"));
      }
      lastTerm = world.statistics().term();
    }

    void step(int step) {
      long changes = model.changes;
      long ticks = model.ticks;
      catchesUp = false;
      try {
        int dice = random.nextInt(100);
        if (model.devices.isEmpty() || dice < 14) {
          connect();
        } else if (dice < 22) {
          drop();
        } else if (dice < 48) {
          speak(any(List.copyOf(model.devices.values())).connection);
        } else if (dice < 50) {
          MeshDevice device = any(List.copyOf(model.devices.values())).connection;
          what = device.id + " answers a ping";
          device.pong();
          model.pong(device);
        } else if (dice < 53) {
          force();
        } else if (dice < 56) {
          haunt();
        } else if (dice < 62) {
          changeSpeed(any(List.copyOf(model.devices.values())).connection);
        } else {
          pass();
        }
        check(model.changes != changes, model.ticks - ticks);
      } catch (RuntimeException | AssertionError e) {
        throw new AssertionError("-Dmesh.seed=" + seed + ", step " + step + ", at " + model.now + ": " + what + ": " + e.getMessage(), e);
      }
    }

    private void connect() {
      String id = any(DEVICES);
      String capabilities = any(CAPABILITIES);
      boolean saysAdmin = random.nextInt(3) == 0;
      what = id + " connects with " + capabilities + (saysAdmin ? " as admin" : "");
      MeshDevice device = world.connect(id, capabilities, "deviceType", saysAdmin ? "admin" : "client");
      Set<String> distinct = new LinkedHashSet<>(List.of(capabilities.split(",")));
      distinct.remove("");
      model.connect(device, distinct, saysAdmin);
      if (model.isCurrent(device)) {
        views.put(device, greet(device));
      }
    }

    /** Section 3.2: welcome first, then who is there, itself among them, then who is in office. */
    private View greet(MeshDevice device) {
      View view = new View();
      device.expect("welcome");
      hear(device, view, device.expect("client-list-update"));
      that("its first list", view.ids.contains(device.id), true);
      if (view.admin.isPresent()) {
        hear(device, view, device.expect("admin-heartbeat"));
        that("its first announcement", view.announced, view.admin);
      }
      told.clear();
      return view;
    }

    private void drop() {
      MeshDevice device = holderOr(any(List.copyOf(model.devices.values()))).connection;
      what = device.id + " drops";
      device.drop();
      model.drop(device);
      views.remove(device);
      gone.add(device.forget());
    }

    /** Often the one in office, because that is where things happen. */
    private Device holderOr(Device device) {
      return random.nextInt(3) == 0 ? model.election.holder.map(model.devices::get).orElse(device) : device;
    }

    private void speak(MeshDevice device) {
      what = device.id + " speaks";
      model.hear(device);
      switch (random.nextInt(5)) {
        case 0 -> device.heartbeat();
        case 1 -> device.send("{'type':'admin-heartbeat','data':{'deviceId':'" + device.id + "'}}");
        case 2 -> device.sendVerbatim("{bad");
        case 3 -> device.tell(any(DEVICES), "{'type':'offer'}");
        default -> {
          device.tell("broadcast", "{'n':1}");
          model.devices.values().stream().filter(other -> other.connection != device).forEach(other -> views.get(other.connection).relayed--);
        }
      }
    }

    private void force() {
      what = "an election is forced";
      that("whether there is one", world.forceElection(), model.force());
    }

    /** A connection that is over goes on as if it were not. */
    private void haunt() {
      if (!gone.isEmpty()) {
        MeshDevice ghost = any(gone);
        what = "the ghost of " + ghost.id + " haunts";
        ghost.heartbeat().tell("broadcast", "1").pong().requestList();
        ghost.drop();
      }
    }

    /** What waits for a slow device may be replaced by what is newer; whatever reaches it has to make sense all the same. */
    private void changeSpeed(MeshDevice device) {
      catchesUp = device.isSlow();
      what = device.id + (device.isSlow() ? " is slow no more" : " is slow");
      if (device.isSlow()) {
        device.speedUp();
      } else {
        device.slowDown();
      }
    }

    private void pass() {
      long[] some = {1, random.nextInt(1_000), random.nextInt(6_000), random.nextInt(31_000), random.nextInt(16_000), untilDeadline(), untilSecond(), untilSecond() + 5_000};
      boolean late = random.nextInt(8) == 0;
      long millis = late ? (random.nextBoolean() ? random.nextInt(4_900) : 25_000 + random.nextInt(30_000)) : some[random.nextInt(some.length)];
      what = millis + " ms pass" + (late ? ", in which the loop does nothing" : "");
      if (late) {
        world.loop.passLate(Duration.ofMillis(millis));
      } else {
        world.pass(millis);
      }
      model.pass(millis, late);
    }

    private long untilDeadline() {
      return model.election.state == State.PENDING ? Math.max(0, model.election.deadline - model.now - random.nextInt(2)) : 0;
    }

    /** For things that happen exactly at a limit. */
    private long untilSecond() {
      return 1_000 - model.now % 1_000;
    }

    private <T> T any(List<T> list) {
      return list.get(random.nextInt(list.size()));
    }

    // ---- What must hold

    private void check(boolean changed, long ticks) {
      closings();
      likeTheModel();
      byItself();
      told.clear();
      views.values().forEach(view -> view.heard.clear());
      model.devices.values().forEach(device -> device.connection.take().forEach(message -> hear(device.connection, views.get(device.connection), message)));
      model.devices.values().stream().filter(device -> !device.connection.isSlow()).forEach(device -> {
        believes(device);
        View view = views.get(device.connection);
        that("a heartbeat of the server to " + device.id, ticks > 0 && !view.heard.contains("server-heartbeat"), false);
        that("a heartbeat of the office to " + device.id, ticks > 0 && !changed && view.admin.isPresent() && !view.heard.contains("admin-heartbeat"), false);
      });
      that("lists though nothing has changed", !changed && !catchesUp && told.contains("client-list-update"), false);
      that("announcements though there is nothing to announce", !changed && !catchesUp && ticks == 0 && told.contains("admin-heartbeat"), false);
      gone.forEach(ghost -> that("what the ghost of " + ghost.id + " hears", ghost.take().size() + ghost.sentInVain(), 0));
      world.forgetLog();
    }

    /** Who was closed, and why; what was told on the way out is checked as well. */
    private void closings() {
      model.closed.forEach((device, reason) -> {
        that("why " + device.id + " is closed", device.closed(), Optional.of(reason));
        View view = views.remove(device);
        if (view != null) {
          device.take().forEach(message -> hear(device, view, message));
        }
        if (!gone.contains(device)) {
          gone.add(device.forget());
        }
      });
      model.devices.values().forEach(device -> that("whether " + device.id + " is closed", device.connection.closed(), Optional.<CloseReason>empty()));
    }

    private void likeTheModel() {
      MeshStatistics statistics = world.statistics();
      that("devices", world.ids(), List.copyOf(model.devices.keySet()));
      that("holder", statistics.currentAdmin(), model.election.holder);
      that("pending", statistics.adminElectionActive(), model.election.state == State.PENDING);
      that("main admins in office", world.figure("mainAdmins"), model.election.state == State.MAIN ? 1L : 0L);
      that("candidates", Set.copyOf(world.candidates()), model.election.candidates.keySet());
      that("timers of elections", world.loop.timers(), model.election.state == State.PENDING ? 3 : 2);
    }

    private void byItself() {
      Optional<String> holder = world.holder();
      that("a holder that is there", holder.isEmpty() || model.devices.containsKey(holder.get()) || holder.get().equals(MeshWorld.SERVER) && serverStands, true);
      boolean isMainAdminThere = model.devices.values().stream().anyMatch(device -> device.isMainAdmin() && model.now - device.lastSeen <= 15_000);
      that("MAIN while a main admin is present", isMainAdminThere && world.figure("mainAdmins") == 0, false);
      long term = world.statistics().term();
      that("a term that never falls", term >= lastTerm, true);
      that("a term that grows where the holder is another", term == lastTerm && !holder.equals(lastHolder), false);
      lastTerm = term;
      lastHolder = holder;
      holders.putIfAbsent(term, holder);
    }

    private void hear(MeshDevice device, View view, Json message) {
      told.add(message.type());
      view.heard.add(message.type());
      switch (message.type()) {
        case "client-list-update" -> {
          view.ids = MeshDevice.ids(message);
          view.admin = Optional.ofNullable((String) message.at("data", "adminId").value());
          hearOfTerm(device, view, message.at("data", "term").number(), view.admin);
        }
        case "admin-heartbeat" -> {
          view.announced = Optional.of(message.at("data", "deviceId").text());
          hearOfTerm(device, view, message.at("data", "term").number(), view.announced);
        }
        case "server-heartbeat" -> that("clientCount", device.isSlow() || catchesUp || message.at("clientCount").number() == view.ids.size(), true);
        case "peer-message" -> view.relayed += message.at("data", "message").has("n") ? 1 : 0;
        case "heartbeat-ack", "error" -> { }
        default -> throw new AssertionError(device.id + " got " + message);
      }
    }

    /** Over all devices and all times, a term has one holder; for each, terms never fall. */
    private void hearOfTerm(MeshDevice device, View view, long term, Optional<String> holder) {
      that("terms that " + device.id + " hears of never fall", term >= view.term, true);
      view.term = term;
      Optional<String> known = holders.putIfAbsent(term, holder);
      if (known != null) {
        that("the holder of term " + term + " that " + device.id + " heard of", holder, known);
      }
    }

    private void believes(Device device) {
      View view = views.get(device.connection);
      that("the list of " + device.id, view.ids, List.copyOf(model.devices.keySet()));
      that("the admin of " + device.id, view.admin, model.election.holder);
      that("the term of " + device.id, view.term, world.statistics().term());
      that("the announcement to " + device.id, model.election.holder.isPresent() && !view.announced.equals(model.election.holder), false);
      that("relayed to " + device.id, view.relayed, 0);
    }

    /** As assertThat, without the cost of a description that nobody reads. */
    private static void that(String what, Object found, Object expected) {
      if (!Objects.equals(found, expected)) {
        throw new AssertionError(what + ": expected " + expected + ", but was " + found);
      }
    }
  }
}
