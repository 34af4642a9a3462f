package dev.roost.publicrooms;

import dev.roost.core.RawJson;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Every event of the contract's section 3. Texts of {@link Outbound} are sanitised (section 1.4), ready to be sent; those of {@link Inbound} are as they came. */
final class PublicRoomsMessages {

  private PublicRoomsMessages() {}

  /** What a client sends in the namespace of a room. */
  sealed interface Inbound {}

  /** {@code join-room}; empty if the user id is missing or malformed. */
  record JoinRoom(Optional<String> userId, Optional<String> userName) implements Inbound {}

  record LeaveRoom(Optional<String> userId) implements Inbound {}

  record Pong() implements Inbound {}

  /** @param userId empty if it is missing or malformed; @param content empty if it is no text */
  record SendMessage(Optional<String> userId, Optional<String> content) implements Inbound {}

  /** {@code toggle-video} or {@code toggle-audio}; @param enabled empty if it is no boolean */
  record Toggle(Medium medium, Optional<String> userId, Optional<Boolean> enabled) implements Inbound {}

  /** A request to a media engine, which there is none of. */
  record MediaRequest(String name, Acknowledgement acknowledgement) implements Inbound {}

  /**
   * {@code webrtc-signal}.
   *
   * @param targetUserId empty if the payload is malformed in any way
   * @param body the properties {@code description} and {@code candidate} as they came in, those that were there
   */
  record WebRtcSignal(Optional<String> targetUserId, SignalBody body, Acknowledgement acknowledgement) implements Inbound {}

  /** An event that the contract does not know. */
  record Unknown(String name) implements Inbound {}

  enum Medium { VIDEO, AUDIO }

  /** What is not there is absent. */
  record SignalBody(RawJson description, RawJson candidate) {

    /** Bytes. */
    int length() {
      return description.length() + candidate.length();
    }
  }

  /** How a client is answered that gave a callback; does nothing if it gave none. Only the first answer counts. */
  interface Acknowledgement {
    Acknowledgement NONE = new Acknowledgement() {
      @Override
      public void ok() {}

      @Override
      public void error(FaultCode code) {}
    };

    /** <code>{ ok: true }</code> */
    void ok();

    /** <code>{ error: code }</code> */
    void error(FaultCode code);
  }

  /** What a client receives. */
  sealed interface Outbound {}

  record UserJoined(String userId, String userName, Instant joinedAt, int currentOccupancy) implements Outbound {}

  record UserLeft(String userId, int currentOccupancy) implements Outbound {}

  record Ping() implements Outbound {}

  /** @param retryAfter in seconds */
  record ErrorEvent(FaultCode code, String message, Optional<Long> retryAfter) implements Outbound {

    ErrorEvent(FaultCode code) {
      this(code, code.text(), Optional.empty());
    }
  }

  /** @param messages oldest first */
  record ChatHistoryEvent(List<ChatMessage> messages) implements Outbound {}

  /** {@code new-message} */
  record ChatMessage(String id, String userId, String userName, String content, Instant timestamp) implements Outbound {}

  record RateLimitExceeded(String action, String message, Instant resetTime) implements Outbound {}

  record ParticipantToggle(Medium medium, String userId, boolean enabled) implements Outbound {}

  record SystemCapacityQueue(String message, int queuePosition) implements Outbound {}

  record RelayedSignal(String fromUserId, SignalBody body) implements Outbound {}

  /**
   * A message in the order of its room.
   *
   * @param number ascending, also over restarts
   */
  record NumberedMessage(long number, ChatMessage message) {}

  /** What somebody outside of the sockets has to say to a room, such as {@code room-update}. */
  record Announcement(String event, RawJson data) implements Outbound {}

  /** In the namespace {@code /}. */
  record RoomOccupancyUpdate(String roomId, int currentOccupancy) implements Outbound {}
}
