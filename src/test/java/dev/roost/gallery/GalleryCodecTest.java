package dev.roost.gallery;

import static org.assertj.core.api.Assertions.assertThat;

import dev.roost.core.Frame;
import dev.roost.core.RawJson;
import dev.roost.gallery.GalleryMessages.Connected;
import dev.roost.gallery.GalleryMessages.Fault;
import dev.roost.gallery.GalleryMessages.Outbound;
import dev.roost.gallery.GalleryMessages.RoomCreated;
import dev.roost.gallery.GalleryMessages.UserJoined;
import dev.roost.gallery.GalleryMessages.UserLeft;
import dev.roost.sim.Json;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Section 3.2: exactly these keys, and nothing that is not the receiver's business. */
class GalleryCodecTest {
  private final GalleryWorld world = new GalleryWorld();

  @Test
  @DisplayName("3.2 The small ones, byte by byte")
  void small() {
    assertThat(text(new Connected("u\"1"))).isEqualTo("{\"event\":\"connected\",\"data\":{\"userId\":\"u\\\"1\"}}");
    assertThat(text(new RoomCreated(RawJson.ABSENT, "R"))).isEqualTo("{\"event\":\"room_created\",\"data\":{\"roomId\":\"R\"}}");
    assertThat(text(new RoomCreated(RawJson.of("7.0"), "R"))).isEqualTo("{\"event\":\"room_created\",\"data\":{\"requestId\":7.0,\"roomId\":\"R\"}}");
    assertThat(text(new UserLeft("A"))).isEqualTo("{\"event\":\"user_left\",\"data\":{\"userId\":\"A\"}}");
    assertThat(text(new Fault("Room is full", RawJson.ABSENT))).isEqualTo("{\"event\":\"error\",\"data\":{\"message\":\"Room is full\"}}");
    assertThat(text(new Fault("Room is full", RawJson.of("\"q\"")))).isEqualTo("{\"event\":\"error\",\"data\":{\"message\":\"Room is full\",\"requestId\":\"q\"}}");
    assertThat(text(new Fault("Invalid message format", RawJson.of("null")))).isEqualTo("{\"event\":\"error\",\"data\":{\"message\":\"Invalid message format\",\"requestId\":null}}");
  }

  @Test
  @DisplayName("3.2 A user: six keys with an avatar, five without one")
  void user() {
    GalleryClient a = world.client("A").join("R", "'userInfo':{'name':'Ann \\ud83d\\ude00','role':'editor','avatar':{'type':'vrm','displayName':'x','color':'red'}}");
    world.pass(5);

    assertThat(Json.parse(text(new UserJoined(a.client(), world.loop.now())))).isEqualTo(Json.parse(Json.quoted("{'event':'user_joined','data':{'user':{'id':'A','name':'Ann 😀',"
        + "'role':'editor','avatar':{'type':'vrm','displayName':'x','color':'red'},'connected':true,'lastSeen':" + world.loop.now().toEpochMilli() + "}}}")));
    assertThat(Json.parse(text(new UserJoined(world.client("B").client(), world.loop.now()))).at("data", "user")).isEqualTo(
        Json.parse(Json.quoted("{'id':'B','name':'B','role':'viewer','connected':true,'lastSeen':" + world.loop.now().toEpochMilli() + "}")));
  }

  @Test
  @DisplayName("3.2 room_joined: four keys of the room, seven of its state and those of its updates; no config, no password anywhere")
  void roomJoined() {
    world.create("R", "{'persistent':true,'name':'secret name','maxUsers':17,'password':'secret word','permissions':{'allowCameraControl':'host'}}");
    GalleryClient a = world.client("A").join("R", "'password':'secret word'", "'userInfo':{'role':'host'}");
    a.forget().update(3, "{'own':{'x':1}}").annotate("n").focus("/x");

    GalleryClient b = world.client("B").send("{'action':'join_room','roomId':'R','password':'secret word','requestId':'q','userInfo':{'name':'Bob'}}");
    Json joined = b.expect("room_joined");

    assertThat(joined.keys()).containsExactlyInAnyOrder("requestId", "roomInfo");
    Json info = joined.at("roomInfo");
    assertThat(info.keys()).containsExactlyInAnyOrder("roomId", "users", "state", "createdAt");
    assertThat(info.at("state").keys())
        .containsExactlyInAnyOrder("version", "sceneUrl", "sceneLoaded", "treeViewState", "annotations", "focusPoints", "sessionSettings", "own");
    assertThat(info.at("users").items()).allSatisfy(user -> assertThat(user.keys()).containsExactlyInAnyOrder("id", "name", "role", "connected", "lastSeen"));
    assertThat(joined.toString()).doesNotContain("secret", "persistent", "config", "password", "author", "hash");
  }

  @Test
  @DisplayName("11. The password is in no frame, whatever happens")
  void noPassword() {
    world.create("R", "{'password':'secret word','name':'secret name'}");
    GalleryClient a = world.client("A").join("R", "'password':'secret word'", "'hostKey':'secret key'");
    GalleryClient b = world.client("B").join("R", "'password':'secret wort'").join("R", "'password':'secret word'", "'requestId':1").create("R", "{'password':'secret word'}");
    b.annotate("n").chat("x").join("S").forget();
    world.delete("R");

    List<Json> all = a.take();
    assertThat(all).extracting(message -> message.at("event").text()).contains("room_joined", "user_joined", "message", "user_left", "error");
    assertThat(all.toString()).doesNotContain("secret");
  }

  @Test
  @DisplayName("3.2 What updates put into the state comes out byte by byte, and keys of any kind")
  void verbatim() {
    GalleryClient a = world.viewer("A", "R").update("{'k\\u0000\\\"':[ 1.50 ,-0.0 ],'ü':'\\ud800'}").annotate("n");
    a.join("R");

    String frame = text(new GalleryMessages.RoomJoined(RawJson.ABSENT, "R", world.room("R").members(), world.room("R").state(), List.of(), world.loop.now(), world.loop.now()));

    assertThat(frame).contains("\"k\\u0000\\\"\":[ 1.50 ,-0.0 ]").contains("\"ü\":\"\\ud800\"").contains("\"annotations\":[{\"id\":\"n\",\"userId\":\"A\",\"text\":\"t\"}]");
  }

  @ParameterizedTest
  @ValueSource(strings = {"A", "", "\"", "\\", "a\"b\\c/d", "ü😀", "</script>", "\u2028"})
  @DisplayName("3.2 The literal of a user id is that id in JSON")
  void literal(String userId) {
    assertThat(Json.parse(GalleryCodec.literal(userId).toString())).isEqualTo(new Json(userId));
  }

  private static String text(Outbound message) {
    Frame frame = GalleryCodec.encode(message);
    return frame.payloadText();
  }
}
