package dev.roost.mesh;

import dev.roost.core.CloseReason;
import dev.roost.mesh.ElectionModel.State;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/** Who should be there and who in office, by sections 2.1 to 2.5, in the fewest words; for {@link OrganizationSimulationTest}. Times in ms from the start. */
final class OrganizationModel {
  private static final long TICK = 10_000;
  private static final long CHECK = 5_000;
  /** What is late more often than that in a row is as punctual as it gets. */
  private static final int MOST_LATE = 3;

  /** In the order in which they came. */
  final Map<String, Device> devices = new LinkedHashMap<>();
  final ElectionModel election;
  /** Connections that the server has to close, with the reason. */
  final Map<MeshDevice, CloseReason> closed = new LinkedHashMap<>();
  private final int maxClients;
  private final boolean handOffCloses;
  private final boolean pongKeepsAlive;
  long now;
  /** How often it changed who is there or what they are, and who is in office. */
  long changes;
  /** How many ticks there were. */
  long ticks;
  private long nextOrder = 1;
  private int lateTicks;
  private int lateChecks;
  private long nextTick = TICK;
  private long nextCheck = CHECK;

  /** A device that is there. */
  static final class Device {
    final String id;
    final long order;
    MeshDevice connection;
    Set<String> capabilities = Set.of();
    boolean saysAdmin;
    long lastSeen;

    Device(String id, long order) {
      this.id = id;
      this.order = order;
    }

    boolean isCandidate() {
      return capabilities.contains("admin.manage");
    }

    boolean isMainAdmin() {
      return saysAdmin && isCandidate();
    }
  }

  OrganizationModel(long delay, int maxClients, boolean handOffCloses, boolean pongKeepsAlive) {
    election = new ElectionModel(delay);
    this.maxClients = maxClients;
    this.handOffCloses = handOffCloses;
    this.pongKeepsAlive = pongKeepsAlive;
  }

  static int priority(Set<String> capabilities) {
    int priority = capabilities.size();
    priority += capabilities.contains("location.view") ? 5 : 0;
    priority += capabilities.contains("admin.manage") ? 10 : 0;
    return priority + (capabilities.contains("server.temporary") ? 3 : 0);
  }

  // ---- What happens

  void serverStands(String id, Set<String> capabilities) {
    election.stands(id, priority(capabilities), 0, now);
  }

  void connect(MeshDevice connection, Set<String> capabilities, boolean saysAdmin) {
    Device device = devices.get(connection.id);
    if (device == null && devices.size() == maxClients) {
      closed.put(connection, new CloseReason(1013, "Server full"));
      return;
    }
    if (device == null) {
      device = new Device(connection.id, nextOrder++);
      devices.put(device.id, device);
    } else {
      closed.put(device.connection, new CloseReason(1008, "Replaced by new connection"));
    }
    device.connection = connection;
    device.capabilities = capabilities;
    device.saysAdmin = saysAdmin;
    device.lastSeen = now;
    changes++;
    Device newest = device;
    settle(() -> introduce(newest));
  }

  private void introduce(Device device) {
    if (!device.isCandidate()) {
      election.gone(device.id, now);
    } else {
      election.stands(device.id, priority(device.capabilities), device.order, now);
      if (device.saysAdmin) {
        election.mainAdminPresent(device.id);
      } else {
        election.mainAdminAbsent(device.id, now);
      }
    }
  }

  void drop(MeshDevice connection) {
    if (isCurrent(connection)) {
      settle(() -> remove(devices.get(connection.id)));
    }
  }

  void hear(MeshDevice connection) {
    if (isCurrent(connection)) {
      Device device = devices.get(connection.id);
      device.lastSeen = now;
      if (device.isMainAdmin()) {
        settle(() -> election.mainAdminPresent(device.id));
      }
    }
  }

  void pong(MeshDevice connection) {
    if (pongKeepsAlive) {
      hear(connection);
    }
  }

  boolean isCurrent(MeshDevice connection) {
    return devices.containsKey(connection.id) && devices.get(connection.id).connection == connection;
  }

  boolean force() {
    boolean[] electing = {false};
    settle(() -> electing[0] = election.forced(now));
    return electing[0];
  }

  // ---- Time

  /** Each thing happens when it is due, or all of it at the end if the loop does nothing meanwhile. */
  void pass(long millis, boolean late) {
    long end = now + millis;
    while (true) {
      long due = Math.min(Math.min(nextTick, nextCheck), election.state == State.PENDING ? election.deadline : Long.MAX_VALUE);
      if (due > end) {
        break;
      }
      now = late ? end : Math.max(now, due);
      settle(() -> happens(due));
    }
    now = end;
  }

  private void happens(long due) {
    if (due == nextTick) {
      ticks++;
      nextTick = next(due, TICK);
      lateTicks = now - due < TICK ? 0 : lateTicks + 1;
      if (lateTicks == 0 || lateTicks > MOST_LATE) {
        timeOut();
      }
    } else if (due == nextCheck) {
      nextCheck = next(due, CHECK);
      lateChecks = now - due < CHECK ? 0 : lateChecks + 1;
      if (lateChecks == 0 || lateChecks > MOST_LATE) {
        devices.values().stream().filter(device -> device.isMainAdmin() && now - device.lastSeen > 15_000).forEach(device -> election.mainAdminAbsent(device.id, now));
      }
    } else {
      election.timeIs(now);
    }
  }

  /** What was missed altogether is not made up for; and who was not heard because the loop did nothing is given an interval. */
  private long next(long due, long interval) {
    return (now - due < interval ? due : now) + interval;
  }

  private void timeOut() {
    removeAll(device -> now - device.lastSeen > 30_000, new CloseReason(1008, "Client timeout"));
  }

  private void removeAll(Predicate<Device> which, CloseReason reason) {
    List<Device> gone = new ArrayList<>(devices.values());
    gone.removeIf(which.negate());
    gone.forEach(device -> {
      closed.put(device.connection, reason);
      remove(device);
    });
  }

  private void remove(Device device) {
    devices.remove(device.id);
    election.gone(device.id, now);
    changes++;
  }

  /** 2.4: the hand-off, after whatever brought the main admin. */
  private void settle(Runnable event) {
    State before = election.state;
    long changesBefore = election.changes;
    event.run();
    changes += election.changes - changesBefore;
    if (handOffCloses && before != State.MAIN && election.state == State.MAIN) {
      removeAll(device -> !device.isMainAdmin(), new CloseReason(1001, "Main admin returned"));
    }
  }
}
