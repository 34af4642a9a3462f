package dev.roost.gallery;

import dev.roost.core.CleanText;
import dev.roost.core.Delivery;
import dev.roost.core.RawJson;
import dev.roost.gallery.GalleryMessages.Broadcast;
import dev.roost.gallery.GalleryMessages.ConfigGiven;
import dev.roost.gallery.GalleryMessages.CreateRoom;
import dev.roost.gallery.GalleryMessages.Faults;
import dev.roost.gallery.GalleryMessages.Inbound;
import dev.roost.gallery.GalleryMessages.JoinRoom;
import dev.roost.gallery.GalleryMessages.LeaveRoom;
import dev.roost.gallery.GalleryMessages.Refused;
import dev.roost.gallery.GalleryMessages.SendMessage;
import dev.roost.gallery.GalleryMessages.UserInfo;
import dev.roost.transport.json.JsonIn;
import dev.roost.transport.json.JsonOut;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.regex.Pattern;

/**
 * Reads what clients send: section 3.1 of the contract. One parser reads one message; the order of the keys is free, so everything is noted first. Of a key that comes twice
 * the last counts. What a broadcast holds is read by {@link ContentParser}.
 */
final class GalleryParser {
  static final int MAX_ID = 128;
  private static final int MAX_PASSWORD = 256;
  private static final int MAX_AVATAR_BYTES = 4_096;
  private static final int MAX_NUMBER_TEXT = 64;
  private static final int MAX_ECHO = 128;
  private static final RawJson NULL = RawJson.of("null");
  private static final Refused INVALID_FORMAT = new Refused(NULL, Faults.INVALID_MESSAGE_FORMAT);
  private static final Pattern COLOR = Pattern.compile("#[0-9a-fA-F]{3,8}|[a-zA-Z]{1,32}");

  private final ContentParser content;
  private String action = "undefined";
  private RawJson requestId = RawJson.ABSENT;
  private boolean roomIdGiven;
  private Optional<String> roomId = Optional.empty();
  private RawJson config = RawJson.ABSENT;
  private RawJson userInfo = RawJson.ABSENT;
  private Optional<String> password = Optional.empty();
  private Optional<String> hostKey = Optional.empty();
  private Optional<String> targetUserId = Optional.empty();

  private GalleryParser(Sender sender) {
    content = new ContentParser(sender);
  }

  /** A message of a client; a faulty one is {@link Refused}. */
  static Inbound parse(byte[] json, Sender sender) {
    GalleryParser read = new GalleryParser(sender);
    if (!JsonIn.readObject(json, read::property)) {
      // Observed: whatever is JSON and not null was taken for an object without an action.
      return JsonIn.kind(json) == JsonIn.Kind.OTHER ? new Refused(RawJson.ABSENT, Faults.unknownAction("undefined")) : INVALID_FORMAT;
    }
    return switch (read.action) {
      case "create_room" -> read.createRoom();
      case "join_room" -> read.joinRoom();
      case "leave_room" -> new LeaveRoom();
      case "broadcast" -> read.broadcast();
      case "send_message" -> read.sendMessage();
      default -> new Refused(read.requestId, Faults.unknownAction(CleanText.echo(read.action, MAX_ECHO)));
    };
  }

  private void property(String name, JsonIn value) {
    switch (name) {
      case "action" -> action = value.isObject() ? "[object Object]" : value.text().orElseGet(() -> value.raw().toString());
      case "requestId" -> requestId = requestId(value);
      case "roomId" -> {
        // Empty is not given, except where there must be one.
        roomIdGiven = !value.isNull() && !value.text().equals(Optional.of(""));
        roomId = roomId(value);
      }
      case "config" -> config = value.raw();
      case "userInfo" -> userInfo = value.raw();
      case "password" -> password = value.text().filter(CleanText::isSendable);
      case "hostKey" -> hostKey = value.text().filter(CleanText::isSendable);
      case "targetUserId" -> targetUserId = value.text();
      case "message" -> content.message(value);
      default -> { }
    }
  }

  /** A string up to 128, or a number; anything else is as if it were not there. */
  private static RawJson requestId(JsonIn value) {
    boolean fits = value.isNumber() ? value.raw().length() <= MAX_NUMBER_TEXT : value.text().filter(text -> text.length() <= MAX_ID).isPresent();
    return fits ? value.raw() : RawJson.ABSENT;
  }

  /** 2.2: a number is taken as its decimal text. */
  private static Optional<String> roomId(JsonIn value) {
    Optional<String> text = value.isNumber() ? Optional.of(decimal(value)) : value.text();
    return text.filter(id -> CleanText.isId(id, MAX_ID));
  }

  /** As a browser prints the number: 5, and not 5.0. */
  static String decimal(JsonIn value) {
    double number = value.number().orElse(0);
    boolean plain = RoomState.isInteger(number) && Math.abs(number) < 1e15;
    return plain ? Long.toString((long) number) : value.raw().toString();
  }

  // ---- The actions

  private Inbound createRoom() {
    return !roomIdGiven || roomId.isPresent()
        ? new CreateRoom(requestId, roomId, configGiven())
        : new Refused(requestId, Faults.INVALID_ROOM_ID);
  }

