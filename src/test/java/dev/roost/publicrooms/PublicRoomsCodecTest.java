package dev.roost.publicrooms;

import static org.assertj.core.api.Assertions.assertThat;

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
import dev.roost.publicrooms.PublicRoomsMessages.SignalBody;
import dev.roost.publicrooms.PublicRoomsMessages.SystemCapacityQueue;
import dev.roost.publicrooms.PublicRoomsMessages.UserJoined;
import dev.roost.publicrooms.PublicRoomsMessages.UserLeft;
import dev.roost.sim.Json;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What the server sends, to the letter: sections 3.2 to 3.5. Single quotes stand for double ones. */
class PublicRoomsCodecTest {
  private static final Instant TIME = Instant.parse("2026-01-01T00:00:00Z");
  private static final ChatMessage MESSAGE = new ChatMessage("m", "u", "Ann", "O&#x27;clock \u00E9", TIME.plusMillis(7));
  private static final String MESSAGE_TEXT = "{'id':'m','userId':'u','userName':'Ann','content':'O&#x27;clock \u00E9','timestamp':'2026-01-01T00:00:00.007Z'}";

  private static void assertSent(Outbound message, String event, String argument) {
    assertThat(PublicRoomsCodec.encode(message).name()).isEqualTo(event);
    assertThat(PublicRoomsCodec.encode(message).argument()).hasToString(Json.quoted(argument));
  }

  @Test
  @DisplayName("3.2. Core events")
  void core() {
    assertSent(new UserJoined("u", "Ann", TIME, 2), "user-joined", "{'userId':'u','userName':'Ann','joinedAt':'2026-01-01T00:00:00.000Z','currentOccupancy':2}");
    assertSent(new UserLeft("u", 0), "user-left", "{'userId':'u','currentOccupancy':0}");
    assertSent(new ErrorEvent(FaultCode.INVALID_USER, "No", Optional.empty()), "error", "{'code':'INVALID_USER','message':'No'}");
    assertSent(new ErrorEvent(FaultCode.RECONNECTION_THROTTLED, "No", Optional.of(4L)), "error", "{'code':'RECONNECTION_THROTTLED','message':'No','retryAfter':4}");
    assertSent(new Announcement("room-update", RawJson.of("[1, null]")), "room-update", "[1, null]");
  }

  @Test
  @DisplayName("3.2. ping has no payload")
  void ping() {
    assertThat(PublicRoomsCodec.encode(new Ping())).isEqualTo(new PublicRoomsCodec.Event("ping", RawJson.ABSENT));
  }

  @Test
  @DisplayName("3.4. Extensions")
  void extensions() {
    assertSent(MESSAGE, "new-message", MESSAGE_TEXT);
    assertSent(new ChatHistoryEvent(List.of()), "chat-history", "{'messages':[]}");
    assertSent(new ChatHistoryEvent(List.of(MESSAGE, MESSAGE)), "chat-history", "{'messages':[" + MESSAGE_TEXT + "," + MESSAGE_TEXT + "]}");
    assertSent(new RateLimitExceeded("chat_message", "Slowly", TIME), "rate-limit-exceeded", "{'action':'chat_message','message':'Slowly','resetTime':'2026-01-01T00:00:00.000Z'}");
    assertSent(new ParticipantToggle(Medium.VIDEO, "u", true), "participant-video-toggle", "{'userId':'u','enabled':true}");
    assertSent(new ParticipantToggle(Medium.AUDIO, "u", false), "participant-audio-toggle", "{'userId':'u','enabled':false}");
    assertSent(new SystemCapacityQueue("Wait", 1), "system-capacity-queue", "{'message':'Wait','queuePosition':1}");
    assertSent(new RoomOccupancyUpdate("r", 3), "room-occupancy-update", "{'roomId':'r','currentOccupancy':3}");
  }

  @Test
  @DisplayName("3.5. A signal is relayed as it came in, with what it had")
  void signals() {
    assertSent(new RelayedSignal("u", new SignalBody(RawJson.of("{ \"type\":\"offer\" }"), RawJson.ABSENT)), "webrtc-signal", "{'fromUserId':'u','description':{ 'type':'offer' }}");
    assertSent(new RelayedSignal("u", new SignalBody(RawJson.ABSENT, RawJson.of("null"))), "webrtc-signal", "{'fromUserId':'u','candidate':null}");
    assertThat(PublicRoomsCodec.acknowledged()).hasToString("{\"ok\":true}");
    assertThat(PublicRoomsCodec.refused(FaultCode.NOT_PARTICIPANT)).hasToString("{\"error\":\"NOT_PARTICIPANT\"}");
  }

  @Test
  @DisplayName("Times are written as browsers write them")
  void times() {
    assertThat(PublicRoomsCodec.time(Instant.parse("2026-12-31T23:59:59.999999999Z"))).isEqualTo("2026-12-31T23:59:59.999Z");
    assertThat(PublicRoomsCodec.time(Instant.parse("2026-02-03T04:05:06.1Z"))).isEqualTo("2026-02-03T04:05:06.100Z");
  }
}
