package dev.roost.ptt;

import dev.roost.core.Frame;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Every message of the contract's section 3, as far as the state machine has to do with it. */
final class PttMessages {
  private PttMessages() {}

  /** Whom a message is for; the order is that of the numbers on the wire. */
  enum Channel { GROUP, PRIVATE }

  /**
   * A MessagePack value as it came in, or was written here.
   *
   * @param bytes the whole message that it is a part of; read only
   * @param length 0 means that there is no value
   */
  record Raw(byte[] bytes, int from, int length) {
    static final Raw ABSENT = new Raw(new byte[0], 0, 0);

    boolean isPresent() {
      return length > 0;
    }
  }

  /**
   * What all messages begin with.
   *
   * @param from the sender's own id: in the type that the client used, if it was the client's own
   * @param toId group or user
   * @param to the same as it came in
   * @param messageId what the client gave, if it is not empty
   */
  record Head(Channel channel, Raw from, String toId, Raw to, Raw messageId) {
    boolean isGroup() {
      return channel == Channel.GROUP;
    }
  }

  // ---- From clients

  /** What clients send. */
  sealed interface Inbound {}

  /** 1. {@code acknowledged}: what the acknowledgement holds. */
  record Start(Head head, Raw acknowledged, Frame relay) implements Inbound {}

  /** 2. */
  record Stop(Head head) implements Inbound {}

  /** 3. {@code audio}: the bytes of the audio themselves, absent if the payload holds none. */
  record Audio(Head head, Raw audio, Frame relay) implements Inbound {}

  /** 15. */
  record Join(Head head) implements Inbound {}

  /** 16. */
  record Leave(Head head) implements Inbound {}

  /** 17 and 23. {@code text}: what is relayed. */
  record Text(Head head, boolean isInteractive, String text) implements Inbound {}

  /** 18. */
  record Image(Head head, Frame relay) implements Inbound {}

  /** 20 and 21, to a user. */
  record Receipt(Head head, Frame relay) implements Inbound {}

  /** 25. */
  record ConnectionTest(Raw payload) implements Inbound {}

  /** 30. */
  record Heartbeat() implements Inbound {}

  /** 32; empty if it is not what it should be. */
  record Subscribe(Optional<Subscription> subscription) implements Inbound {}

  /** Reserved, unknown, not for servers, or on the wrong channel. */
  record Ignored() implements Inbound {}

  /** Not a message at all. */
  record Malformed() implements Inbound {}

  /**
   * Whom a watcher wants to hear of.
   *
   * @param groups members of one of these
   * @param userIds these
   * @param isEverybody no choice was made
   * @param isBatched several changes may come as one message
   */
  record Subscription(Set<String> groups, Set<String> userIds, boolean isEverybody, boolean isBatched) {
    static final Subscription ALL = new Subscription(Set.of(), Set.of(), true, false);
  }

  // ---- To clients

  /** What the server says itself; the rest is relayed. */
  sealed interface Outbound {}

  /** 2. */
  record Stopped(Head head, Optional<String> messageId, Duration duration) implements Outbound {}

  /** 5. */
  record Refused(String userId, Fault fault) implements Outbound {}

  /** 6. */
  record StartAck(Head head, Raw payload) implements Outbound {}

  /** 7. */
  record StopAck(Head head, Optional<String> messageId) implements Outbound {}

  /** 8. */
  record StartFailed(Head head, String reason) implements Outbound {}

  /** 9. */
  record LoginDuplicated(String userId, String deviceId) implements Outbound {}

  /** 17 and 23. */
  record TextRelay(Head head, boolean isInteractive, String messageId, String text) implements Outbound {}

  /** 22 and 24. */
  record TextAck(Head head, boolean isInteractive, String messageId) implements Outbound {}

  /** 26. */
  record ConnectionAck(String userId, Raw payload) implements Outbound {}

  /** 27. */
  record UnauthorizedGroup(Head head) implements Outbound {}

  /** 31. */
  record PresenceUpdate(Update update) implements Outbound {}

  /** 31 for watchers that have asked for it. */
  record PresenceBatch(List<Update> updates, long timestamp) implements Outbound {}

  /** 32. */
  record PresenceSnapshot(String userId, Snapshot snapshot) implements Outbound {}

  /** 3.3: what a client did that it may not do. */
  enum Fault {
    HEARTBEAT_NOT_ALLOWED("Watchers are not tracked and send no heartbeats"),
    SUBSCRIBE_NOT_ALLOWED("Only watchers can subscribe to presence"),
    INVALID_SUBSCRIPTION("At most 100 groups and 1000 userIds, lists of ids or null");

    final String message;

    Fault(String message) {
      this.message = message;
    }
  }
}