  private Inbound joinRoom() {
    return roomId.<Inbound>map(id -> new JoinRoom(requestId, id, password, userInfo(), hostKey)).orElse(new Refused(requestId, Faults.INVALID_ROOM_ID));
  }

  private Inbound broadcast() {
    if (!content.isPresent()) {
      return INVALID_FORMAT;
    }
    // A room id that cannot be one is different from any room's.
    Optional<String> room = roomIdGiven ? Optional.of(roomId.orElse("")) : Optional.empty();
    Delivery delivery = content.isPose() ? Delivery.DROPPABLE : Delivery.RELIABLE;
    return new Broadcast(requestId, room, content.relay(), delivery, content.effect());
  }

  private Inbound sendMessage() {
    return content.isPresent() && targetUserId.isPresent() ? new SendMessage(requestId, targetUserId.get(), content.relay(), content.effect()) : INVALID_FORMAT;
  }

  // ---- The parts

  private ConfigGiven configGiven() {
    ConfigParts parts = new ConfigParts();
    JsonIn.readObject(config, parts::property);
    return new ConfigGiven(parts.name, parts.maxUsers, parts.password, parts.persistent,
        new Permissions(parts.sceneChange, parts.treeViewChange, parts.annotations, parts.cameraControl));
  }

  private UserInfo userInfo() {
    UserParts parts = new UserParts();
    JsonIn.readObject(userInfo, parts::property);
    return new UserInfo(parts.name, parts.role, parts.avatar);
  }

  private static final class ConfigParts {
    Optional<String> name = Optional.empty();
    Optional<Integer> maxUsers = Optional.empty();
    Optional<String> password = Optional.empty();
    boolean persistent;
    Role sceneChange = Permissions.DEFAULT.sceneChange();
    Role treeViewChange = Permissions.DEFAULT.treeViewChange();
    Role annotations = Permissions.DEFAULT.annotations();
    Role cameraControl = Permissions.DEFAULT.cameraControl();

    void property(String key, JsonIn value) {
      switch (key) {
        case "name" -> name = value.text().flatMap(text -> CleanText.name(text, Client.MAX_NAME));
        case "maxUsers" -> maxUsers = maxUsers(value.number());
        // Half a surrogate pair would be the same password as any other half.
        case "password" -> password = value.text().filter(text -> !text.isEmpty() && text.length() <= MAX_PASSWORD && CleanText.isSendable(text));
        case "persistent" -> persistent = value.isTrue();
        case "permissions" -> JsonIn.readObject(value.raw(), this::permission);
        default -> { }
      }
    }

    /** Unusable is as if it were not there; larger than the server allows is clamped later. */
    private static Optional<Integer> maxUsers(OptionalDouble number) {
      return number.isPresent() && RoomState.isInteger(number.getAsDouble()) && number.getAsDouble() >= 1
          ? Optional.of((int) Math.min(number.getAsDouble(), Integer.MAX_VALUE)) : Optional.empty();
    }

    private void permission(String key, JsonIn value) {
      Optional<Role> least = value.text().flatMap(word -> word.equals("all") ? Optional.of(Role.VIEWER) : Role.of(word).filter(role -> role != Role.VIEWER));
      switch (key) {
        case "allowSceneChange" -> sceneChange = least.orElse(sceneChange);
        case "allowTreeViewChange" -> treeViewChange = least.orElse(treeViewChange);
        case "allowAnnotations" -> annotations = least.orElse(annotations);
        case "allowCameraControl" -> cameraControl = least.orElse(cameraControl);
        default -> { }
      }
    }
  }

  private static final class UserParts {
    Optional<String> name = Optional.empty();
    Optional<Role> role = Optional.empty();
    RawJson avatar = RawJson.ABSENT;

    void property(String key, JsonIn value) {
      switch (key) {
        case "name" -> name = value.text().flatMap(text -> CleanText.name(text, Client.MAX_NAME));
        case "role" -> role = value.text().flatMap(Role::of);
        case "avatar" -> avatar = value.isObject() ? avatar(value.raw()) : RawJson.ABSENT;
        default -> { }
      }
    }

    /** 2.3: cleaned; what is too long, or not what it should be, is left out. */
    private static RawJson avatar(RawJson given) {
      if (given.length() > MAX_AVATAR_BYTES) {
        return RawJson.ABSENT;
      }
      JsonOut cleaned = new JsonOut();
      JsonIn.readObject(given, (key, value) -> {
        switch (key) {
          case "displayName" -> value.text().flatMap(text -> CleanText.name(text, Client.MAX_NAME)).ifPresent(text -> cleaned.put(key, text));
          case "color" -> value.text().filter(COLOR.asMatchPredicate()).ifPresent(text -> cleaned.put(key, text));
          case "__proto__", "constructor", "prototype" -> { }
          default -> {
            if (CleanText.isId(key, MAX_ID)) {
              cleaned.put(key, value.raw());
            }
          }
        }
      });
      return cleaned.toRaw();
    }
  }
}
