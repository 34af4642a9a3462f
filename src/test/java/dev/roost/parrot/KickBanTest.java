package dev.roost.parrot;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** {@code KICK_BAN_MS}: a kicked device, or address without one, stays out for a while. */
class KickBanTest {
  private static final long BAN = 60_000;

  private final ParrotWorld world = new ParrotWorld("KICK_BAN_MS", "60000");
  private final ParrotDashboard d = world.dashboard("D");

  @Test
  @DisplayName("A kicked device is refused when it names itself, until the ban ends")
  void device() {
    ParrotUser a = world.member("A");
    a.data();
    d.kick(world.member("B", "deviceId", "d"));
    world.pass(BAN - 1);
    a.data();

    ParrotUser back = world.user("B2").handshake("deviceId", "d");
    assertThat(back.types()).containsExactly("observer_mode", "kicked");
    assertThat(back.closeCode()).contains(1008);
    assertThat(world.stats().at("activeUsers").number()).isEqualTo(1);
    world.pass(1);

    assertThat(world.user("B3").handshake("deviceId", "d").types()).containsExactly("observer_mode", "welcome");
  }

  @Test
  @DisplayName("A banned device does not get a vacant slot")
  void bannedDeviceAndVacantSlot() {
    d.kick(world.member("A", "deviceId", "d"));
    d.forget();

    ParrotUser back = world.user("A2").handshake("deviceId", "d");

    assertThat(back.types()).containsExactly("kicked");
    world.assertVacant();
    assertThat(d.take("senderPromoted")).isEmpty();
  }

  @Test
  @DisplayName("A sender that turns out to be a banned device loses the role to its successor")
  void bannedSender() {
    d.kick(world.member("A", "deviceId", "d"));
    ParrotUser b = world.member("B");
    ParrotUser c = world.member("C");
    world.assertSender(b);

    b.handshake("deviceId", "d");

    assertThat(b.types()).containsExactly("kicked");
    assertThat(c.types()).containsExactly("promoted");
  }

  @Test
  @DisplayName("The address is refused only where there was no deviceId")
  void address() {
    d.kick(world.user("A", "192.0.2.1"));
    d.kick(world.user("B", "192.0.2.2").handshake("deviceId", "d"));
    d.forget();

    ParrotUser back = world.user("A2", "192.0.2.1");
    assertThat(back.types()).containsExactly("kicked");
    assertThat(back.closeCode()).contains(1008);
    assertThat(back.isAccepted()).isFalse();
    d.nothing();
    assertThat(world.user("B2", "192.0.2.2").isAccepted()).isTrue();
    world.pass(BAN);

    assertThat(world.user("A3", "192.0.2.1").isAccepted()).isTrue();
  }

  @Test
  @DisplayName("A deviceId that looks like an address bans no address")
  void deviceThatLooksLikeAnAddress() {
    d.kick(world.user("A", "192.0.2.1").handshake("deviceId", "192.0.2.9"));

    assertThat(world.user("victim", "192.0.2.9").isAccepted()).isTrue();
  }

  @Test
  @DisplayName("By default nobody is refused")
  void off() {
    ParrotWorld open = new ParrotWorld();
    open.dashboard("D").kick(open.user("A", "192.0.2.1").handshake("deviceId", "d"));

    assertThat(open.user("A2", "192.0.2.1").handshake("deviceId", "d").types()).containsExactly("promoted", "welcome");
  }
}
