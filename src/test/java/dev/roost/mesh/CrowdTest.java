package dev.roost.mesh;

import static org.assertj.core.api.Assertions.assertThat;

import dev.roost.sim.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Lists in a large organisation: fifty devices, each with two kilobytes of capabilities, so an update costs five megabytes, and soon waits. */
class CrowdTest {
  private static final int CROWD = 50;
  private final String capabilities = String.join(",", IntStream.range(0, 32).mapToObj(i -> (i + "x".repeat(64)).substring(0, 64)).toList());
  private final MeshWorld world = new MeshWorld("ELECTION_DELAY", "400");
  private final List<MeshDevice> devices = new ArrayList<>();

  /** All come in one moment; how many devices each one knows of then. */
  private List<Integer> comeAtOnce() {
    List<Integer> known = new ArrayList<>();
    for (int i = 0; i < CROWD; i++) {
      MeshDevice device = world.connect("D" + i, i == 0 ? "admin.manage," + capabilities : capabilities);
      device.expect("welcome");
      known.add(device.expect("client-list-update").at("data", "clients").items().size());
      devices.add(device);
    }
    return known;
  }

  /** Everybody's newest list has so many devices, the last of them this one, and this admin. */
  private void assertNewestLists(int size, String last, String adminId) {
    for (MeshDevice device : devices) {
      Json list = device.take("client-list-update").getLast();
      assertThat(MeshDevice.ids(list)).as("the list of %s", device.id).hasSize(size).endsWith(last);
      assertThat(list.at("data", "adminId").value()).as("the admin of %s", device.id).isEqualTo(adminId);
    }
  }

  @Test
  @DisplayName("2.1, 2.3 A newcomer has the whole list at once, the others within a second; who is elected is announced to all at once")
  void crowd() {
    assertThat(comeAtOnce()).isEqualTo(IntStream.rangeClosed(1, CROWD).boxed().toList());
    assertThat(devices.getFirst().take("client-list-update").getLast().at("data", "clients").items()).as("what waits").hasSizeLessThan(CROWD);
    devices.removeLast().drop();
    world.pass(399);
    devices.getFirst().nothing();
    devices.forEach(MeshDevice::forget);
    world.pass(1);
    devices.forEach(device -> assertThat(device.announced()).containsExactly("D0"));
    world.pass(600);
    assertNewestLists(CROWD - 1, "D48", "D0");
    world.pass(2_000);
    devices.forEach(MeshDevice::nothing);
  }

  @Test
  @DisplayName("2.3 A vacancy is in everybody's list within a second, though lists wait")
  void vacancy() {
    comeAtOnce();
    world.pass(1_500);
    for (int i = 0; i < 10; i++) {
      world.device("N" + i, capabilities);
    }
    devices.forEach(MeshDevice::forget);
    world.device("last", capabilities);
    devices.get(1).nothing();
    devices.removeFirst().drop();
    world.pass(1_000);

    assertNewestLists(CROWD + 10, "last", null);
  }

  @Test
  @DisplayName("2.1 Who only comes and goes is in everybody's list a second later")
  void withinASecond() {
    MeshWorld plain = new MeshWorld();
    MeshDevice first = plain.connect("first", capabilities);
    for (int i = 0; i < CROWD; i++) {
      devices.add(plain.connect("D" + i, capabilities));
    }
    devices.get(7).drop();
    first.forget();
    plain.pass(999);
    first.nothing();
    plain.pass(1);
    assertThat(MeshDevice.ids(first.expect("client-list-update"))).hasSize(CROWD).doesNotContain("D7");
    first.nothing();
  }

  @Test
  @DisplayName("6. Asking for a long list again and again: two mebibytes at once and one a second, then rate_limited; a short one is always given")
  void requests() {
    comeAtOnce();
    MeshDevice asker = devices.getLast().forget();
    for (int i = 0; i < 100; i++) {
      asker.requestList();
    }
    List<Json> got = asker.take();
    long lists = got.stream().filter(message -> message.type().equals("client-list")).count();
    assertThat(lists).isBetween(18L, 20L);
    assertThat(got).filteredOn(message -> message.type().equals("error")).hasSize(1).allSatisfy(error -> assertThat(error.at("data", "code").text())
        .isEqualTo("rate_limited"));
    world.pass(1_000);
    asker.forget();
    for (int i = 0; i < 100; i++) {
      asker.requestList();
    }
    assertThat(asker.take("client-list").size()).isBetween(9, 10);

    MeshDevice alone = new MeshWorld().device("A", "");
    for (int i = 0; i < 1_000; i++) {
      alone.requestList();
    }
    assertThat(alone.types()).hasSize(1_000).containsOnly("client-list");
  }
}
