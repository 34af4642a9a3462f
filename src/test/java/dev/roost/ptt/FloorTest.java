package dev.roost.ptt;

import static org.assertj.core.api.Assertions.assertThat;

import dev.roost.core.Delivery;
import dev.roost.sim.Json;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Who speaks in a group: section 2.4, scenarios 25-27. */
class FloorTest {
  private static final long START = 1_700_000_000_000L;

  private PttWorld world = new PttWorld();

  // ---- 25

  @Test
  @DisplayName("25. Floor: START, AUDIO, Busy, STOP with one id for all, and the next START upon its receipt")
  void aTurn() {
    PttUser a = world.member("A", "g");
    PttUser b = world.member("B", "g");
    PttUser c = world.member("C", "g");
    a.start("g").expect(0, 6, "A", "g", "" + START).nothing();
    b.expect(0, 1, "A", "g", START).nothing();
    c.expect(0, 1, "A", "g", START).nothing();

    world.pass(120);
    a.audio("g", 1, 2, 3).nothing();
    b.expect(0, 3, "A", "g", new byte[] {1, 2, 3}).nothing();
    c.expect(0, 3, "A", "g", new byte[] {1, 2, 3}).nothing();
    b.start("g").expect(0, 8, "B", "g", "Busy").nothing();
    a.nothing();
    c.nothing();

    a.stop("g").nothing();
    world.pass(PttWorld.STOP_DELAY);
    Packed ack = a.expect(7);
    a.nothing();
    assertThat(ack.values()).hasSize(6).startsWith(0L, 7L, "A", "g").endsWith("Acknowledged");
    assertThat(ack.text(4)).matches("0_3_g_A_\\d{13}_170ms\\.opus");
    for (PttUser listener : List.of(b, c)) {
      Packed stop = listener.expect(2);
      listener.nothing();
      assertThat(stop.values()).hasSize(5).startsWith(0L, 2L, "A", "g");
      Json json = Json.parse(stop.text(4));
      assertThat(json.keys()).containsExactlyInAnyOrder("duration", "message_id");
      assertThat(json.at("duration").number()).isEqualTo(170);
      assertThat(json.at("message_id").text()).isEqualTo(ack.text(4));
    }
    b.start("g").expect(6);
  }

  @Test
  @DisplayName("25. Whoever asks when STOP_ACK has come finds the floor free, and nobody sees the next START before the STOP")
  void stopBeforeTheNextStart() {
    PttUser a = world.member("A", "g");
    PttUser b = world.member("B", "g");
    PttUser c = world.member("C", "g");
    a.start("g");
    b.expect(1);
    b.nothing();
    c.expect(1);
    a.stop("g");
    b.start("g").expect(0, 8, "B", "g", "Busy");
    world.pass(PttWorld.STOP_DELAY);
    b.start("g");
    assertThat(c.types()).containsExactly(2, 1);
    assertThat(b.types()).containsExactly(2, 6);
    assertThat(a.types()).containsExactly(6, 7, 1);
  }

  @Test
  @DisplayName("3.1 STOP is answered within 100 ms, and what the same client sends meanwhile comes after it")
  void stopTakesAMoment() {
    PttUser a = world.member("A", "g");
    PttUser b = world.member("B", "g");
    a.start("g").forget();
    b.forget();
    a.stop("g").start("g").audio("g", 7);
    a.nothing();
    b.nothing();
    world.pass(100);
    assertThat(a.types()).containsExactly(7, 6);
    assertThat(b.types()).containsExactly(2, 1, 3);
  }

  @Test
  @DisplayName("3.1 STOP and the end of the connection at once: members get one STOP, and the floor is free")
  void stopAndGone() {
    PttUser a = world.member("A", "g");
    PttUser b = world.member("B", "g");
    a.start("g").stop("g").leave();
    assertThat(b.types()).containsExactly(1, 2);
    b.start("g").expect(6);
    world.pass(1_000);
    b.nothing();
  }

