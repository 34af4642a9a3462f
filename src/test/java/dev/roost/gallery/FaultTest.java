package dev.roost.gallery;

import static org.assertj.core.api.Assertions.assertThat;

import dev.roost.sim.Json;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Section 3.1: what is told about faults, with which request id, and how often. */
class FaultTest {
  private final GalleryWorld world = new GalleryWorld();
  private final GalleryClient a = world.client("A");

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
      "{bad                                                      | {'message':'Invalid message format','requestId':null}",
      "null                                                      | {'message':'Invalid message format','requestId':null}",
      "``                                                        | {'message':'Invalid message format','requestId':null}",
      "{'action':'leave_room'}{}                                 | {'message':'Invalid message format','requestId':null}",
      "{'action':'broadcast'}                                    | {'message':'Invalid message format','requestId':null}",
      "{'action':'broadcast','requestId':'q'}                    | {'message':'Invalid message format','requestId':null}",
      "{'action':'broadcast','requestId':'q','message':null}     | {'message':'Invalid message format','requestId':null}",
      "{'action':'broadcast','message':1,'message':null}         | {'message':'Invalid message format','requestId':null}",
      "{'action':'send_message','requestId':'q','targetUserId':'A'} | {'message':'Invalid message format','requestId':null}",
      "{'action':'send_message','targetUserId':'A','message':null} | {'message':'Invalid message format','requestId':null}",
      "{'action':'send_message','message':1}                     | {'message':'Invalid message format','requestId':null}",
      "{'action':'send_message','targetUserId':5,'message':1}    | {'message':'Invalid message format','requestId':null}",
      "{}                                                        | {'message':'Unknown action: undefined'}",
      "{'requestId':'q'}                                         | {'message':'Unknown action: undefined','requestId':'q'}",
      "[]                                                        | {'message':'Unknown action: undefined'}",
      "[{'action':'leave_room'}]                                 | {'message':'Unknown action: undefined'}",
      "5                                                         | {'message':'Unknown action: undefined'}",
      "'text'                                                    | {'message':'Unknown action: undefined'}",
      "true                                                      | {'message':'Unknown action: undefined'}",
      "{'action':'zap','requestId':'q'}                          | {'message':'Unknown action: zap','requestId':'q'}",
      "{'action':'Join_room','roomId':'R'}                       | {'message':'Unknown action: Join_room'}",
      "{'action':'','requestId':7}                               | {'message':'Unknown action: ','requestId':7}",
      "{'action':null}                                           | {'message':'Unknown action: null'}",
      "{'action':5}                                              | {'message':'Unknown action: 5'}",
      "{'action':{'action':'leave_room'}}                        | {'message':'Unknown action: [object Object]'}",
      "{'action':'a\\u0000\\ud800\\n<b>'}                        | {'message':'Unknown action: a<b>'}",
      "{'action':'join_room','requestId':'q'}                    | {'message':'Invalid room ID','requestId':'q'}",
      "{'action':'create_room','roomId':[],'requestId':'q'}      | {'message':'Invalid room ID','requestId':'q'}",
      "{'action':'broadcast','message':1,'requestId':'q'}        | {'message':'Not in a room','requestId':'q'}",
      "{'action':'broadcast','message':1}                        | {'message':'Not in a room'}",
      "{'action':'broadcast','message':1,'roomId':'R'}           | {'message':'Not in a room'}",
      "{'action':'send_message','message':1,'targetUserId':'X','requestId':'q'} | {'message':'User not found','requestId':'q'}",
      "{'action':'send_message','message':1,'targetUserId':'X'}  | {'message':'User not found'}"})
  @DisplayName("21. Malformed: the answer, and the connection works afterwards")
  void answers(String message, String error) {
    a.send(message);

    assertThat(a.expect("error")).isEqualTo(Json.parse(Json.quoted(error)));
    a.nothing();
    assertThat(a.isClosed()).isFalse();
    assertThat(world.roomIds()).isEmpty();
    a.join("R").expect("room_joined");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "'roomId':''", "'roomId':{}", "'roomId':[]", "'roomId':['R']", "'roomId':null", "'roomId':true", "'roomId':'a\\u0000b'", "'roomId':'\\n'",
      "'roomId':'a\\u007f'", "'roomId':'\\ud800'", "'roomId':'x\\udc00y'", "'roomId':'R','roomId':''"})
  @DisplayName("22. Missing or odd roomId: no room comes of it (defect 3)")
  void oddRoomId(String roomId) {
    a.join("R").forget();

    a.send("{'action':'join_room'" + (roomId.isEmpty() ? "" : "," + roomId) + "}");

    assertThat(a.fault()).isEqualTo("Invalid room ID");
    assertThat(world.roomIds()).containsExactly("R");
    assertThat(world.roster("R")).containsExactly("A");
  }

  @Test
  @DisplayName("22. 128 characters are a room id, 129 are none; neither are 200 digits")
  void longRoomId() {
    assertThat(a.join("r".repeat(129)).fault()).isEqualTo("Invalid room ID");
    world.pass(1_000);
    assertThat(a.create("r".repeat(129), "{}").fault()).isEqualTo("Invalid room ID");
    world.pass(1_000);
    assertThat(a.send("{'action':'join_room','roomId':" + "9".repeat(200) + "}").fault()).isEqualTo("Invalid room ID");
    a.join("r".repeat(128)).expect("room_joined");
    assertThat(world.roomIds()).containsExactly("r".repeat(128));
  }

  @Test
  @DisplayName("2.2 Every other text is a room id, and rooms differ in every character")
  void anyRoomId() {
    List<String> ids = List.of("R", "r", " R", "R ", "__proto__", "constructor", "toString", "<b>", "a/b", "../x", "ü", "u\u0308", "😀", "5.0", "null", "undefined", "%41");
    for (String id : ids) {
      world.viewer("B", id);
    }

    assertThat(world.roomIds()).containsExactlyElementsOf(ids);
  }

  @ParameterizedTest
  @ValueSource(strings = {"'q'", "''", "0", "-7", "1.50", "1e3", "12345678901234567890", "'ü😀\\u0000\\\"'", "'\\ud83d\\ude00'"})
  @DisplayName("3. A request id is echoed as it came")
  void requestId(String requestId) {
    Json sent = Json.parse(Json.quoted(requestId));

    assertThat(a.send("{'action':'zap','requestId':" + requestId + "}").expect("error").at("requestId")).isEqualTo(sent);
    assertThat(a.send("{'requestId':" + requestId + ",'action':'join_room','roomId':'R'}").expect("room_joined").at("requestId")).isEqualTo(sent);
    assertThat(a.send("{'action':'create_room','requestId':" + requestId + "}").expect("room_created").at("requestId")).isEqualTo(sent);
    assertThat(a.send("{'action':'create_room','roomId':'R','requestId':" + requestId + "}").expect("error").at("requestId")).isEqualTo(sent);
  }

  @ParameterizedTest
  @ValueSource(strings = {"null", "true", "{}", "[]", "['q']"})
  @DisplayName("3. A request id that is neither text nor number is as if it were not there")
  void noRequestId(String requestId) {
    assertThat(a.send("{'action':'zap','requestId':" + requestId + "}").expect("error").keys()).containsExactly("message");
    assertThat(a.send("{'action':'join_room','roomId':'R','requestId':" + requestId + "}").expect("room_joined").keys()).containsExactly("roomInfo");
  }

  @Test
  @DisplayName("3. A request id has up to 128 characters")
  void longRequestId() {
    assertThat(a.send("{'action':'zap','requestId':'" + "q".repeat(128) + "'}").expect("error").at("requestId").text()).hasSize(128);
    assertThat(a.send("{'action':'zap','requestId':'" + "q".repeat(129) + "'}").expect("error").has("requestId")).isFalse();
  }

  @Test
  @DisplayName("3. Messages that the server sends on its own have no request id")
  void unasked() {
    a.send("{'action':'join_room','roomId':'R','requestId':'q'}").forget();
    GalleryClient b = world.client("B").send("{'action':'join_room','roomId':'R','requestId':'w'}").forget();

    assertThat(a.expect("user_joined").keys()).containsExactly("user");
    world.client("A").join("R");
    assertThat(a.expect("error").keys()).containsExactly("message");
    world.delete("R");
    assertThat(b.expect("error").keys()).containsExactly("message");
  }

  // ---- At most once a second

  @Test
  @DisplayName("3.1 A client that streams poses after losing its room is told once a second")
  void stream() {
    int told = 0;
    for (int i = 0; i < 330; i++) {
      a.message("pose_update", "{}");
      told += a.events().size();
      world.pass(30);
    }

    assertThat(told).isEqualTo(10);
  }

  @Test
  @DisplayName("3.1 Other texts, other request ids and other connections are not held back; time is")
  void distinctFaults() {
    a.chat("x").chat("x");
    assertThat(a.fault()).isEqualTo("Not in a room");
    assertThat(a.direct("X", "1").fault()).isEqualTo("User not found");
    assertThat(a.send("{'action':'broadcast','requestId':1,'message':1}").fault()).isEqualTo("Not in a room");
    assertThat(a.send("{'action':'broadcast','requestId':'1','message':1}").fault()).isEqualTo("Not in a room");
    a.send("{'action':'broadcast','requestId':1,'message':1}").chat("x").nothing();
    assertThat(world.client("B").chat("x").fault()).isEqualTo("Not in a room");
    world.pass(999);
    a.chat("x").nothing();
    world.pass(1);
    assertThat(a.chat("x").fault()).isEqualTo("Not in a room");
    a.chat("x").nothing();
  }

  @Test
  @DisplayName("3.1 What cannot be read is not answered without end either")
  void unreadable() {
    for (int i = 0; i < 100; i++) {
      a.send("{bad");
    }

    assertThat(a.events()).hasSizeBetween(1, 5).containsOnly("error");
    world.pass(1_000);
    assertThat(a.send("{bad").fault()).isEqualTo("Invalid message format");
  }

  @Test
  @DisplayName("3.1 A failed broadcast and a failed join are told within the same second")
  void successClearsNothing() {
    world.create("P", "{'password':'x'}");
    assertThat(a.join("P").fault()).isEqualTo("Invalid password");
    a.join("P").nothing();
    a.join("P", "'password':'x'").expect("room_joined");
    assertThat(a.chat("x").leave().chat("x").fault()).isEqualTo("Not in a room");
  }
}
