package dev.roost.mesh;

import static org.assertj.core.api.Assertions.assertThat;

import dev.roost.core.Audience;
import dev.roost.core.CloseReason;
import dev.roost.core.Connection;
import dev.roost.core.ConnectionId;
import dev.roost.core.Delivery;
import dev.roost.core.Frame;
import dev.roost.core.Loop;
import dev.roost.sim.Json;
import dev.roost.sim.SimLoop;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** Lists in a large organisation: beyond a budget of 32 MiB, of which 16 come again each second, they wait for each other, for a second at most. */
class ListUpdatesTest {

  /** Eight receivers of lists of a mebibyte, so an update costs a quarter of what may be sent at once. */
  @Nested
  class Alone {
    private final SimLoop loop = new SimLoop();
    private final Audience audience = new Audience();
    private final List<Receiver> members = IntStream.range(0, 8).mapToObj(i -> new Receiver(loop)).toList();
    private int version;
    private int asked;
    private int length = (1 << 20) - 10;
    private final ListUpdates lists = new ListUpdates(loop, audience, this::list);

    private Frame list() {
      asked++;
      return Frame.binary(ByteBuffer.allocate(length).putInt(version).array(), 0, length);
    }

    private void change() {
      version++;
      loop.run(lists::send);
    }

    /** The versions that everybody got since the last look; they must be the same for all. */
    private List<Integer> got() {
      List<Integer> first = versions(members.getFirst());
      members.stream().skip(1).forEach(member -> assertThat(versions(member)).isEqualTo(first));
      return first;
    }

    private static List<Integer> versions(Receiver member) {
      List<Integer> versions = member.frames.stream().map(frame -> ByteBuffer.wrap(frame.wire()).getInt(frame.payloadStart())).toList();
      member.frames.clear();
      return versions;
    }

    @Test
    @DisplayName("Within the budget at once; it may be replaced by a newer one")
    void atOnce() {
      members.forEach(audience::add);
      for (int i = 1; i <= 4; i++) {
        change();
        assertThat(got()).containsExactly(i);
      }
      assertThat(members.getFirst().deliveries).extracting(Delivery::toString).containsOnly("LATEST(client-list-update)");
      assertThat(loop.timers()).isZero();
    }

    @Test
    @DisplayName("Beyond it after a second, all changes in one, as it is then")
    void waits() {
      members.forEach(audience::add);
      for (int i = 1; i <= 50; i++) {
        change();
      }
      assertThat(got()).containsExactly(1, 2, 3, 4);
      assertThat(asked).as("lists are not even made while they wait").isEqualTo(5);
      loop.passMillis(600);
      change();
      loop.passMillis(399);
      version = 99;
      assertThat(got()).isEmpty();
      loop.passMillis(1);

      assertThat(got()).containsExactly(99);
      loop.passMillis(10_000);
      assertThat(got()).as("and that was it").isEmpty();
    }

    @Test
    @DisplayName("The budget comes again, 16 MiB a second, and no more than it was")
    void comesAgain() {
      members.forEach(audience::add);
      for (int i = 1; i <= 4; i++) {
        change();
      }
      got();
      loop.passMillis(499);
      change();
      assertThat(got()).as("not quite half a second").isEmpty();
      loop.passMillis(1_000);
      assertThat(got()).containsExactly(5);
      loop.passMillis(3_600_000);
      for (int i = 6; i <= 20; i++) {
        change();
      }
      assertThat(got()).containsExactly(6, 7, 8, 9);
    }

    @Test
    @DisplayName("What cannot wait goes at once, and takes what waits with it")
    void now() {
      members.forEach(audience::add);
      for (int i = 1; i <= 6; i++) {
        change();
      }
      got();
      loop.passMillis(300);
      version = 7;
      loop.run(() -> lists.sendNow(Delivery.RELIABLE));
      assertThat(members.getFirst().deliveries.getLast()).isSameAs(Delivery.RELIABLE);
      assertThat(got()).containsExactly(7);
      assertThat(loop.timers()).isZero();
      loop.passMillis(701);
      assertThat(got()).isEmpty();
      change();
      assertThat(got()).as("it may wait anew").containsExactly(8);
    }

    @Test
    @DisplayName("Small lists in a small organisation never wait")
    void small() {
      length = 4_000;
      members.forEach(audience::add);
      for (int i = 1; i <= 1_000; i++) {
        change();
      }
      assertThat(got()).hasSize(1_000).endsWith(1_000);
    }

    @Test
    @DisplayName("Nobody there: nothing is made, nothing waits")
    void nobody() {
      change();

      assertThat(asked).isZero();
      assertThat(loop.timers()).isZero();
    }
  }

  /** Takes megabytes without looking at them. */
  private record Receiver(ConnectionId id, Loop loop, List<Frame> frames, List<Delivery> deliveries) implements Connection {
    Receiver(Loop loop) {
      this(ConnectionId.next(), loop, new ArrayList<>(), new ArrayList<>());
    }

    @Override
    public void send(Frame frame, Delivery delivery) {
      frames.add(frame);
      deliveries.add(delivery);
    }

    @Override
    public void close(CloseReason reason) {
      throw new AssertionError("Nobody is closed for lists: " + reason);
    }
  }

  /** Fifty devices, each with two kilobytes of capabilities: an update costs five megabytes. */
  @Nested
  class InAnOrganization {
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

    private List<Integer> newestSizes() {
      return devices.stream().map(device -> device.take("client-list-update").getLast().at("data", "clients").items().size()).toList();
    }

    @Test
    @DisplayName("2.1 A newcomer has the whole list at once; the others have it within a second")
    void crowd() {
      assertThat(comeAtOnce()).isEqualTo(IntStream.rangeClosed(1, CROWD).boxed().toList());
      assertThat(devices.getFirst().take("client-list-update").getLast().at("data", "clients").items()).as("what waits").hasSizeLessThan(CROWD);
      devices.getLast().drop();
      world.pass(399);
      devices.getFirst().nothing();
      devices.forEach(MeshDevice::forget);
      world.pass(1);

      devices.removeLast();
      devices.getFirst().expectOffice(IntStream.range(0, CROWD - 1).mapToObj(i -> "D" + i).toList(), "D0");
      devices.removeFirst();
      assertThat(newestSizes()).as("the change of office takes the list with it").containsOnly(CROWD - 1);
      world.pass(2_000);
      devices.forEach(MeshDevice::nothing);
    }

    @Test
    @DisplayName("2.3 A vacancy is in everybody's list at once, though lists wait")
    void vacancy() {
      comeAtOnce();
      world.pass(1_500);
      for (int i = 0; i < 10; i++) {
        world.device("N" + i, capabilities);
      }
      devices.forEach(MeshDevice::forget);
      world.device("last", capabilities);
      devices.get(1).nothing();
      MeshDevice admin = devices.removeFirst();

      admin.drop();

      for (MeshDevice device : devices) {
        Json list = device.expect("client-list-update");
        assertThat(list.at("data", "adminId").isNull()).isTrue();
        assertThat(MeshDevice.ids(list)).doesNotContain("D0").contains("last").hasSize(CROWD + 10);
        device.nothing();
      }
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
      assertThat(got).filteredOn(message -> message.type().equals("error")).hasSize(1).allSatisfy(error -> assertThat(error.at("data", "code").text()).isEqualTo("rate_limited"));
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
}
