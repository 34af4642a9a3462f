package dev.roost.mesh;

import static org.assertj.core.api.Assertions.assertThat;

import dev.roost.core.Delivery;
import dev.roost.sim.Json;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Section 3: what devices send, and who gets what of it. A, B and C are there, and have read what greeted them. */
class MessageTest {
  private static final String HERE = "{'latitude':52.5,'longitude':13.4,'accuracy':3,'floor':'2'}";

  private final MeshWorld world = new MeshWorld();
  private MeshDevice a;
  private MeshDevice b;
  private MeshDevice c;

  @BeforeEach
  void connect() {
    a = world.device("A", "location.share");
    b = world.device("B", "location.view");
    c = world.device("C", "");
    a.forget();
    b.forget();
  }

  private void othersHeardNothing() {
    b.nothing();
    c.nothing();
  }

  // ---- 3.1: heartbeat, request-client-list

  @Test
  @DisplayName("7. heartbeat: heartbeat-ack with a timestamp, to the sender alone")
  void heartbeat() {
    world.pass(1_234);
    a.send("{'type':'heartbeat','timestamp':5,'data':{'x':1}}");

    assertThat(a.take()).containsExactly(Json.parse(Json.quoted("{'type':'heartbeat-ack','timestamp':" + world.loop.now().toEpochMilli() + "}")));
    othersHeardNothing();
  }

  @Test
  @DisplayName("7. Every interval: server-heartbeat to everybody, with the count and without data")
  void serverHeartbeat() {
    world.pass(MeshWorld.HEARTBEAT - 1);
    a.nothing();
    world.pass(1);

    Json heartbeat = Json.parse(Json.quoted("{'type':'server-heartbeat','timestamp':" + world.loop.now().toEpochMilli() + ",'clientCount':3}"));
    assertThat(a.take()).containsExactly(heartbeat);
    assertThat(c.take()).containsExactly(heartbeat);
    c.drop();
    a.forget();
    world.pass(MeshWorld.HEARTBEAT);
    assertThat(a.expect("server-heartbeat").at("clientCount").number()).isEqualTo(2);
  }

  @Test
  @DisplayName("6. List request: client-list to the asker alone, with the same data as the update")
  void list() {
    MeshDevice x = world.admin("X");
    a.forget();
    world.pass(10);
    a.heartbeat().forget();
    b.forget();
    c.forget();
    b.requestList();

    Json list = b.expect("client-list");
    b.nothing();
    assertThat(MeshDevice.ids(list)).containsExactly("A", "B", "C", "X");
    assertThat(list.at("data", "adminId").text()).isEqualTo("X");
    assertThat(list.at("data", "term").number()).isEqualTo(world.statistics().term());
    assertThat(list.at("data", "clients", 0, "lastSeen").number()).isEqualTo(world.loop.now().toEpochMilli());
    a.nothing();
    c.nothing();
    x.nothing();
  }

  // ---- 3.1: peer-message

  @Test
  @DisplayName("8. To one: it alone gets it, from the true sender")
  void direct() {
    a.send("{'type':'peer-message','timestamp':7,'fromId':'C','data':{'message':{'type':'offer','data':{'sdp':'v=0\\r\\n'},'fromPeerId':'C','toPeerId':'B'},'targetId':'B','fromId':'C'}}");

    assertThat(b.take()).containsExactly(Json.parse(Json.quoted(
        "{'type':'peer-message','data':{'fromId':'A','message':{'type':'offer','data':{'sdp':'v=0\\r\\n'},'fromPeerId':'C','toPeerId':'B'}}}")));
    assertThat(b.deliveries().getLast()).isSameAs(Delivery.RELIABLE);
    c.nothing();
    a.nothing();
  }

  @ParameterizedTest
  @ValueSource(strings = {"null", "0", "-1.5e300", "''", "'ü😀'", "[]", "{}", "[[{'a':[null,true]}]]", "false"})
  @DisplayName("8. A message may be anything")
  void anything(String message) {
    a.tell("B", message);

    assertThat(b.expect("peer-message").at("data")).isEqualTo(Json.parse(Json.quoted("{'fromId':'A','message':" + message + "}")));
  }

