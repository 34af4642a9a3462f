package dev.roost.gallery;

import dev.roost.core.Frame;
import dev.roost.core.RawJson;
import dev.roost.gallery.GalleryMessages.Annotation;
import dev.roost.gallery.GalleryMessages.AnnotationAdd;
import dev.roost.gallery.GalleryMessages.AnnotationRemove;
import dev.roost.gallery.GalleryMessages.BadStateUpdate;
import dev.roost.gallery.GalleryMessages.CameraFrame;
import dev.roost.gallery.GalleryMessages.Effect;
import dev.roost.gallery.GalleryMessages.FocusChange;
import dev.roost.gallery.GalleryMessages.FocusPoint;
import dev.roost.gallery.GalleryMessages.HostOnly;
import dev.roost.gallery.GalleryMessages.Nothing;
import dev.roost.gallery.GalleryMessages.StateUpdate;
import dev.roost.transport.json.JsonIn;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Function;

/**
 * Reads the {@code message} of a broadcast or a direct message: what it does (2.5 and 2.6 of the contract), and the frame that relays it. The frame is made here, on the
 * sender's loop, so that the room only hands it on.
 */
final class ContentParser {
  private static final RawJson BEFORE = RawJson.of("{\"event\":\"message\",\"data\":{\"message\":");
  private static final RawJson BETWEEN = RawJson.of(",\"senderId\":");
  private static final RawJson AFTER = RawJson.of("}}");
  private static final Effect NOTHING = new Nothing();
  /** Of browsers: beyond it, one more is the same number. */
  private static final double MAX_SAFE_INTEGER = 9_007_199_254_740_991.0;
  private static final long MAX_DURATION_MS = 365L * 86_400_000;

  private final Sender sender;
  private RawJson whole = RawJson.ABSENT;
  private Optional<String> type = Optional.empty();
  private RawJson data = RawJson.ABSENT;
  private Claimed senderIds = new Claimed();

  ContentParser(Sender sender) {
    this.sender = sender;
  }

  /** Notes the message. */
  void message(JsonIn value) {
    type = Optional.empty();
    data = RawJson.ABSENT;
    senderIds = new Claimed();
    whole = value.isNull() ? RawJson.ABSENT : value.isObject() ? value.raw(this::property) : value.raw();
  }

  private void property(String name, JsonIn value) {
    switch (name) {
      case "type" -> type = value.text();
      case "senderId" -> senderIds.note(value, sender);
      case "data" -> data = value.raw();
      default -> { }
    }
  }

  /** The places where a message says who it is from and that is not true. */
  private static final class Claimed {
    /** Each is replaced, so many of them would make a message many times as long as it came. */
    private static final int MOST = 8;

    private List<RawJson> forged = List.of();
    private int count;

    void note(JsonIn value, Sender sender) {
      if (++count > MOST || value.text().filter(sender.id()::equals).isPresent()) {
        return;
      }
      if (forged.isEmpty()) {
        forged = new ArrayList<>(1);
      }
      forged.add(value.raw());
    }

    boolean areTooMany() {
      return count > MOST;
    }
  }

  /** A message that names its sender again and again is none. */
  boolean isPresent() {
    return whole.isPresent() && !senderIds.areTooMany();
  }

  /** Whether the next one of the same kind makes this one old. */
  boolean isPose() {
    return type.filter(word -> word.equals("pose_update") || word.equals("gaze_update")).isPresent();
  }

  /** 3.2: as it came in, but for an inner sender that is not the true one. */
  Frame relay() {
    List<RawJson> parts = new ArrayList<>(6);
    parts.add(BEFORE);
    if (senderIds.forged.isEmpty()) {
      parts.add(whole);
    } else {
      parts.addAll(whole.replaced(senderIds.forged, sender.literal()));
    }
    parts.add(BETWEEN);
    parts.add(sender.literal());
    parts.add(AFTER);
    return Frame.text(parts);
  }

  Effect effect() {
    return switch (type.orElse("")) {
      case "state_update" -> stateUpdate();
      case "annotation_add" -> new AnnotationAdd(annotationOfSender());
      case "annotation_remove" -> new AnnotationRemove(annotationId());
      case "focus_change" -> new FocusChange(isObject(data) ? Optional.of(focusOfSender()) : Optional.empty());
      case "state_full", "grant_control" -> new HostOnly();
      case "camera_frame" -> new CameraFrame();
      default -> NOTHING;
    };
  }

  private static boolean isObject(RawJson value) {
    return value.isPresent() && value.bytes()[value.from()] == '{';
  }

  // ---- 2.6: state updates

  private Effect stateUpdate() {
    UpdateParts parts = new UpdateParts();
    JsonIn.readObject(data, parts::outer);
    JsonIn.readObject(parts.data, parts::inner);
    return parts.isValid && isObject(parts.data)
        ? new StateUpdate(parts.version, parts.keys, parts.allowAnnotations, parts.annotations, parts.focusPoints)
        : new BadStateUpdate();
  }

