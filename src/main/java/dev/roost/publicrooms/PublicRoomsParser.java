package dev.roost.publicrooms;

import dev.roost.core.RawJson;
import dev.roost.publicrooms.PublicRoomsMessages.Acknowledgement;
import dev.roost.publicrooms.PublicRoomsMessages.Inbound;
import dev.roost.publicrooms.PublicRoomsMessages.JoinRoom;
import dev.roost.publicrooms.PublicRoomsMessages.LeaveRoom;
import dev.roost.publicrooms.PublicRoomsMessages.MediaRequest;
import dev.roost.publicrooms.PublicRoomsMessages.Medium;
import dev.roost.publicrooms.PublicRoomsMessages.Pong;
import dev.roost.publicrooms.PublicRoomsMessages.SendMessage;
import dev.roost.publicrooms.PublicRoomsMessages.SignalBody;
import dev.roost.publicrooms.PublicRoomsMessages.Toggle;
import dev.roost.publicrooms.PublicRoomsMessages.Unknown;
import dev.roost.publicrooms.PublicRoomsMessages.WebRtcSignal;
import dev.roost.transport.json.JsonIn;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Reads what clients send in the namespace of a room: sections 3.1, 3.4 and 3.5 of the contract. Whatever comes becomes a message; a part that is missing or is not what it should be
 * is empty. The payload is the first argument, what follows it is ignored. The order of the keys is free, so everything is noted first; of a key that comes twice the last counts.
 */
final class PublicRoomsParser {
  /** Of a {@code webrtc-signal}, as it came in. */
  static final int MAX_SIGNAL_BYTES = 64 << 10;
  private static final Pattern UUID = Pattern.compile("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}");
  private static final Set<String> DESCRIPTIONS = Set.of("offer", "answer", "rollback");

  private Optional<String> userId = Optional.empty();
  private Optional<String> userName = Optional.empty();
  private Optional<String> content = Optional.empty();
  private Optional<Boolean> enabled = Optional.empty();
  private Optional<String> targetUserId = Optional.empty();
  private RawJson description = RawJson.ABSENT;
  private RawJson candidate = RawJson.ABSENT;
  private boolean isSignalFaulty;

  private PublicRoomsParser() {}

  /**
   * An event of a client. Never fails.
   *
   * @param arguments behind the event's name, each well-formed
   * @param hasAttachment whether some of it came as binary attachments, which no event of this protocol has: then it counts as one without a payload
   * @param acknowledgement how the callback is answered, {@link Acknowledgement#NONE} if none was given
   */
  static Inbound parse(String event, List<RawJson> arguments, boolean hasAttachment, Acknowledgement acknowledgement) {
    RawJson payload = hasAttachment || arguments.isEmpty() ? RawJson.ABSENT : arguments.getFirst();
    return switch (event) {
      case "pong" -> new Pong();
      case "join-room" -> read(payload).joinRoom();
      case "leave-room" -> new LeaveRoom(read(payload).userId);
      case "send-message" -> read(payload).sendMessage();
      case "toggle-video" -> read(payload).toggle(Medium.VIDEO);
      case "toggle-audio" -> read(payload).toggle(Medium.AUDIO);
      case "webrtc-signal" -> read(payload.length() <= MAX_SIGNAL_BYTES ? payload : RawJson.ABSENT).signal(acknowledgement);
      case "get-rtp-capabilities", "create-transport", "connect-transport", "produce", "consume", "resume-consumer", "close-producer", "close-consumer" ->
          new MediaRequest(event, acknowledgement);
      default -> new Unknown(event);
    };
  }

  /** Whether a text is a UUID in its usual form, of whatever version. */
  static boolean isUuid(String text) {
    return UUID.matcher(text).matches();
  }

  /** A UUID as it is written here, in lower case; anything else as it is. */
  static String id(String text) {
    return isUuid(text) ? text.toLowerCase(Locale.ROOT) : text;
  }

  private static PublicRoomsParser read(RawJson payload) {
    PublicRoomsParser read = new PublicRoomsParser();
    return JsonIn.readObject(payload, read::property) ? read : new PublicRoomsParser();
  }

  private void property(String name, JsonIn value) {
    switch (name) {
      case "userId" -> userId = value.text().filter(id -> !id.isEmpty()).map(PublicRoomsParser::id);
      case "userName" -> userName = value.text();
      case "content" -> content = value.text();
      case "enabled" -> enabled = value.isBoolean() ? Optional.of(value.isTrue()) : Optional.empty();
      case "targetUserId" -> targetUserId = value.text().filter(PublicRoomsParser::isUuid).map(PublicRoomsParser::id);
      case "description" -> description(value);
      case "candidate" -> candidate(value);
      default -> { }
    }
  }

  private Inbound joinRoom() {
    return new JoinRoom(userId, userName);
  }

  private Inbound sendMessage() {
    return new SendMessage(userId, content);
  }

  private Inbound toggle(Medium medium) {
    return new Toggle(medium, userId, enabled);
  }

  // ---- webrtc-signal

  private Inbound signal(Acknowledgement acknowledgement) {
    boolean isWhole = !isSignalFaulty && (description.isPresent() || candidate.isPresent()) && Nesting.isBounded(description) && Nesting.isBounded(candidate);
    return new WebRtcSignal(targetUserId.filter(id -> isWhole), new SignalBody(description, candidate), acknowledgement);
  }

  private void description(JsonIn value) {
    DescriptionParts parts = new DescriptionParts();
    boolean isObject = value.isObject();
    description = isObject ? value.raw(parts::property) : RawJson.ABSENT;
    isSignalFaulty |= !isObject || !DESCRIPTIONS.contains(parts.type) || parts.isSdpFaulty;
  }

  /** Null is what a browser has to say when there are no more. */
  private void candidate(JsonIn value) {
    isSignalFaulty |= !value.isObject() && !value.isNull();
    candidate = value.raw();
  }

  private static final class DescriptionParts {
    private String type = "";
    private boolean isSdpFaulty;

    void property(String name, JsonIn value) {
      switch (name) {
        case "type" -> type = value.text().orElse("");
        case "sdp" -> isSdpFaulty = !value.isText();
        default -> { }
      }
    }
  }
}