  @Test
  @DisplayName("8. To broadcast: everybody else")
  void broadcast() {
    a.tell("broadcast", "{'n':1}");

    Json relayed = Json.parse(Json.quoted("{'type':'peer-message','data':{'fromId':'A','message':{'n':1}}}"));
    assertThat(b.take()).containsExactly(relayed);
    assertThat(c.take()).containsExactly(relayed);
    assertThat(c.deliveries().getLast()).isSameAs(Delivery.RELIABLE);
    a.nothing();
  }

  @Test
  @DisplayName("8. To oneself: it comes back")
  void self() {
    a.tell("A", "{'n':1}");

    assertThat(a.expect("peer-message").at("data", "fromId").text()).isEqualTo("A");
    othersHeardNothing();
  }

  @ParameterizedTest
  @ValueSource(strings = {"nobody", "a", " A", "Broadcast", "server_1", "\\ud800"})
  @DisplayName("8. To nobody: unknown_target, and nothing is relayed")
  void unknownTarget(String target) {
    a.tell(target, "1");

    assertThat(a.fault()).isEqualTo("unknown_target");
    othersHeardNothing();
  }

  @Test
  @DisplayName("8. 1,000 messages arrive in their order, broadcasts between them")
  void order() {
    for (int i = 0; i < 1_000; i++) {
      a.tell(i % 3 == 0 ? "broadcast" : "B", "" + i);
    }
    List<Json> got = b.take();

    assertThat(got).hasSize(1_000);
    for (int i = 0; i < 1_000; i++) {
      assertThat(got.get(i).at("data", "message").number()).isEqualTo(i);
    }
    assertThat(c.take()).hasSize(334);
  }

  @Test
  @DisplayName("4. Large broadcasts: a sixth of a queue at once and a megabyte a second from one device, a third from all; the rest is rate_limited")
  void largeBroadcasts() {
    String large = "'" + "x".repeat(200_000) + "'";
    for (int i = 0; i < 20; i++) {
      a.tell("broadcast", large);
    }
    assertThat(b.take()).hasSize(3);
    assertThat(a.fault()).isEqualTo("rate_limited");
    a.tell("B", large).tell("broadcast", "1");
    assertThat(b.take()).as("what is for one, and what is small, still passes").hasSize(2);
    c.tell("broadcast", large);
    assertThat(b.take()).as("each device for itself").hasSize(1);
    for (int i = 0; i < 6; i++) {
      world.device("D" + i, "").tell("broadcast", large);
    }
    assertThat(b.take().stream().filter(message -> message.at("type").text().equals("peer-message"))).as("and all together").hasSize(2);
    a.forget();
    world.pass(1_000);
    b.take();
    for (int i = 0; i < 20; i++) {
      a.tell("broadcast", large);
    }
    assertThat(b.take()).hasSize(3);
  }

  @Test
  @DisplayName("4. Nobody can fill the queue of a device that reads: a third of it at once and a megabyte a second, from all others together")
  void largeMessages() {
    String large = "'" + "x".repeat(200_000) + "'";
    for (int i = 0; i < 5; i++) {
      a.tell("B", large);
      c.tell("B", large);
    }
    assertThat(b.take()).hasSize(6);
    assertThat(a.fault()).isEqualTo("rate_limited");
    assertThat(c.fault()).isEqualTo("rate_limited");
    a.tell("C", large).tell("B", "1");
    assertThat(c.take()).as("each device for itself").hasSize(1);
    assertThat(b.take()).as("what is small still passes").hasSize(1);
    world.pass(1_000);
    b.take();
    a.tell("B", large).tell("B", large).tell("B", large);
    assertThat(b.take()).hasSize(3);
  }

  @Test
  @DisplayName("4. Broadcasts of usual size are limited by their number alone")
  void usualBroadcasts() {
    String usual = "'" + "x".repeat(20_000) + "'";
    for (int i = 0; i < 400; i++) {
      a.tell("broadcast", usual);
      world.pass(20);
    }
    assertThat(b.take("peer-message")).hasSize(400);
  }

  // ---- 3.1: location-update

  @Test
  @DisplayName("9. Location: to everybody else, with every field as sent; it may be dropped")
  void location() {
    a.locate(HERE);

    Json relayed = Json.parse(Json.quoted("{'type':'location-update','data':{'clientId':'A','location':" + HERE + ",'timestamp':" + world.loop.now().toEpochMilli() + "}}"));
    assertThat(b.take()).containsExactly(relayed);
    assertThat(c.take()).containsExactly(relayed);
    assertThat(c.deliveries().getLast()).isSameAs(Delivery.DROPPABLE);
    a.nothing();
    assertThat(world.takeNews()).last().isEqualTo("org_1 location A " + Json.quoted(HERE));
  }

