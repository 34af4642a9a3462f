package dev.roost.ptt;

import static org.assertj.core.api.Assertions.assertThat;

import dev.roost.core.Delivery;
import dev.roost.sim.Json;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What users say to each other, and what a connection may send: sections 2.5, 3.1 and 3.3, scenarios 30-33. */
class PrivateTest {
  private static final long START = 1_700_000_000_000L;

  private PttWorld world = new PttWorld();

  // ---- 30

  @Test
  @DisplayName("30. START to an offline user: Recipient offline")
  void offline() {
    PttUser a = world.mobile("A");
    PttUser b = world.mobile("B");
    b.leave();
    a.call("B").expect(1, 8, "A", "B", "Recipient offline").nothing();
    a.send(1, 1, "A", "nobody", "mid", 5).expect(1, 8, "A", "nobody", "Recipient offline").nothing();
    a.send(1, 1).expect(1, 8, "A", 0, "Recipient offline");
    a.stop("B");
    world.pass(PttWorld.STOP_DELAY);
    a.expect(0, 7, "A", "B", "Acknowledged");
  }

  @Test
  @DisplayName("30. START to an online user: START_ACK and START with the payload in its own type, and the client's message id")
  void online() {
    PttUser a = world.mobile("A");
    PttUser b = world.mobile("B");
    a.call("B").expect(1, 6, "A", "B", START).nothing();
    b.expect(1, 1, "A", "B", START).nothing();
    a.send(1, 1, "A", "B", "m1", "now").expect(1, 6, "A", "B", "m1", "now");
    b.expect(1, 1, "A", "B", "m1", "now");
    a.send(1, 1, "A", "B").expect(1, 6, "A", "B", "Acknowledged");
    b.expect(1, 1, "A", "B", null);
  }

  @Test
  @DisplayName("30. A call: AUDIO, STOP_ACK and STOP with the same id")
  void call() {
    PttUser a = world.mobile("A");
    PttUser b = world.mobile("B");
    a.call("B").forget();
    b.forget();
    world.pass(200);
    a.say("B", 1, 2).nothing();
    b.expect(1, 3, "A", "B", new byte[] {1, 2});
    a.send(1, 2, "A", "B", "m9", "payload of no meaning");
    world.pass(PttWorld.STOP_DELAY);
    Packed ack = a.expect(7);
    assertThat(ack.values()).hasSize(6).startsWith(1L, 7L, "A", "B").endsWith("Acknowledged");
    assertThat(ack.text(4)).matches("1_3_B_A_\\d{13}_250ms\\.opus");
    Packed stop = b.expect(2);
    assertThat(stop.values()).hasSize(6).startsWith(1L, 2L, "A", "B", "m9");
    assertThat(Json.parse(stop.text(5)).at("duration").number()).isEqualTo(250);
    assertThat(Json.parse(stop.text(5)).at("message_id").text()).isEqualTo(ack.text(4));
    a.nothing();
    b.nothing();
    assertThat(b.deliveries()).containsExactly(Delivery.RELIABLE, Delivery.DROPPABLE, Delivery.RELIABLE);
  }

  @Test
  @DisplayName("30. STOP without a START: 0 and null, and STOP_ACK with five elements")
  void stopWithoutStart() {
    PttUser a = world.mobile("A");
    PttUser b = world.mobile("B");
    a.send(1, 2, "A", "B");
    world.pass(PttWorld.STOP_DELAY);
    a.expect(1, 7, "A", "B", "Acknowledged").nothing();
    Json stop = b.expectJson(2);
    assertThat(stop.at("duration").number()).isZero();
    assertThat(stop.at("message_id").isNull()).isTrue();
  }

  @Test
  @DisplayName("30. AUDIO without START is delivered; there is no busy rule; a call to oneself is legal")
  void noRules() {
    PttUser a = world.mobile("A");
    PttUser b = world.mobile("B");
    PttUser c = world.mobile("C");
    a.say("B", 1);
    b.expect(1, 3, "A", "B", new byte[] {1});
    a.send(1, 3, "A", "B", "audio as text");
    b.expect(1, 3, "A", "B", "audio as text");
    a.call("B").expect(6);
    c.call("B").expect(6);
    b.forget();
    b.call("A").expect(6);
    a.forget();
    a.call("A").expect(1, 6, "A", "A", START).expect(1, 1, "A", "A", START);
    a.say("A", 5).expect(1, 3, "A", "A", new byte[] {5});
    a.send(1, 2, "A", "A");
    world.pass(PttWorld.STOP_DELAY);
    assertThat(a.types()).containsExactly(7, 2);
  }

