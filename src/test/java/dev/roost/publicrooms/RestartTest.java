package dev.roost.publicrooms;

import static dev.roost.publicrooms.RestEdge.A;
import static dev.roost.publicrooms.RestEdge.B;
import static dev.roost.publicrooms.RestEdge.body;
import static org.assertj.core.api.Assertions.assertThat;

import dev.roost.publicrooms.PublicRoomsMessages.ChatHistoryEvent;
import dev.roost.publicrooms.PublicRoomsMessages.ChatMessage;
import dev.roost.publicrooms.PublicRoomsMessages.JoinRoom;
import dev.roost.publicrooms.PublicRoomsMessages.Outbound;
import dev.roost.publicrooms.PublicRoomsMessages.SendMessage;
import dev.roost.store.Store;
import dev.roost.store.Stores;
import dev.roost.transport.Operators;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What visitors find again after a restart, and what not: names, rooms and chat outlive it, seats do not. */
class RestartTest {
  @TempDir
  Path folder;
  private Store store;

  @BeforeEach
  void open() {
    store = Stores.open(folder.resolve("roost.db").toString());
  }

  @AfterEach
  void close() {
    store.close();
  }

  /** A server whose clock goes on by so much since the first one began. */
  private RestEdge start(Duration later, String... settings) {
    close();
    open();
    return new RestEdge(store, new Operators(""), later, settings);
  }

  private static RestEdge.Socket joined(RestEdge edge, String address, String userId) {
    RestEdge.Socket socket = edge.connect(address, edge.room(0));
    edge.loop.run(() -> edge.rooms.received(socket, new JoinRoom(Optional.of(userId), Optional.empty())));
    return socket;
  }

  private static void say(RestEdge edge, RestEdge.Socket socket, String userId, String content) {
    edge.loop.run(() -> edge.rooms.received(socket, new SendMessage(Optional.of(userId), Optional.of(content))));
  }

  private static List<String> history(RestEdge.Socket socket) {
    for (Outbound message : socket.received) {
      if (message instanceof ChatHistoryEvent history) {
        return history.messages().stream().map(ChatMessage::content).toList();
      }
    }
    throw new AssertionError("No history in " + socket.received);
  }

  @Test
  @DisplayName("34. Users, names and rooms stay; all seats are free")
  void usersAndRooms() {
    RestEdge first = start(Duration.ZERO);
    String a = body(first.post(A, "/api/public/users", "{'displayName':'O\u2019Brien & S\u00F6hne'}")).at("data", "userId").text();
    String b = first.user(B);
    joined(first, A, a);
    assertThat(first.join(B, first.room(0), b).status()).isEqualTo(200);
    List<String> rooms = first.rooms.rooms().stream().map(RoomView::id).toList();
    RestEdge second = start(Duration.ofMinutes(5));

    assertThat(second.rooms.rooms()).extracting(RoomView::id).isEqualTo(rooms);
    assertThat(second.rooms.rooms()).allSatisfy(room -> assertThat(room.currentOccupancy()).isZero());
    assertThat(second.hash.of(A)).as("the key of the hashes").isEqualTo(first.hash.of(A));
    assertThat(body(second.join(A, second.room(0), a)).at("data", "participants", 0, "displayName").text()).isEqualTo("O\u2019Brien &amp; S\u00F6hne");
    assertThat(second.join(B, second.room(0), a).status()).as("whose user it is").isEqualTo(403);
    assertThat(second.user(B)).isEqualTo(b);
  }

  @Test
  @DisplayName("2.1. Who was away for longer than 30 minutes, the restart included, is gone")
  void expiry() {
    RestEdge first = start(Duration.ZERO);
    String a = first.user(A);
    String b = first.user(B);
    first.loop.pass(Duration.ofMinutes(20));
    first.get(B, "/api/public/rooms");
    RestEdge second = start(Duration.ofMinutes(31));

    assertThat(second.join(A, second.room(0), a).status()).isEqualTo(404);
    assertThat(second.join(B, second.room(0), b).status()).isEqualTo(200);
    assertThat(second.user(A)).isNotEqualTo(a);
  }

  @Test
  @DisplayName("3.4. The chat goes on where it was, within the history")
  void chat() {
    RestEdge first = start(Duration.ZERO, "PUBLIC_ROOMS_CHAT_HISTORY", "3");
    String a = first.user(A);
    RestEdge.Socket before = joined(first, A, a);
    for (int i = 1; i <= 4; i++) {
      say(first, before, a, "m" + i);
    }
    RestEdge second = start(Duration.ofMinutes(1), "PUBLIC_ROOMS_CHAT_HISTORY", "3");
    RestEdge.Socket between = joined(second, A, a);
    assertThat(history(between)).containsExactly("m2", "m3", "m4");
    say(second, between, a, "m5 &");
    RestEdge third = start(Duration.ofMinutes(2), "PUBLIC_ROOMS_CHAT_HISTORY", "2");
    RestEdge.Socket after = joined(third, A, a);
    assertThat(history(after)).as("of a shorter history").containsExactly("m4", "m5 &amp;");
    RestEdge fourth = start(Duration.ofMinutes(3));
    assertThat(history(joined(fourth, A, a))).as("what was beyond it is gone for good").containsExactly("m4", "m5 &amp;");
  }
}