  @ParameterizedTest
  @ValueSource(strings = {"{'latitude':90,'longitude':180}", "{'latitude':-90.0,'longitude':-1.8e2}", "{'latitude':0,'longitude':0,'accuracy':0}",
      "{'latitude':-0.0,'longitude':1e-300,'accuracy':1e300,'accuracy2':'x'}", "{'latitude':91,'latitude':1,'longitude':1}",
      "{'accuracy':-1,'latitude':1,'longitude':1,'accuracy':1}"})
  @DisplayName("9. Locations at the bounds; of a key that comes twice the last counts")
  void validLocation(String location) {
    a.locate(location);

    assertThat(b.expect("location-update").at("data", "location")).isEqualTo(Json.parse(Json.quoted(location)));
    a.nothing();
  }

  @ParameterizedTest
  @ValueSource(strings = {"{'latitude':91,'longitude':1}", "{'latitude':-90.0001,'longitude':1}", "{'latitude':1,'longitude':180.1}", "{'latitude':1,'longitude':-181}",
      "{'latitude':'1','longitude':1}", "{'latitude':null,'longitude':1}", "{'latitude':1}", "{'longitude':1}", "{}", "null", "[1,2]", "'52,13'", "7",
      "{'latitude':1e999,'longitude':1}", "{'latitude':1,'longitude':-1e999}", "{'latitude':1,'longitude':1,'accuracy':-0.1}",
      "{'latitude':1,'longitude':1,'accuracy':'5'}",
      "{'latitude':1,'longitude':1,'accuracy':null}", "{'latitude':1,'longitude':1,'accuracy':1e999}", "{'latitude':1,'longitude':1,'longitude':true}",
      "{'coords':{'latitude':1,'longitude':1}}"})
  @DisplayName("9. bad_location: nothing is relayed")
  void badLocation(String location) {
    a.locate(location);

    assertThat(a.fault()).isEqualTo("bad_location");
    othersHeardNothing();
    assertThat(world.figure("locationUpdates")).isZero();
  }

  @Test
  @DisplayName("9. bad_location: no data at all, or a position beside it")
  void noData() {
    a.send("{'type':'location-update'}");
    assertThat(a.fault()).isEqualTo("bad_location");
    world.pass(1_000);
    a.send("{'type':'location-update','latitude':1,'longitude':1}");
    assertThat(a.fault()).isEqualTo("bad_location");
    othersHeardNothing();
  }

  @Test
  @DisplayName("9. LOCATION_VISIBILITY=viewers: only who has location.view; a sender that has it gets none back")
  void viewers() {
    MeshWorld restricted = new MeshWorld("LOCATION_VISIBILITY", "viewers");
    MeshDevice sender = restricted.device("S", "location.view");
    MeshDevice viewer = restricted.device("V", "x,location.view");
    MeshDevice other = restricted.device("O", "location.share");
    sender.forget();
    viewer.forget();
    sender.locate(HERE);
    assertThat(viewer.types()).containsExactly("location-update");
    sender.nothing();
    other.nothing();

    MeshDevice blind = restricted.device("V", "");
    MeshDevice seeing = restricted.device("O", "location.view");
    sender.forget();
    blind.forget();
    sender.locate(HERE).tell("broadcast", "1");

    assertThat(blind.types()).containsExactly("peer-message");
    assertThat(seeing.types()).containsExactly("location-update", "peer-message");
    assertThat(viewer.take()).extracting(Json::type).as("the old connection").doesNotContain("location-update", "peer-message");
    seeing.drop();
    sender.locate(HERE);
    seeing.nothing();
    assertThat(seeing.sentInVain() + viewer.sentInVain()).as("connections that are over are forgotten").isZero();
  }

  @Test
  @DisplayName("3.1 LOCATION_REQUIRES_SHARE: without location.share not_allowed, and nothing is relayed")
  void share() {
    MeshWorld restricted = new MeshWorld("LOCATION_REQUIRES_SHARE", "true");
    MeshDevice sharing = restricted.device("S", "location.share");
    MeshDevice other = restricted.device("O", "location.view,admin.manage");
    sharing.forget();

    other.locate(HERE);

    assertThat(other.fault()).isEqualTo("not_allowed");
    sharing.nothing();
    sharing.locate(HERE);
    assertThat(other.types()).containsExactly("location-update");
    restricted.pass(1_000);
    sharing.locate("{}");
    assertThat(sharing.fault()).isEqualTo("bad_location");
  }

