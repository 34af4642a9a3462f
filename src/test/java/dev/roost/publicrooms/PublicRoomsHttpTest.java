package dev.roost.publicrooms;

import static dev.roost.publicrooms.RestEdge.A;
import static dev.roost.publicrooms.RestEdge.B;
import static dev.roost.publicrooms.RestEdge.assertError;
import static dev.roost.publicrooms.RestEdge.body;
import static dev.roost.publicrooms.RestEdge.text;
import static org.assertj.core.api.Assertions.assertThat;

import dev.roost.publicrooms.PublicRoomsMessages.JoinRoom;
import dev.roost.publicrooms.PublicRoomsMessages.RoomOccupancyUpdate;
import dev.roost.publicrooms.PublicRoomsMessages.UserLeft;
import dev.roost.sim.Json;
import dev.roost.transport.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Section 1.4: the four requests, and the exact answers to them. */
class PublicRoomsHttpTest {
  private static final String ROOMS = "/api/public/rooms";
  private static final String USERS = "/api/public/users";
  private static final String NOBODY = "00000000-0000-4000-8000-000000000000";

  private final RestEdge edge = new RestEdge();

  private HttpResponse join(String body) {
    return edge.post(A, ROOMS + "/" + edge.room(0) + "/join", body);
  }

  @Test
  @DisplayName("1. The rooms, in the order of their numbers")
  void rooms() {
    HttpResponse response = edge.get(A, ROOMS);

    assertThat(response.status()).isEqualTo(200);
    assertThat(body(response).at("success").bool()).isTrue();
    List<Json> rooms = body(response).at("data", "rooms").items();
    assertThat(rooms).extracting(room -> room.at("name").text()).startsWith("Study Room 1", "Study Room 2").endsWith("Study Room 9", "Study Room 10").hasSize(10);
    assertThat(rooms).allSatisfy(room -> {
      assertThat(room.keys()).containsExactlyInAnyOrder("id", "name", "currentOccupancy", "capacity", "isFull");
      assertThat(room.at("currentOccupancy").number()).isZero();
      assertThat(room.at("capacity").number()).isEqualTo(10);
      assertThat(room.at("isFull").bool()).isFalse();
    });
  }