  @Test
  @DisplayName("30. DELIVERED and READ arrive as they were sent; to a group they are ignored")
  void receipts() {
    PttUser a = world.member("A", "g");
    PttUser b = world.member("B", "g");
    a.send(1, 20, "A", "B", "1_17_B_A_5.txt").send(1, 21, "A", "B", "m", "[\"x\",\"y\"]").nothing();
    b.expect(1, 20, "A", "B", "1_17_B_A_5.txt").expect(1, 21, "A", "B", "m", "[\"x\",\"y\"]").nothing();
    a.send(0, 20, "A", "g", "x").send(0, 21, "A", "g", "x").nothing();
    b.nothing();
  }

  @Test
  @DisplayName("2.5 The maximum duration holds for calls, too: STOP and STOP_ACK once, then silence until a new START")
  void maximumDuration() {
    world = new PttWorld("MAXIMUM_AUDIO_DURATION", "1000");
    PttUser a = world.mobile("A");
    PttUser b = world.mobile("B");
    a.call("B").forget();
    b.forget();
    world.pass(1_001);
    a.say("B", 1).say("B", 2);
    String id = a.expect(7).text(4);
    a.nothing();
    assertThat(b.expectJson(2).at("message_id").text()).isEqualTo(id);
    b.nothing();
    a.send(1, 2, "A", "B");
    world.pass(PttWorld.STOP_DELAY);
    assertThat(a.expect(7).text(4)).isEqualTo(id);
    a.say("B", 3);
    b.nothing();
    a.call("B").say("B", 4);
    assertThat(b.types()).containsExactly(1, 3);
  }

  @Test
  @DisplayName("2.1 Who is called hears of it when the caller's connection ends")
  void callerDies() {
    PttUser a = world.mobile("A");
    PttUser b = world.mobile("B");
    a.call("B");
    b.forget();
    a.leave();
    assertThat(b.types()).containsExactly(2);
    world.pass(1_000);
    b.nothing();
  }

  // ---- 31

  @Test
  @DisplayName("31. Text: TEXT_ACK and the recipient's JSON have the same server id; JSON without text keeps its content")
  void texts() {
    PttUser a = world.mobile("A");
    PttUser b = world.mobile("B");
    Map<String, String> texts = Map.of("How are you?", "How are you?", "{\"text\":\"hi\",\"message_id\":\"mine\"}", "hi", "{\"a\":1}", "{\"a\":1}", "5", "5");
    texts.forEach((payload, expected) -> {
      a.send(1, 17, "A", "B", payload);
      Packed ack = a.expect(22);
      assertThat(ack.values()).hasSize(6).startsWith(1L, 22L, "A", "B").endsWith("Acknowledged");
      assertThat(ack.text(4)).matches("1_17_B_A_\\d{13}\\.txt");
      Packed text = b.expect(17);
      assertThat(text.values()).hasSize(5).startsWith(1L, 17L, "A", "B");
      Json json = Json.parse(text.text(4));
      assertThat(json.keys()).containsExactlyInAnyOrder("message_id", "text");
      assertThat(json.at("message_id").text()).isEqualTo(ack.text(4));
      assertThat(json.at("text").text()).isEqualTo(expected);
    });
    a.nothing();
    b.nothing();
    assertThat(world.registry.memory.userMessages("B")).hasSize(4).doesNotHaveDuplicates();
  }

  @Test
  @DisplayName("31. The client's message id goes with the text, and the server's is in the JSON and in TEXT_ACK")
  void clientId() {
    PttUser a = world.mobile("A");
    PttUser b = world.mobile("B");
    a.send(1, 17, "A", "B", "mine", "hi");
    String id = a.expect(22).text(4);
    Packed text = b.expect(17);
    assertThat(text.values()).hasSize(6).startsWith(1L, 17L, "A", "B", "mine");
    assertThat(Json.parse(text.text(5)).at("message_id").text()).isEqualTo(id).isNotEqualTo("mine");
  }