  private static final class UpdateParts {
    boolean isValid = true;
    /** Read when all is known: of a key that comes twice the last counts, as for those who get the message. */
    RawJson data = RawJson.ABSENT;
    OptionalDouble version = OptionalDouble.empty();
    final Map<String, RawJson> keys = new LinkedHashMap<>();
    Optional<Boolean> allowAnnotations = Optional.empty();
    Optional<List<Annotation>> annotations = Optional.empty();
    Optional<List<FocusPoint>> focusPoints = Optional.empty();

    void outer(String name, JsonIn value) {
      switch (name) {
        case "version" -> version = integer(value);
        case "data" -> data = value.raw();
        default -> { }
      }
    }

    private static OptionalDouble integer(JsonIn value) {
      OptionalDouble number = value.number();
      boolean usable = number.isPresent() && RoomState.isInteger(number.getAsDouble()) && Math.abs(number.getAsDouble()) <= MAX_SAFE_INTEGER;
      return usable ? number : OptionalDouble.empty();
    }

    private void inner(String key, JsonIn value) {
      switch (key) {
        case "version", "__proto__", "constructor", "prototype" -> { }
        case "sceneUrl" -> keep(key, value, value.isText());
        case "sceneLoaded" -> keep(key, value, value.isBoolean());
        case "treeViewState" -> keep(key, value, value.isObject());
        case "sessionSettings" -> {
          keep(key, value, value.isObject());
          allowAnnotations = Optional.of(allowsAnnotations(keys.getOrDefault(key, RawJson.ABSENT)));
        }
        case "annotations" -> {
          isValid &= value.isArray();
          annotations = Optional.of(objects(value.raw(), ContentParser::annotation));
        }
        case "focusPoints" -> {
          isValid &= value.isArray();
          focusPoints = Optional.of(objects(value.raw(), ContentParser::focusPoint));
        }
        default -> keep(key, value, true);
      }
    }

    /** What is in the lists must be objects: clients look into them. */
    private <T> List<T> objects(RawJson list, Function<RawJson, T> read) {
      List<T> objects = new ArrayList<>();
      JsonIn.readList(list, value -> {
        isValid &= value.isObject();
        objects.add(read.apply(value.raw()));
      });
      return objects;
    }

    private void keep(String key, JsonIn value, boolean hasItsType) {
      isValid &= hasItsType;
      keys.put(key, value.raw());
    }
  }

  /** Whether session settings leave annotations on: everything but false does. */
  static boolean allowsAnnotations(RawJson sessionSettings) {
    boolean[] allowed = {true};
    JsonIn.readObject(sessionSettings, (key, value) -> {
      if (key.equals("allowAnnotations")) {
        allowed[0] = value.isTrue() || !value.isBoolean();
      }
    });
    return allowed[0];
  }

  // ---- Annotations and focus points

  /** What an annotation or a focus point says about itself. */
  private static final class Claims {
    Optional<String> id = Optional.empty();
    Optional<String> userId = Optional.empty();
    Optional<Duration> duration = Optional.empty();
    final Claimed userIds = new Claimed();
    private final Optional<Sender> sender;

    Claims(RawJson object, Optional<Sender> sender) {
      this.sender = sender;
      JsonIn.readObject(object, this::property);
    }

    private void property(String key, JsonIn value) {
      switch (key) {
        case "id" -> id = idOf(value);
        case "userId" -> {
          userId = value.text();
          sender.ifPresent(known -> userIds.note(value, known));
        }
        case "duration" -> duration = value.number().isPresent() && value.number().getAsDouble() >= 0
            ? Optional.of(Duration.ofMillis((long) Math.min(value.number().getAsDouble(), MAX_DURATION_MS))) : Optional.empty();
        default -> { }
      }
    }
  }

  /** Section 6, defect 11: whoever added it is its author, whatever it says. One that cannot be kept has no id. */
  private Annotation annotationOfSender() {
    if (!isObject(data)) {
      return new Annotation(Optional.empty(), Optional.empty(), RawJson.ABSENT);
    }
    Claims claims = new Claims(data, Optional.of(sender));
    Optional<String> id = claims.id.filter(text -> !claims.userIds.areTooMany());
    return new Annotation(id, Optional.of(sender.id()), RawJson.of(data.replaced(claims.userIds.forged, sender.literal())));
  }

  private FocusPoint focusOfSender() {
    Claims claims = new Claims(data, Optional.of(sender));
    return new FocusPoint(Optional.of(sender.id()), claims.duration, RawJson.of(data.replaced(claims.userIds.forged, sender.literal())));
  }

  static Annotation annotation(RawJson whole) {
    Claims claims = new Claims(whole, Optional.empty());
    return new Annotation(claims.id, claims.userId, whole);
  }

  private static FocusPoint focusPoint(RawJson whole) {
    Claims claims = new Claims(whole, Optional.empty());
    return new FocusPoint(claims.userId, claims.duration, whole);
  }

  private Optional<String> annotationId() {
    List<Optional<String>> found = new ArrayList<>(1);
    JsonIn.readValue(data, value -> found.add(idOf(value)));
    return found.isEmpty() ? Optional.empty() : found.getFirst();
  }

  private static Optional<String> idOf(JsonIn value) {
    return value.isNumber() ? Optional.of("n:" + GalleryParser.decimal(value)) : value.text().map(text -> "s:" + text);
  }
}