  // ---- Faults

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {"{bad | bad_message", "null | bad_message", "5 | bad_message", "[] | bad_message", "{} | unknown_type", "'' | bad_message",
      "{'type':'peer-message'} | bad_message", "{'type':'peer-message','data':{'targetId':'B'}} | bad_message",
      "{'type':'peer-message','data':{'message':1}} | bad_message",
      "{'type':'peer-message','data':{'targetId':'','message':1}} | bad_message", "{'type':'peer-message','data':{'targetId':7,'message':1}} | bad_message",
      "{'type':'peer-message','data':{'targetId':null,'message':1}} | bad_message", "{'type':'peer-message','targetId':'B','message':1} | bad_message",
      "{'type':'peer-message','data':['B',1]} | bad_message", "{'type':'nonsense'} | unknown_type", "{'type':7} | unknown_type", "{'type':null} | unknown_type",
      "{'type':'Heartbeat'} | unknown_type", "{'type':'welcome'} | unknown_type", "{'type':'admin-heartbeat','data':{'deviceId':'A'}} | unknown_type",
      "{'data':{'targetId':'B','message':1}} | unknown_type", "{'type':'request-ice-servers'} | unknown_type",
      "{'type':'heartbeat'} x | bad_message"}, quoteCharacter = '`')
  @DisplayName("22. Malformed: one error, nobody else is affected, and the connection lives on")
  void malformed(String message, String code) {
    a.send(message.equals("''") ? "" : message);

    assertThat(a.fault()).isEqualTo(code);
    othersHeardNothing();
    assertThat(a.closed()).isEmpty();
    assertThat(a.heartbeat().types()).containsExactly("heartbeat-ack");
  }

  @Test
  @DisplayName("22. At most one error a second, whatever the codes; each connection for itself")
  void oneErrorASecond() {
    a.send("{bad").send("{}").tell("nobody", "1").locate("{}");
    assertThat(a.fault()).isEqualTo("bad_message");
    world.pass(999);
    a.send("{}");
    a.nothing();
    b.send("{}");
    assertThat(b.fault()).isEqualTo("unknown_type");
    world.pass(1);
    a.locate("{}").send("{bad");
    assertThat(a.fault()).isEqualTo("bad_location");
    world.pass(999);
    a.send("5").nothing();
    world.pass(1);
    a.tell("nobody", "1");
    assertThat(a.fault()).isEqualTo("unknown_target");
    assertThat(world.figure("faults")).as("those nobody was told of count, too").isEqualTo(10);
    c.nothing();
  }

  @Test
  @DisplayName("22. Between errors what is right gets its answer")
  void betweenErrors() {
    a.send("{bad").heartbeat().send("{}").tell("B", "1").requestList();

    assertThat(a.types()).containsExactly("error", "heartbeat-ack", "client-list");
    assertThat(b.types()).containsExactly("peer-message");
  }

  // ---- Additions

  @Test
  @DisplayName("request-ice-servers: access to the TURN servers, for the sender alone")
  void iceServers() {
    MeshWorld turn = new MeshWorld("TURN_SECRET", "north", "TURN_URLS", "turn:a.example:3478,turns:a.example:5349?transport=tcp", "TURN_TTL", "60000");
    MeshDevice device = turn.device("D1", "");
    MeshDevice other = turn.device("D2", "");
    device.forget();
    turn.pass(1_500);
    device.send("{'type':'request-ice-servers'}");

    Json answer = device.expect("ice-servers").at("data");
    device.nothing();
    other.nothing();
    long expires = turn.loop.now().getEpochSecond() + 60;
    assertThat(answer.keys()).containsExactlyInAnyOrder("iceServers", "expiresAt");
    assertThat(answer.at("iceServers").items()).hasSize(1);
    assertThat(answer.at("iceServers", 0).keys()).containsExactlyInAnyOrder("urls", "username", "credential");
    assertThat(answer.at("iceServers", 0, "urls").items()).containsExactly(new Json("turn:a.example:3478"), new Json("turns:a.example:5349?transport=tcp"));
    assertThat(answer.at("iceServers", 0, "username").text()).isEqualTo(expires + ":D1");
    assertThat(answer.at("expiresAt").number()).isEqualTo(expires * 1_000);
  }
}
