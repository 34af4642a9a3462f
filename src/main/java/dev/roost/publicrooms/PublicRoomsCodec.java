package dev.roost.publicrooms;

import dev.roost.core.RawJson;
import dev.roost.publicrooms.PublicRoomsMessages.Announcement;
import dev.roost.publicrooms.PublicRoomsMessages.ChatHistoryEvent;
import dev.roost.publicrooms.PublicRoomsMessages.ChatMessage;
import dev.roost.publicrooms.PublicRoomsMessages.ErrorEvent;
import dev.roost.publicrooms.PublicRoomsMessages.Medium;
import dev.roost.publicrooms.PublicRoomsMessages.Outbound;
import dev.roost.publicrooms.PublicRoomsMessages.ParticipantToggle;
import dev.roost.publicrooms.PublicRoomsMessages.Ping;
import dev.roost.publicrooms.PublicRoomsMessages.RateLimitExceeded;
import dev.roost.publicrooms.PublicRoomsMessages.RelayedSignal;
import dev.roost.publicrooms.PublicRoomsMessages.RoomOccupancyUpdate;
import dev.roost.publicrooms.PublicRoomsMessages.SystemCapacityQueue;
import dev.roost.publicrooms.PublicRoomsMessages.UserJoined;
import dev.roost.publicrooms.PublicRoomsMessages.UserLeft;
import dev.roost.transport.json.JsonOut;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;

/** Writes what the server sends: sections 3.2 to 3.5 of the contract. Any thread. */
final class PublicRoomsCodec {
  /** As {@code Date.toISOString} of browsers writes it: always three digits of the second. */
  private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);

  private PublicRoomsCodec() {}

  /**
   * An event of Socket.IO.
   *
   * @param argument the only one; absent if the event has none
   */
  record Event(String name, RawJson argument) {}

  static Event encode(Outbound message) {
    JsonOut out = new JsonOut();
    return switch (message) {
      case UserJoined m -> event("user-joined", out.put("userId", m.userId()).put("userName", m.userName()).put("joinedAt", time(m.joinedAt()))
          .put("currentOccupancy", m.currentOccupancy()));
      case UserLeft m -> event("user-left", out.put("userId", m.userId()).put("currentOccupancy", m.currentOccupancy()));
      case Ping m -> new Event("ping", RawJson.ABSENT);
      case ErrorEvent m -> event("error", error(out, m));
      case ChatHistoryEvent m -> event("chat-history", history(out, m));
      case ChatMessage m -> event("new-message", chatMessage(out, m));
      case RateLimitExceeded m -> event("rate-limit-exceeded", out.put("action", m.action()).put("message", m.message()).put("resetTime", time(m.resetTime())));
      case ParticipantToggle m -> event(m.medium() == Medium.VIDEO ? "participant-video-toggle" : "participant-audio-toggle",
          out.put("userId", m.userId()).put("enabled", m.enabled()));
      case SystemCapacityQueue m -> event("system-capacity-queue", out.put("message", m.message()).put("queuePosition", m.queuePosition()));
      case RelayedSignal m -> event("webrtc-signal", signal(out, m));
      case Announcement m -> new Event(m.event(), m.data());
      case RoomOccupancyUpdate m -> event("room-occupancy-update", out.put("roomId", m.roomId()).put("currentOccupancy", m.currentOccupancy()));
    };
  }

  /** The answer to a callback when all went well. */
  static RawJson acknowledged() {
    return new JsonOut().put("ok", true).toRaw();
  }

  /** The answer to a callback when it did not. */
  static RawJson refused(FaultCode code) {
    return new JsonOut().put("error", code.name()).toRaw();
  }

  static String time(Instant instant) {
    return TIME.format(instant);
  }

  /** A message as it is sent, and as it is kept. */
  static JsonOut chatMessage(JsonOut out, ChatMessage message) {
    return out.put("id", message.id()).put("userId", message.userId()).put("userName", message.userName()).put("content", message.content()).put("timestamp", time(message.timestamp()));
  }

  private static Event event(String name, JsonOut argument) {
    return new Event(name, argument.toRaw());
  }

  private static JsonOut error(JsonOut out, ErrorEvent error) {
    out.put("code", error.code().name()).put("message", error.message());
    error.retryAfter().ifPresent(seconds -> out.put("retryAfter", seconds));
    return out;
  }

  private static JsonOut history(JsonOut out, ChatHistoryEvent history) {
    out.list("messages");
    history.messages().forEach(message -> chatMessage(out.item(), message).end());
    return out.endList();
  }

  private static JsonOut signal(JsonOut out, RelayedSignal signal) {
    out.put("fromUserId", signal.fromUserId());
    if (signal.body().description().isPresent()) {
      out.put("description", signal.body().description());
    }
    if (signal.body().candidate().isPresent()) {
      out.put("candidate", signal.body().candidate());
    }
    return out;
  }
}
