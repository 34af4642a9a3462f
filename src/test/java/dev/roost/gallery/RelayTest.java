package dev.roost.gallery;

import static org.assertj.core.api.Assertions.assertThat;

import dev.roost.core.Delivery;
import dev.roost.gallery.GalleryMessages.Broadcast;
import dev.roost.sim.Json;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Section 3: broadcasts and direct messages, and who they say they are from. */
class RelayTest {
  private static final String POSE = "{'type':'pose_update','senderId':'A','timestamp':1.0,'data':{'position':[0.10,1e0,-0.0],'rotation':[0,0,0,1]},'ü':'\\ud83d\\ude00'}";

  private final GalleryWorld world = new GalleryWorld();
  private final GalleryClient a = world.viewer("A", "R");
  private final GalleryClient b = world.viewer("B", "R");
  private final GalleryClient c = world.viewer("C", "R");
  private final GalleryClient elsewhere = world.viewer("D", "S");
  private final GalleryClient nowhere = world.client("E");

  RelayTest() {
    a.forget();
    b.forget();
  }

  @Test
  @DisplayName("5. Broadcast: all other members get it, nobody else")
  void broadcast() {
    a.broadcast(POSE);

    for (GalleryClient member : new GalleryClient[] {b, c}) {
      Json data = member.expect("message");
      assertThat(data.keys()).containsExactlyInAnyOrder("message", "senderId");
      assertThat(data.at("message")).isEqualTo(Json.parse(Json.quoted(POSE)));
      assertThat(data.at("senderId").text()).isEqualTo("A");
      member.nothing();
    }
    a.nothing();
    elsewhere.nothing();
    nowhere.nothing();
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {"'R' | true", "'S' | false", "'' | true", "null | true", "5 | false", "{} | false", "'r' | false"})
  @DisplayName("3.1 A room id that is given must be that of the current room")
  void roomIdGiven(String roomId, boolean relayed) {
    a.send("{'action':'broadcast','requestId':'q','roomId':" + roomId + ",'message':" + POSE + "}");

    if (relayed) {
      a.nothing();
      assertThat(b.events()).containsExactly("message");
    } else {
      assertThat(a.expect("error")).isEqualTo(Json.parse("{\"message\":\"Not in a room\",\"requestId\":\"q\"}"));
      b.nothing();
    }
    elsewhere.nothing();
  }

  @Test
  @DisplayName("3.1 A number is the room of that number here, too")
  void numericRoomId() {
    GalleryClient x = world.viewer("X", "5");
    GalleryClient y = world.viewer("Y", "5");
    x.forget();

    x.send("{'action':'broadcast','roomId':5,'message':1}");

    assertThat(y.expect("message").at("message").number()).isEqualTo(1);
    x.nothing();
  }

  @ParameterizedTest
  @ValueSource(strings = {"5", "0", "false", "''", "'text'", "[]", "[1,{'senderId':'B'}]", "{}", "{'type':5}", "{'type':null,'data':{}}"})
  @DisplayName("3.1 Any message but null is relayed as it is")
  void anything(String message) {
    a.broadcast(message).direct("B", message).nothing();

    assertThat(b.expect("message").at("message")).isEqualTo(Json.parse(Json.quoted(message)));
    assertThat(b.expect("message").at("message")).isEqualTo(Json.parse(Json.quoted(message)));
    b.nothing();
  }

  @ParameterizedTest
  @ValueSource(strings = {"{'senderId':'B','x':1}", "{'x':1,'senderId':'B'}", "{'senderId':5,'x':1}", "{'senderId':null,'x':1}", "{'senderId':{'senderId':'A'},'x':1}",
      "{'senderId':[],'x':1}", "{'senderI\\u0064':'B','x':1}", "{'senderId':'A','x':1,'senderId':'B'}", "{'senderId':'B','x':1,'senderId':'A'}",
      "{ 'senderId' : 'B' , 'x' : 1 }", "{'senderId':'B','senderId':7,'senderI\\u0064':'C','x':1}", "{'senderId':'a','x':1}", "{'senderId':'A ','x':1}"})
  @DisplayName("5. An inner sender that is not the true one is replaced (defect 11)")
  void forgedSender(String message) {
    a.broadcast(message).direct("B", message);

    for (int i = 0; i < 2; i++) {
      Json data = b.expect("message");
      assertThat(data.at("message")).isEqualTo(Json.parse("{\"senderId\":\"A\",\"x\":1}"));
      assertThat(data.at("senderId").text()).isEqualTo("A");
    }
  }

