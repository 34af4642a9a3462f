package dev.roost.gallery;

import dev.roost.core.Delivery;
import dev.roost.core.Frame;
import dev.roost.core.RawJson;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/** Every message of section 3 of the contract. */
final class GalleryMessages {

  private GalleryMessages() {}

  // ---- 3.1: what clients send, checked

  sealed interface Inbound {}

  /** {@code roomId} is empty where the server has to find one. */
  record CreateRoom(RawJson requestId, Optional<String> roomId, ConfigGiven config) implements Inbound {}

  record JoinRoom(RawJson requestId, String roomId, Optional<String> password, UserInfo userInfo, Optional<String> hostKey) implements Inbound {}

  record LeaveRoom() implements Inbound {}

  /**
   * Something for the other members.
   *
   * @param roomId the room that the sender thinks it is in, if it says so
   * @param relay the finished frame, the same for all receivers
   * @param effect what it does besides being relayed
   */
  record Broadcast(RawJson requestId, Optional<String> roomId, Frame relay, Delivery delivery, Effect effect) implements Inbound {}

  /** Something for one user; {@code effect} tells what it takes to send it, and is never applied. */
  record SendMessage(RawJson requestId, String targetUserId, Frame relay, Effect effect) implements Inbound {}

  /** A message that is wrong in itself: what the sender is told. */
  record Refused(RawJson requestId, String fault) implements Inbound {}

  /**
   * The configuration as asked for; what is unusable is absent.
   *
   * @param maxUsers at least 1
   */
  record ConfigGiven(Optional<String> name, Optional<Integer> maxUsers, Optional<String> password, boolean persistent, Permissions permissions) {
    static final ConfigGiven NONE = new ConfigGiven(Optional.empty(), Optional.empty(), Optional.empty(), false, Permissions.DEFAULT);
  }

  /** Cleaned; what is absent stays as it was, but for the avatar. */
  record UserInfo(Optional<String> name, Optional<Role> role, RawJson avatar) {
    static final UserInfo NONE = new UserInfo(Optional.empty(), Optional.empty(), RawJson.ABSENT);
  }

  // ---- 2.5: what a broadcast does

  sealed interface Effect {}

  /** Nothing: poses, chat, and whatever the server does not know. */
  record Nothing() implements Effect {}

  record CameraFrame() implements Effect {}

  /** {@code state_full} and {@code grant_control}. */
  record HostOnly() implements Effect {}

  /**
   * 2.6; keys that must not be there are gone, those that are known have their type.
   *
   * @param version as the sender counts, whatever number it gave
   * @param keys what is merged, but for the two lists
   * @param allowAnnotations what {@code sessionSettings} says about it, if they are among the keys
   */
  record StateUpdate(OptionalDouble version, Map<String, RawJson> keys, Optional<Boolean> allowAnnotations, Optional<List<Annotation>> annotations,
      Optional<List<FocusPoint>> focusPoints) implements Effect {}

  /** A state update that breaks 2.6. */
  record BadStateUpdate() implements Effect {}

  /** One without an id is relayed, but cannot be kept. */
  record AnnotationAdd(Annotation annotation) implements Effect {}

  /** {@code id} is empty if it was no usable id: then nothing is removed. */
  record AnnotationRemove(Optional<String> id) implements Effect {}

  /** {@code focus} is empty where the sender looks nowhere any more. */
  record FocusChange(Optional<FocusPoint> focus) implements Effect {}

  /**
   * A note at a place.
   *
   * @param id kind and text of the id, such as {@code s:a1}, so that the number 1 is not the text 1; empty if it has none that can be used
   * @param author who may remove it: the user id of the connection that added it, or what the note itself says if it came with a state update
   * @param whole the object
   */
  record Annotation(Optional<String> id, Optional<String> author, RawJson whole) {}

  /**
   * Where somebody looks.
   *
   * @param userId whose it is
   * @param duration after it, it is gone
   * @param whole the object
   */
  record FocusPoint(Optional<String> userId, Optional<Duration> duration, RawJson whole) {}

  // ---- 3.2: what the server sends; relayed messages are frames already

  sealed interface Outbound {}

  record Connected(String userId) implements Outbound {}

  record RoomCreated(RawJson requestId, String roomId) implements Outbound {}

  record RoomJoined(RawJson requestId, String roomId, Collection<Client> users, RoomState state, List<FocusPoint> focusPoints, Instant createdAt, Instant now)
      implements Outbound {}

  record UserJoined(Client user, Instant now) implements Outbound {}

  record UserLeft(String userId) implements Outbound {}

  /** {@code requestId} is left out if absent. */
  record Fault(String message, RawJson requestId) implements Outbound {}

  /** The texts that clients tell errors by (3.2). */
  static final class Faults {
    static final String ROOM_IS_FULL = "Room is full";
    static final String INVALID_PASSWORD = "Invalid password";
    static final String ROOM_ALREADY_EXISTS = "Room already exists";
    static final String SERVER_AT_CAPACITY = "Server at capacity";
    static final String INVALID_MESSAGE_FORMAT = "Invalid message format";
    static final String INVALID_ROOM_ID = "Invalid room ID";
    static final String NOT_IN_A_ROOM = "Not in a room";
    static final String USER_NOT_FOUND = "User not found";
    static final String PERMISSION_DENIED = "Permission denied";
    static final String STALE_STATE_UPDATE = "Stale state update";
    static final String INVALID_STATE_UPDATE = "Invalid state update";
    static final String ROOM_STATE_TOO_LARGE = "Room state too large";
    static final String TOO_MANY_ANNOTATIONS = "Too many annotations";
    static final String RATE_LIMIT_EXCEEDED = "Rate limit exceeded";
    static final String JOINED_FROM_ANOTHER_CONNECTION = "Joined from another connection";
    static final String ROOM_DELETED = "Room deleted";

    private Faults() {}

    static String unknownAction(String action) {
      return "Unknown action: " + action;
    }
  }
}