  @Test
  @DisplayName("3.1 TEXT_ACK means accepted: to an offline user, too, and the id is kept")
  void textToNobody() {
    PttUser a = world.mobile("A");
    a.send(1, 17, "A", "B", "hi");
    String id = a.expect(22).text(4);
    assertThat(world.registry.memory.userMessages("B")).containsExactly(id);
  }

  @Test
  @DisplayName("3.1 To oneself TEXT_ACK comes before TEXT")
  void ackFirst() {
    PttUser a = world.mobile("A");
    a.send(1, 17, "A", "A", "hi");
    assertThat(a.types()).containsExactly(22, 17);
  }

  @Test
  @DisplayName("31. Text to a group: TEXT_ACK to the sender, TEXT to the others; the newest fifty ids are kept")
  void groupText() {
    PttUser a = world.member("A", "g");
    PttUser b = world.member("B", "g");
    a.send(0, 17, "A", "g", "hello");
    String id = a.expect(22).text(4);
    a.nothing();
    assertThat(id).matches("0_17_g_A_\\d{13}\\.txt");
    assertThat(b.expectJson(17).at("message_id").text()).isEqualTo(id);
    for (int i = 0; i < 60; i++) {
      a.send(0, 17, "A", "g", "hello");
    }
    assertThat(world.registry.memory.groupMessages("g")).hasSize(50).doesNotContain(id).doesNotHaveDuplicates();
  }

  @Test
  @DisplayName("3.1 INTERACTIVE is acknowledged by 24, and relayed with the JSON of its payload")
  void interactive() {
    PttUser a = world.member("A", "g");
    PttUser b = world.member("B", "g");
    a.send(1, 23, "A", "B", Map.of("choice", List.of(1, "x")));
    Packed ack = a.expect(24);
    assertThat(ack.text(4)).matches("1_23_B_A_\\d{13}\\.txt");
    Json json = b.expectJson(23);
    assertThat(json.at("message_id").text()).isEqualTo(ack.text(4));
    assertThat(Json.parse(json.at("text").text())).isEqualTo(Json.parse("{\"choice\":[1,\"x\"]}"));
    a.send(0, 23, "A", "g", "plain");
    assertThat(a.expect(24).text(4)).matches("0_23_g_A_\\d{13}\\.txt");
    assertThat(b.expectJson(23).at("text").text()).isEqualTo("\"plain\"");
  }

  @Test
  @DisplayName("3.1 IMAGE is relayed as it came, without acknowledgement")
  void image() {
    PttUser a = world.member("A", "g");
    PttUser b = world.member("B", "g");
    a.send(1, 18, "A", "B", "m", new byte[] {1, 2}).send(0, 18, "A", "g", "url").nothing();
    b.expect(1, 18, "A", "B", "m", new byte[] {1, 2}).expect(0, 18, "A", "g", "url").nothing();
  }

  // ---- 32

  @Test
  @DisplayName("32. Impersonation: B sees A; CONNECTION_TEST is answered to A")
  void impersonation() {
    PttUser a = world.mobile("A");
    PttUser b = world.mobile("B");
    PttUser c = world.mobile("C");
    a.send(1, 17, "C", "B", "hi").expect(22);
    assertThat(b.expect(17).values()).startsWith(1L, 17L, "A", "B");
    a.send(0, 25, "C", 0, Map.of("t", 5)).expect(1, 26, 0, "A", Map.of("t", 5)).nothing();
    a.send(1, 25).expect(1, 26, 0, "A", null);
    a.send(1, 1, "C", "B", 5).expect(1, 6, "A", "B", 5);
    b.expect(1, 1, "A", "B", 5);
    c.nothing();
    assertThat(world.figures.forged.sum()).isPositive();
  }

