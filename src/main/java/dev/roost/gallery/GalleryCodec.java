package dev.roost.gallery;

import dev.roost.core.Frame;
import dev.roost.core.RawJson;
import dev.roost.gallery.GalleryMessages.Connected;
import dev.roost.gallery.GalleryMessages.Fault;
import dev.roost.gallery.GalleryMessages.Outbound;
import dev.roost.gallery.GalleryMessages.RoomCreated;
import dev.roost.gallery.GalleryMessages.RoomJoined;
import dev.roost.gallery.GalleryMessages.UserJoined;
import dev.roost.gallery.GalleryMessages.UserLeft;
import dev.roost.transport.json.JsonOut;
import java.time.Instant;

/** Writes what the server sends: section 3.2 of the contract. Never a room as a whole: its configuration stays here. */
final class GalleryCodec {

  private GalleryCodec() {}

  static Frame encode(Outbound message) {
    JsonOut out = new JsonOut();
    switch (message) {
      case Connected m -> event(out, "connected").put("userId", m.userId());
      case RoomCreated m -> request(event(out, "room_created"), m.requestId()).put("roomId", m.roomId());
      case RoomJoined m -> roomJoined(request(event(out, "room_joined"), m.requestId()), m);
      case UserJoined m -> user(event(out, "user_joined").object("user"), m.user(), m.now()).end();
      case UserLeft m -> event(out, "user_left").put("userId", m.userId());
      case Fault m -> request(event(out, "error").put("message", m.message()), m.requestId());
    }
    return out.end().toFrame();
  }

  /** The user id as it stands in every message that this user sends. */
  static RawJson literal(String userId) {
    return JsonOut.text(userId);
  }

  private static JsonOut event(JsonOut out, String name) {
    return out.put("event", name).object("data");
  }

  private static JsonOut request(JsonOut out, RawJson requestId) {
    return requestId.isPresent() ? out.put("requestId", requestId) : out;
  }

  private static void roomJoined(JsonOut out, RoomJoined joined) {
    out.object("roomInfo").put("roomId", joined.roomId()).list("users");
    for (Client client : joined.users()) {
      user(out.item(), client, joined.now()).end();
    }
    out.endList().object("state").put("version", joined.state().version());
    joined.state().keys().forEach(out::put);
    out.list("annotations");
    joined.state().annotations().forEach(annotation -> out.item(annotation.whole()));
    out.endList().list("focusPoints");
    joined.focusPoints().forEach(focus -> out.item(focus.whole()));
    out.endList().end().put("createdAt", joined.createdAt().toEpochMilli()).end();
  }

  private static JsonOut user(JsonOut out, Client client, Instant now) {
    out.put("id", client.id()).put("name", client.name()).put("role", client.role().wire());
    if (client.avatar().isPresent()) {
      out.put("avatar", client.avatar());
    }
    return out.put("connected", true).put("lastSeen", now.toEpochMilli());
  }
}
