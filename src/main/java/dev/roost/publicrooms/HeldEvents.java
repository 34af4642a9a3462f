package dev.roost.publicrooms;

import dev.roost.publicrooms.PublicRoomsMessages.Inbound;
import dev.roost.publicrooms.PublicRoomsMessages.JoinRoom;
import dev.roost.publicrooms.PublicRoomsMessages.LeaveRoom;
import dev.roost.publicrooms.PublicRoomsMessages.MediaRequest;
import dev.roost.publicrooms.PublicRoomsMessages.Pong;
import dev.roost.publicrooms.PublicRoomsMessages.SendMessage;
import dev.roost.publicrooms.PublicRoomsMessages.Toggle;
import dev.roost.publicrooms.PublicRoomsMessages.Unknown;
import dev.roost.publicrooms.PublicRoomsMessages.WebRtcSignal;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Events of a socket that waits for admission (section 2.3), in order; few and small ones, as everybody may wait. What does not fit is dropped. On the rooms' loop. */
final class HeldEvents {
  static final int MAX_EVENTS = 32;
  /** Enough for the longest signal. */
  static final int MAX_BYTES = 128 << 10;

  /** Of an event that says nothing, with who waits for its answer. */
  private static final int EVENT_BYTES = 128;

  private List<Inbound> events = List.of();
  private long bytes;

  /** Whether it fits. */
  boolean add(Inbound message) {
    long size = bytes(message) + EVENT_BYTES;
    if (events.size() >= MAX_EVENTS || bytes + size > MAX_BYTES) {
      return false;
    }
    if (events.isEmpty()) {
      events = new ArrayList<>(4);
    }
    events.add(message);
    bytes += size;
    return true;
  }

  List<Inbound> take() {
    List<Inbound> taken = events;
    events = List.of();
    bytes = 0;
    return taken;
  }

  /** What it keeps in memory, roughly. */
  private static long bytes(Inbound message) {
    return switch (message) {
      case JoinRoom join -> length(join.userId()) + length(join.userName());
      case LeaveRoom leave -> length(leave.userId());
      case Pong pong -> 0;
      case SendMessage chat -> length(chat.userId()) + length(chat.content());
      case Toggle toggle -> length(toggle.userId());
      case MediaRequest request -> 0;
      case WebRtcSignal signal -> length(signal.targetUserId()) + Math.max(signal.body().description().bytes().length, signal.body().candidate().bytes().length);
      case Unknown unknown -> unknown.name().length();
    };
  }

  private static long length(Optional<String> text) {
    return text.map(String::length).orElse(0);
  }
}