  @Test
  @DisplayName("3.1 CONNECTION_ACK goes to the connection that asked, and to no other of its user")
  void connectionTest() {
    world = new PttWorld("DUPLICATE_LOGIN_POLICY", "allow");
    PttUser phone = world.mobileOn("phone", "A");
    PttUser tablet = world.mobileOn("tablet", "A");
    tablet.send(1, 25, "A", 0, new byte[] {7}).expect(1, 26, 0, "A", new byte[] {7});
    phone.nothing();
  }

  @Test
  @DisplayName("2.1 What is for a user goes to all of its connections, of both kinds")
  void allConnections() {
    world = new PttWorld("DUPLICATE_LOGIN_POLICY", "allow", "PRESENCE_ENABLED", "false");
    List<PttUser> all = List.of(world.mobileOn("phone", "A"), world.mobileOn("tablet", "A"), world.watcher("A").forget());
    PttUser b = world.mobile("B");
    b.call("A").say("A", 3).send(1, 17, "B", "A", "hi");
    assertThat(all).allSatisfy(connection -> assertThat(connection.types()).containsExactly(1, 3, 17));
    PttUser page = all.getLast();
    page.call("B").expect(6);
    assertThat(b.types()).contains(1);
  }

  // ---- 33

  @Test
  @DisplayName("33. 50 malformed messages in a minute are borne, the 51st closes with 1008; others live on")
  void malformed() {
    PttUser a = world.mobile("A");
    PttUser b = world.mobile("B");
    for (int i = 0; i < 50; i++) {
      if (i % 2 == 0) {
        a.sendBytes(new byte[] {(byte) 0xc0});
      } else {
        a.sendText("text");
      }
    }
    assertThat(a.closed()).isEmpty();
    a.nothing().call("B").expect(6);
    a.sendBytes(new byte[0]);
    assertThat(a.closed().orElseThrow().code()).isEqualTo(1008);
    assertThat(b.types()).containsExactly(1);
    assertThat(world.figures.malformed.sum()).isEqualTo(51);
  }

  @Test
  @DisplayName("33. The minute slides: 50 in each minute are borne for ever")
  void slidingMinute() {
    PttUser a = world.mobile("A");
    for (int i = 0; i < 300; i++) {
      a.sendBytes(new byte[] {5});
      world.pass(1_200);
    }
    assertThat(a.closed()).isEmpty();
    for (int i = 0; i < 2; i++) {
      a.sendBytes(new byte[] {5});
    }
    assertThat(a.closed()).isPresent();
  }

  @Test
  @DisplayName("3.3 More than 200 messages a second: the excess is dropped; for 10 s without a pause, 1008")
  void flood() {
    PttUser a = world.mobile("A");
    PttUser b = world.mobile("B");
    for (int i = 0; i < 1_000; i++) {
      a.say("B", i);
    }
    assertThat(b.types()).hasSize(400);
    assertThat(a.closed()).isEmpty();
    for (int i = 0; i < 10_500 && a.closed().isEmpty(); i++) {
      a.say("B", i);
      if (i % 4 == 3) {
        world.pass(4);
      }
    }
    assertThat(a.closed().orElseThrow().code()).isEqualTo(1008);
    assertThat(b.closed()).isEmpty();
  }

  @Test
  @DisplayName("3.3 Reserved and unknown types do nothing")
  void ignored() {
    PttUser a = world.member("A", "g");
    PttUser b = world.member("B", "g");
    for (int type : new int[] {0, 4, 5, 10, 14, 19, 28, 31, 99}) {
      a.send(0, type, "A", "g", "x").send(1, type, "A", "B", "x");
    }
    a.nothing();
    b.nothing();
    assertThat(a.closed()).isEmpty();
    assertThat(world.figures.ignored.sum()).isEqualTo(18);
  }

  @Test
  @DisplayName("34. Audio is relayed whatever its size, and not a byte is changed")
  void largeAudio() {
    PttUser a = world.mobile("A");
    PttUser b = world.mobile("B");
    byte[] large = new byte[200_000];
    new SplittableRandom(1).nextBytes(large);
    a.send(1, 3, "A", "B", large);
    assertThat(b.expect(3).payload()).isEqualTo(ByteBuffer.wrap(large));
  }
}