  @Test
  @DisplayName("5. None of several inner senders is left forged, whichever a receiver takes")
  void everyForgedSender() {
    String forged = Json.quoted("{'action':'broadcast','message':{'senderId':'B','x':1,'senderId':'A','senderId':'C'}}");

    Broadcast parsed = (Broadcast) GalleryParser.parse(forged.getBytes(StandardCharsets.UTF_8), new Sender("A", GalleryCodec.literal("A")));

    assertThat(parsed.relay().payloadText())
        .isEqualTo(Json.quoted("{'event':'message','data':{'message':{'senderId':'A','x':1,'senderId':'A','senderId':'A'},'senderId':'A'}}"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"{'x':1}", "{'data':{'senderId':'B'}}", "{'message':{'senderId':'B'}}", "{'SenderId':'B'}", "{'s':[{'senderId':'B'}]}"})
  @DisplayName("3.2 Nothing is added where no sender was, and nothing is changed within")
  void noSender(String message) {
    a.broadcast(message);

    assertThat(b.expect("message").at("message")).isEqualTo(Json.parse(Json.quoted(message)));
  }

  @Test
  @DisplayName("3.2 A user id with characters that JSON escapes comes out right")
  void oddUserId() {
    GalleryClient odd = world.viewer("o\"\\ü😀/<", "R");
    b.forget();

    odd.broadcast("{'senderId':'B','x':1}");

    Json data = b.expect("message");
    assertThat(data.at("senderId").text()).isEqualTo("o\"\\ü😀/<");
    assertThat(data.at("message", "senderId").text()).isEqualTo("o\"\\ü😀/<");
    b.send("{'action':'send_message','targetUserId':'o\\\"\\\\ü😀/<','message':1}").nothing();
  }

  @Test
  @DisplayName("3.2 Per sender and receiver the order is kept")
  void order() {
    for (int i = 0; i < 50; i++) {
      (i % 3 == 0 ? a.message("pose_update", "{'text':'" + i + "'}") : i % 3 == 1 ? a.chat("" + i) : a.direct("B", "{'data':{'text':'" + i + "'}}")).nothing();
    }

    assertThat(b.take()).extracting(message -> Integer.parseInt(message.at("data", "message", "data", "text").text())).hasSize(50).isSorted();
  }

  @ParameterizedTest
  @CsvSource({"pose_update, DROPPABLE", "gaze_update, DROPPABLE", "chat_message, RELIABLE", "state_update, RELIABLE", "camera_frame, RELIABLE", "annotation_add, RELIABLE",
      "pose_updates, RELIABLE"})
  @DisplayName("MAX_QUEUE_BYTES: under pressure poses may go, nothing else")
  void delivery(String type, Delivery.Kind kind) {
    a.message(type, "{'data':{}}").nothing();

    assertThat(b.events()).containsExactly("message");
    assertThat(b.lastDelivery()).isEqualTo(kind);
  }

  // ---- Direct messages

  @Test
  @DisplayName("6. Direct: only the target gets it")
  void direct() {
    a.direct("B", "{'type':'chat_message','senderId':'X','data':'hi'}").nothing();

    Json data = b.expect("message");
    assertThat(data).isEqualTo(Json.parse(Json.quoted("{'message':{'type':'chat_message','senderId':'A','data':'hi'},'senderId':'A'}")));
    b.nothing();
    c.nothing();
    assertThat(b.lastDelivery()).isEqualTo(Delivery.Kind.RELIABLE);
  }

  @ParameterizedTest
  @ValueSource(strings = {"D", "E", "nobody", "", "a"})
  @DisplayName("6. Direct: nobody in another room or in none is reached from a room (D5, defect 10)")
  void otherScope(String target) {
    a.send("{'action':'send_message','requestId':9,'targetUserId':'" + target + "','message':1}");

    assertThat(a.expect("error")).isEqualTo(Json.parse("{\"message\":\"User not found\",\"requestId\":9}"));
    elsewhere.nothing();
    nowhere.nothing();
    assertThat(nowhere.direct("A", "1").fault()).isEqualTo("User not found");
    a.nothing();
  }

  @Test
  @DisplayName("6. Direct: two outside any room can message each other, until one joins")
  void outside() {
    GalleryClient other = world.client("F");
    nowhere.direct("F", "'hi'").nothing();
    assertThat(other.expect("message")).isEqualTo(Json.parse("{\"message\":\"hi\",\"senderId\":\"E\"}"));

    other.join("R").forget();

    assertThat(nowhere.direct("F", "'hi'").fault()).isEqualTo("User not found");
    other.leave();
    nowhere.direct("F", "'again'").nothing();
    assertThat(other.expect("message").at("message").text()).isEqualTo("again");
    other.drop();
    world.pass(1_000);
    assertThat(nowhere.direct("F", "'gone'").fault()).isEqualTo("User not found");
  }

  @Test
  @DisplayName("3.1 Sending to oneself works, in a room and outside")
  void oneself() {
    a.direct("A", "1");
    nowhere.direct("E", "2");

    assertThat(a.expect("message")).isEqualTo(Json.parse("{\"message\":1,\"senderId\":\"A\"}"));
    assertThat(nowhere.expect("message").at("message").number()).isEqualTo(2);
  }

  @Test
  @DisplayName("3.1 A direct message changes no state, whatever it looks like")
  void directHasNoEffect() {
    GalleryClient h = world.host("H", "R");
    b.forget();
    h.forget().direct("B", "{'type':'state_update','data':{'data':{'k':1}}}").direct("B", "{'type':'state_full'}").direct("B", "{'type':'annotation_add','data':{'id':'x'}}").nothing();

    assertThat(b.events()).hasSize(3).containsOnly("message");
    assertThat(world.state("R")).isEqualTo(GalleryWorld.INITIAL_STATE);
  }

  @Test
  @DisplayName("2.5 A direct message to a member takes the role that it takes for all; outside of rooms there are no roles")
  void directTakesTheRole() {
    world.host("H", "R");
    b.forget();
    for (String type : new String[] {"state_full", "grant_control", "state_update"}) {
      assertThat(a.forget().direct("B", "{'type':'" + type + "','data':{'data':{'k':1}}}").fault()).isEqualTo("Permission denied");
      world.pass(1_000);
    }
    b.nothing();
    nowhere.direct("E", "{'type':'state_full'}");
    assertThat(nowhere.events()).containsExactly("message");
  }

  @Test
  @DisplayName("A message that names its sender again and again is refused, before it costs as much as it could")
  void manySenders() {
    b.forget();
    a.forget().broadcast("{" + "'senderId':0,".repeat(9) + "'type':'t'}");
    assertThat(a.fault()).isEqualTo("Invalid message format");
    b.nothing();
    a.broadcast("{" + "'senderId':0,".repeat(8) + "'type':'t'}").nothing();
    assertThat(b.events()).containsExactly("message");
  }

  @Test
  @DisplayName("16. Of several outside with one id the one that is still there gets it")
  void twins() {
    GalleryClient first = world.client("T");
    GalleryClient second = world.client("T");
    nowhere.direct("T", "1");
    first.nothing();
    assertThat(second.events()).containsExactly("message");

    second.drop();
    nowhere.direct("T", "2").nothing();

    assertThat(first.expect("message").at("message").number()).isEqualTo(2);
  }
}