  @Test
  @DisplayName("3.1 Audio may be dropped where a member is slow, START and STOP may not")
  void deliveries() {
    PttUser a = world.member("A", "g");
    PttUser b = world.member("B", "g");
    a.start("g").audio("g", 1).stopped("g");
    assertThat(b.types()).containsExactly(1, 3, 2);
    assertThat(b.deliveries()).containsExactly(Delivery.RELIABLE, Delivery.DROPPABLE, Delivery.RELIABLE);
  }

  // ---- 26

  @Test
  @DisplayName("26. Floor race: of 20 members who START at once one is granted, 19 hear Busy")
  void race() {
    List<PttUser> members = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      members.add(world.member("m" + i, "g"));
    }
    members.forEach(member -> member.sendLater(0, 1, member.id, "g", 1));
    world.pass(0);
    int granted = 0;
    int busy = 0;
    for (PttUser member : members) {
      for (Packed message : member.take()) {
        granted += message.type() == 6 ? 1 : 0;
        busy += message.type() == 8 && message.payload().equals("Busy") ? 1 : 0;
      }
    }
    assertThat(granted).isEqualTo(1);
    assertThat(busy).isEqualTo(19);
    assertThat(world.figures.floorGrants.sum()).isEqualTo(1);
    assertThat(world.figures.floorRefusals.sum()).isEqualTo(19);
  }

  // ---- 27

  @Test
  @DisplayName("27. Idle: 2999 ms after the last AUDIO START is Busy, at 3000 ms it is granted")
  void idle() {
    PttUser a = world.member("A", "g");
    PttUser b = world.member("B", "g");
    a.start("g");
    world.pass(2_000);
    a.audio("g", 1).forget();
    b.forget();
    world.pass(2_500);
    b.start("g").expect(0, 8, "B", "g", "Busy");
    world.pass(499);
    b.start("g").expect(0, 8, "B", "g", "Busy");
    world.pass(1);
    b.start("g").expect(6);
    a.expect(0, 1, "B", "g", START).nothing();
  }

  @Test
  @DisplayName("27. Idle from START on, if no AUDIO came: 3000 ms")
  void idleFromTheStart() {
    PttUser a = world.member("A", "g");
    PttUser b = world.member("B", "g");
    a.start("g");
    b.forget();
    world.pass(2_999);
    b.start("g").expect(8);
    world.pass(1);
    b.start("g").expect(6);
  }

  @Test
  @DisplayName("27. Who was interrupted is a non-holder: its AUDIO goes nowhere, its STOP gets STOP_ACK only, its START is Busy")
  void interrupted() {
    PttUser a = world.member("A", "g");
    PttUser b = world.member("B", "g");
    PttUser c = world.member("C", "g");
    a.start("g").forget();
    world.pass(3_000);
    b.start("g").expect(1);
    b.expect(6);
    a.expect(1);
    c.forget();
    a.audio("g", 1).nothing();
    a.start("g").expect(0, 8, "A", "g", "Busy");
    a.stopped("g");
    assertThat(a.expect(7).values()).startsWith(0L, 7L, "A", "g").endsWith("Acknowledged");
    b.nothing();
    c.nothing();
    b.audio("g", 2);
    c.expect(0, 3, "B", "g", new byte[] {2}).nothing();
    a.expect(3);
    c.start("g").expect(8);
  }

  @Test
  @DisplayName("2.4 AUDIO of a holder that was not interrupted goes on after a pause, and counts")
  void pause() {
    PttUser a = world.member("A", "g");
    PttUser b = world.member("B", "g");
    a.start("g");
    world.pass(10_000);
    a.audio("g", 1);
    assertThat(b.types()).containsExactly(1, 3);
    b.start("g").expect(8);
  }

  @Test
  @DisplayName("27. Maximum duration 1 s: the first AUDIO after it is a STOP to the members and a STOP_ACK to the speaker; then silence until a new START")
  void maximumDuration() {
    world = new PttWorld("MAXIMUM_AUDIO_DURATION", "1000");
    PttUser a = world.member("A", "g");
    PttUser b = world.member("B", "g");
    a.start("g").forget();
    b.forget();
    world.pass(1_000);
    a.audio("g", 1).nothing();
    b.expect(3);
    world.pass(1);
    a.audio("g", 2);
    Packed ack = a.expect(7);
    a.nothing();
    assertThat(ack.values()).hasSize(6);
    Json stop = b.expectJson(2);
    b.nothing();
    assertThat(stop.at("duration").number()).isEqualTo(1_001);
    assertThat(stop.at("message_id").text()).isEqualTo(ack.text(4)).endsWith("_1001ms.opus");

    a.audio("g", 3).nothing();
    b.nothing();
    a.stopped("g");
    assertThat(a.expect(7).text(4)).as("the same transmission").isEqualTo(ack.text(4));
    b.nothing();
    a.audio("g", 4).nothing();
    b.nothing();
    b.start("g").expect(6);
    a.expect(1);
    b.stopped("g").forget();
    a.forget();
    a.audio("g", 5).nothing();
    b.nothing();
    a.start("g").audio("g", 6);
    assertThat(b.types()).containsExactly(1, 3);
  }

  @Test
  @DisplayName("2.4 A speaker who was silent until its floor had expired, and then speaks after the maximum duration, is stopped like any other")
  void cutAfterTheFloorHasExpired() {
    PttUser a = world.member("A", "g");
    PttUser b = world.member("B", "g");
    a.start("g").forget();
    b.forget();
    world.pass(125_000);
    a.audio("g", 1);
    assertThat(a.types()).containsExactly(7);
    assertThat(b.types()).containsExactly(2);
    a.audio("g", 2).nothing();
    b.nothing();
  }

  @Test
  @DisplayName("2.4 START of the holder begins anew: the maximum duration, too")
  void startAgain() {
    world = new PttWorld("MAXIMUM_AUDIO_DURATION", "1000");
    PttUser a = world.member("A", "g");
    PttUser b = world.member("B", "g");
    a.start("g").forget();
    world.pass(900);
    a.start("g").expect(6);
    b.expect(1);
    b.expect(1);
    world.pass(900);
    a.audio("g", 1).nothing();
    b.expect(3);
    a.stopped("g");
    assertThat(a.expect(7).text(4)).endsWith("_950ms.opus");
  }

  @Test
  @DisplayName("27. Holder's socket dies: members get STOP, and the floor is free at once")
  void holderDies() {
    PttUser a = world.member("A", "g");
    PttUser b = world.member("B", "g");
    PttUser c = world.member("C", "g");
    a.start("g");
    world.pass(250);
    b.forget();
    c.forget();
    a.leave();
    for (PttUser listener : List.of(b, c)) {
      Packed stop = listener.expect(2);
      listener.nothing();
      assertThat(stop.values()).hasSize(5).startsWith(0L, 2L, "A", "g");
      assertThat(Json.parse(stop.text(4)).at("duration").number()).isEqualTo(250);
      assertThat(Json.parse(stop.text(4)).at("message_id").text()).matches("0_3_g_A_\\d{13}_250ms\\.opus");
    }
    b.start("g").expect(6);
  }

  @Test
  @DisplayName("2.4 Only the end of the connection that acquired the floor frees it")
  void anotherConnectionEnds() {
    world = new PttWorld("DUPLICATE_LOGIN_POLICY", "allow");
    PttUser phone = world.mobileOn("phone", "A", "g");
    PttUser tablet = world.mobileOn("tablet", "A", "g");
    PttUser b = world.member("B", "g");
    phone.start("g").forget();
    b.expect(1);
    tablet.leave();
    b.start("g").expect(8);
    b.nothing();
    phone.leave();
    assertThat(b.types()).containsExactly(2);
    b.start("g").expect(6);
  }

  @Test
  @DisplayName("2.4 USER_REMOVE of the holder frees the floor, and members get STOP")
  void holderIsRemoved() {
    PttUser a = world.member("A", "g");
    PttUser b = world.member("B", "g");
    a.start("g").forget();
    b.forget();
    a.quit("g").nothing();
    assertThat(b.types()).containsExactly(2);
    b.start("g").expect(6);
    a.audio("g", 1).expect(0, 27, "A", "g", "Unauthorized Group");
  }

  @Test
  @DisplayName("2.4 USER_REMOVE by another connection of the holder frees the floor, too")
  void holderIsRemovedByItsOtherConnection() {
    world = new PttWorld("DUPLICATE_LOGIN_POLICY", "allow");
    PttUser phone = world.mobileOn("phone", "A").join("g");
    PttUser tablet = world.mobileOn("tablet", "A");
    PttUser b = world.member("B", "g");
    phone.start("g").forget();
    b.forget();
    tablet.quit("g");
    assertThat(b.types()).containsExactly(2);
    b.start("g").expect(6);
  }

  @Test
  @DisplayName("2.4 USER_REMOVE of somebody else leaves the floor to its holder")
  void anotherIsRemoved() {
    PttUser a = world.member("A", "g");
    PttUser b = world.member("B", "g");
    PttUser c = world.member("C", "g");
    a.start("g").forget();
    b.quit("g");
    c.forget();
    c.start("g").expect(8);
    a.audio("g", 1);
    c.expect(3);
  }

  @Test
  @DisplayName("2.4 A floor held for more than 95 s is free, though the holder spoke a moment ago; at 95 s it is not")
  void busyTimeout() {
    world = new PttWorld("MAXIMUM_AUDIO_DURATION", "200000");
    PttUser a = world.member("A", "g");
    PttUser b = world.member("B", "g");
    a.start("g").forget();
    for (int second = 1; second <= 95; second++) {
      world.pass(1_000);
      a.audio("g", 1);
    }
    b.forget();
    b.start("g").expect(8);
    world.pass(1);
    b.start("g").expect(6);
    a.expect(1);
    a.audio("g", 2).nothing();
  }

  @Test
  @DisplayName("2.4 The sweep finds floors that have expired")
  void sweep() {
    ScriptedArbiter arbiter = new ScriptedArbiter();
    world = new PttWorld(arbiter, Backbone.NONE);
    PttUser a = world.member("A", "g", "h");
    a.start("g");
    arbiter.decide(FloorArbiter.Verdict.GRANTED);
    world.pass(30_000);
    a.start("h");
    arbiter.decide(FloorArbiter.Verdict.GRANTED);
    arbiter.told();
    world.pass(89_999);
    assertThat(arbiter.told()).isEmpty();
    world.pass(1);
    assertThat(arbiter.told()).containsExactly("release g c1");
    world.pass(60_000);
    assertThat(arbiter.told()).containsExactly("release h c1");
  }

  @Test
  @DisplayName("2.4 Groups have floors of their own, and one may speak in several")
  void manyGroups() {
    PttUser a = world.member("A", "g", "h");
    PttUser b = world.member("B", "g", "h");
    a.start("g").expect(6);
    b.start("h").expect(1);
    b.expect(6);
    a.expect(0, 1, "B", "h", START);
    a.start("h").expect(8);
    a.stopped("g").expect(7);
    a.start("h").expect(8);
  }

  @Test
  @DisplayName("2.4 A floor that is held for long is one of few things: 64 transmissions of a connection at the same time, and no more")
  void manyTransmissions() {
    PttUser a = world.mobile("A");
    for (int i = 0; i < 65; i++) {
      a.join("g" + i);
    }
    for (int i = 0; i < 64; i++) {
      a.start("g" + i).expect(6);
    }
    a.start("g64").expect(0, 8, "A", "g64", "Ack Failed");
    a.start("g3").expect(6);
    a.stopped("g5").expect(7);
    a.start("g64").expect(6);
  }
}