  @Test
  @DisplayName("2. One user for one address, with the last name")
  void users() {
    HttpResponse first = edge.post(A, USERS, "{'displayName':' Ann '}");
    HttpResponse second = edge.post(A, USERS, "{'displayName':'Bea'}");
    HttpResponse other = edge.post(B, USERS, "{'displayName':'Bob'}");

    assertThat(List.of(first.status(), second.status(), other.status())).containsOnly(201);
    String userId = body(first).at("data", "userId").text();
    assertThat(PublicRoomsParser.isUuid(userId)).isTrue();
    assertThat(text(second)).isEqualTo(Json.quoted("{'success':true,'data':{'userId':'" + userId + "','displayName':'Bea'}}"));
    assertThat(body(first).at("data", "displayName").text()).isEqualTo("Ann");
    assertThat(body(other).at("data", "userId").text()).isNotEqualTo(userId);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "{", "null", "[]", "'Ann'", "5", "{}", "{'displayName':5}", "{'displayName':null}", "{'displayName':['Ann']}", "{'displayName':''}", "{'displayName':'  '}",
      "{'displayName':'\\t\\u00a0'}", "{'displayName':'123456789012345678901234567890123456789012345678901'}", "{'displayName':'Ann'} x", "{'displayName':'Ann','displayName':7}",
      "{'displayName':'<b>12345678901234567890123456789012345678901234</b>'}", "{'DisplayName':'Ann'}"})
  @DisplayName("3. Bad names")
  void badNames(String given) {
    HttpResponse response = edge.post(A, USERS, given);

    assertError(response, 400, "INVALID_INPUT");
    Json detail = body(response).at("error", "details", 0);
    assertThat(detail.at("type").text()).isEqualTo("field");
    assertThat(detail.at("msg").text()).isNotBlank();
    assertThat(detail.at("location").text()).isEqualTo("body");
    assertThat(detail.has("path")).isTrue();
  }

  @Test
  @DisplayName("3. What is wrong is named, with its value")
  void details() {
    assertThat(body(edge.post(A, USERS, "{'displayName':5}")).at("error", "details")).isEqualTo(Json.parse(Json.quoted(
        "[{'type':'field','msg':'displayName must be a text of 1-50 characters','path':'displayName','location':'body','value':5}]")));
    assertThat(body(edge.post(A, USERS, "{}")).at("error", "details")).isEqualTo(Json.parse(Json.quoted(
        "[{'type':'field','msg':'displayName must be a text of 1-50 characters','path':'displayName','location':'body'}]")));
    HttpResponse both = edge.post(A, ROOMS + "/abc-123-def-456/join", "{'userId':'x'}");
    assertThat(body(both).at("error", "details")).isEqualTo(Json.parse(Json.quoted(
        "[{'type':'field','msg':'roomId must be a UUID','path':'roomId','location':'params','value':'abc-123-def-456'},"
            + "{'type':'field','msg':'userId must be a UUID','path':'userId','location':'body','value':'x'}]")));
    assertThat(text(edge.post(A, USERS, "{'displayName':'" + "x".repeat(5_000) + "'}"))).as("a long value does not come back").hasSizeLessThan(400);
  }

  @ParameterizedTest
  @ValueSource(strings = {"<b></b>", "<script>", "\\u0000", "\\u200b", "<\\u0000b>", "\\ud83d"})
  @DisplayName("3. Nothing left after sanitising")
  void nothingLeft(String name) {
    assertError(edge.post(A, USERS, "{'displayName':'" + name + "'}"), 400, "INVALID_DISPLAY_NAME");
  }

  @ParameterizedTest
  @CsvSource(quoteCharacter = '`', delimiter = '|', value = {"O\\u0027Brien | O&#x27;Brien", "Create & Update | Create &amp; Update",
      "<script>alert(\\\"x\\\")</script> | alert(&quot;x&quot;)", "12345678901234567890123456789012345678901234567890 | 12345678901234567890123456789012345678901234567890"})
  @DisplayName("3. Names of people")
  void goodNames(String name, String shown) {
    HttpResponse response = edge.ask(RestEdge.request("POST", USERS, A, Map.of("content-type", List.of("application/json; charset=utf-8")),
        ("{\"displayName\":\"" + name + "\"}").getBytes(StandardCharsets.UTF_8)));

    assertThat(response.status()).as(text(response)).isEqualTo(201);
    assertThat(body(response).at("data", "displayName").text()).isEqualTo(shown).doesNotContain("<");
  }

  @Test
  @DisplayName("4. Join: the room and its participants after it, and the viewers are told")
  void join() {
    String user = edge.user(A);
    String room = edge.room(2);
    edge.loop.passMillis(1_500);
    HttpResponse response = edge.join(A, room, user);

    assertThat(response.status()).isEqualTo(200);
    assertThat(text(response)).isEqualTo(Json.quoted("{'success':true,'data':{'room':{'id':'" + room + "','name':'Study Room 3','currentOccupancy':1,'capacity':10,'isFull':false},"
        + "'participants':[{'id':'" + user + "','displayName':'Someone','isVideoEnabled':false,'isAudioEnabled':false,'joinedAt':'2026-01-01T00:00:01.500Z'}]}}"));
    assertThat(edge.updates).containsExactly(new RoomOccupancyUpdate(room, 1));
    assertThat(body(edge.get(B, ROOMS)).at("data", "rooms", 2, "currentOccupancy").number()).isEqualTo(1);
  }

  @Test
  @DisplayName("5. Double join, in this room or another")
  void doubleJoin() {
    String user = edge.user(A);
    edge.join(A, edge.room(0), user);

    assertError(edge.join(A, edge.room(0), user), 409, "ALREADY_IN_ROOM");
    assertError(edge.join(A, edge.room(1), user), 409, "ALREADY_IN_ROOM");
    assertThat(edge.rooms.rooms()).extracting(RoomView::currentOccupancy).startsWith(1, 0, 0);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "{}", "[]", "{'userId':5}", "{'userId':''}", "{'userId':'abc-123-def-456'}", "{'userId':'00000000-0000-4000-8000-00000000000'}",
      "{'userId':'00000000000040008000000000000000'}", "{'userId':'{00000000-0000-4000-8000-000000000000}'}", "{'userId':'g0000000-0000-4000-8000-000000000000'}", "{'userid':'" + NOBODY + "'}"})
  @DisplayName("6. What is no UUID")
  void badIds(String given) {
    assertError(join(given), 400, "INVALID_INPUT");
    assertError(edge.post(A, ROOMS + "/" + edge.room(0) + "/leave", given), 400, "INVALID_INPUT");
  }

  @Test
  @DisplayName("6. Unknown ids; of two faults the first in the contract's order counts")
  void unknownIds() {
    String user = edge.user(A);
    String another = edge.user(B);

    assertError(edge.join(A, "x", user), 400, "INVALID_INPUT");
    assertError(edge.join(A, "x", NOBODY), 400, "INVALID_INPUT");
    assertError(edge.join(A, NOBODY, NOBODY), 404, "USER_NOT_FOUND");
    assertError(edge.join(A, NOBODY, another), 403, "INVALID_USER");
    assertError(edge.join(A, NOBODY, user), 404, "ROOM_NOT_FOUND");
  }

  @Test
  @DisplayName("7. A foreign user neither joins nor leaves")
  void foreignUser() {
    String user = edge.user(A);
    String room = edge.room(0);
    assertError(edge.join(B, room, user), 403, "INVALID_USER");
    edge.join(A, room, user);

    assertError(edge.leave(B, room, user), 403, "INVALID_USER");
    assertThat(edge.rooms.rooms().getFirst().currentOccupancy()).isEqualTo(1);
  }

  @Test
  @DisplayName("8. The last seat: whoever is served first has it; full, and then left")
  void lastSeat() {
    RestEdge small = new RestEdge("PUBLIC_ROOMS_CAPACITY", "3");
    String room = small.room(0);
    List<Integer> answers = new ArrayList<>();
    String first = small.user("10.0.0.0");
    answers.add(small.join("10.0.0.0", room, first).status());
    for (int i = 1; i < 10; i++) {
      HttpResponse response = small.join("10.0.0." + i, room, small.user("10.0.0." + i));
      answers.add(response.status());
      if (response.status() == 409) {
        assertError(response, 409, "ROOM_FULL");
      }
    }
    assertThat(answers).containsExactly(200, 200, 200, 409, 409, 409, 409, 409, 409, 409);
    assertThat(body(small.get(A, ROOMS)).at("data", "rooms", 0, "isFull").bool()).isTrue();

    assertThat(small.leave("10.0.0.0", room, first).status()).isEqualTo(200);
    assertThat(small.leave("10.0.0.0", room, first).status()).isEqualTo(200);
    assertThat(small.rooms.rooms().getFirst().currentOccupancy()).isEqualTo(2);
  }

  @Test
  @DisplayName("20. Leave is fine also where there is nothing to leave")
  void leaveNothing() {
    String user = edge.user(A);
    HttpResponse response = edge.leave(A, edge.room(0), user);

    assertThat(response.status()).isEqualTo(200);
    assertThat(body(response).keys()).containsExactlyInAnyOrder("success", "message");
    assertThat(edge.leave(A, edge.room(0), NOBODY).status()).isEqualTo(200);
    assertThat(edge.leave(A, NOBODY, user).status()).isEqualTo(200);
    assertThat(edge.updates).isEmpty();
  }

  @Test
  @DisplayName("21. Who leaves by REST is announced once, and its socket ended")
  void leaveOfASocket() {
    String a = edge.user(A);
    String b = edge.user(B);
    String room = edge.room(0);
    RestEdge.Socket socketA = edge.connect(A, room);
    RestEdge.Socket socketB = edge.connect(B, room);
    edge.loop.run(() -> edge.rooms.received(socketA, new JoinRoom(Optional.of(a), Optional.empty())));
    edge.loop.run(() -> edge.rooms.received(socketB, new JoinRoom(Optional.of(b), Optional.empty())));
    socketB.received.clear();

    assertThat(edge.leave(A, room, a).status()).isEqualTo(200);
    assertThat(socketB.received).containsExactly(new UserLeft(a, 1));
    assertThat(socketA.isOver).isTrue();
  }

  @Test
  @DisplayName("Ids in capital letters are the same ids")
  void capitals() {
    String user = edge.user(A);
    assertThat(edge.join(A, edge.room(0).toUpperCase(Locale.ROOT), user.toUpperCase(Locale.ROOT)).status()).isEqualTo(200);
  }

  @Test
  @DisplayName("2.1. A user who does nothing for 30 minutes is gone; every request counts as doing something")
  void expiry() {
    String user = edge.user(A);
    for (int i = 0; i < 4; i++) {
      edge.loop.pass(Duration.ofMinutes(29));
      assertThat(edge.get(A, ROOMS).status()).isEqualTo(200);
    }
    assertThat(edge.join(A, edge.room(0), user).status()).isEqualTo(200);
    edge.loop.pass(Duration.ofMinutes(31));
    assertError(edge.join(A, edge.room(0), user), 404, "USER_NOT_FOUND");
    assertThat(edge.rooms.rooms().getFirst().currentOccupancy()).isZero();
  }

  @Test
  @DisplayName("Times on the wire are of the loop's clock")
  void clock() {
    assertThat(Instant.parse(edge.get(A, ROOMS).headers().get("X-RateLimit-Reset"))).isEqualTo(edge.loop.now().plusSeconds(60));
  }
}
