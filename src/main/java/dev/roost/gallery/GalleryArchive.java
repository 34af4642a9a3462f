package dev.roost.gallery;

import dev.roost.core.RawJson;
import dev.roost.gallery.GalleryMessages.Annotation;
import dev.roost.gallery.RoomState.KeptAnnotation;
import dev.roost.store.Change;
import dev.roost.store.Store;
import dev.roost.store.StoreException;
import dev.roost.transport.json.JsonIn;
import dev.roost.transport.json.JsonOut;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Persistent rooms in the {@link Store}. A room is one document for what it is, one for each key of its state and one for each annotation, so that an edit writes what it
 * changed and not the whole room; a change is one step. Keys are the room id and, behind a line break (which no id holds), the name of the part.
 */
final class GalleryArchive implements RoomJournal {
  private static final String ROOMS = "gallery.rooms";
  private static final String STATE = "gallery.state";
  private static final String ANNOTATIONS = "gallery.annotations";

  private final Store store;

  GalleryArchive(Store store) {
    this.store = store;
  }

  /**
   * All rooms, the oldest first. Blocks.
   *
   * @throws StoreException if they cannot be read, or are not what was written
   */
  List<StoredRoom> load() {
    Map<String, RoomParts> parts = new LinkedHashMap<>();
    store.load(ROOMS).forEach((roomId, document) -> parts.put(roomId, new RoomParts(roomId, document)));
    store.load(STATE).forEach((key, document) -> part(parts, key).keys.put(name(key), new RawJson(document, 0, document.length)));
    store.load(ANNOTATIONS).forEach((key, document) -> part(parts, key).annotations.add(kept(key, document)));
    return parts.values().stream().map(RoomParts::toRoom).sorted(Comparator.comparingLong(StoredRoom::number)).toList();
  }

  @Override
  public void write(Room room, List<Entry> entries) {
    List<Change> step = new ArrayList<>(entries.size() + 1);
    step.add(new Change.Put(ROOMS, room.id(), header(room)));
    for (Entry entry : entries) {
      step.add(switch (entry) {
        case KeyWritten key -> new Change.Put(STATE, key(room, key.key()), key.value().toBytes());
        case AnnotationWritten annotation -> new Change.Put(ANNOTATIONS, key(room, annotation.number()), document(annotation.annotation()));
        case AnnotationErased erased -> new Change.Delete(ANNOTATIONS, key(room, erased.number()));
      });
    }
    store.apply(step);
  }

  @Override
  public void erase(Room room, List<Entry> entries) {
    List<Change> step = new ArrayList<>(entries.size() + 1);
    step.add(new Change.Delete(ROOMS, room.id()));
    for (Entry entry : entries) {
      step.add(switch (entry) {
        case KeyWritten key -> new Change.Delete(STATE, key(room, key.key()));
        case AnnotationWritten annotation -> new Change.Delete(ANNOTATIONS, key(room, annotation.number()));
        case AnnotationErased erased -> new Change.Delete(ANNOTATIONS, key(room, erased.number()));
      });
    }
    store.apply(step);
  }

  private static String key(Room room, String name) {
    return room.id() + '\n' + name;
  }

  /** In hexadecimal of one length, so that the order of the keys is the order of the numbers. */
  private static String key(Room room, long number) {
    return key(room, String.format("%016x", number));
  }

  private static String name(String key) {
    return key.substring(key.indexOf('\n') + 1);
  }

  private static RoomParts part(Map<String, RoomParts> parts, String key) {
    RoomParts found = parts.get(key.substring(0, Math.max(0, key.indexOf('\n'))));
    if (found == null) {
      throw unreadable(key);
    }
    return found;
  }

  private static StoreException unreadable(String key) {
    return new StoreException("The store holds a part of the Gallery room \"" + key.lines().findFirst().orElse("") + "\" that cannot be read; restore a backup of its file");
  }

  // ---- Documents

  private static byte[] header(Room room) {
    RoomConfig config = room.config();
    JsonOut out = new JsonOut()
        .put("name", config.name())
        .put("maxUsers", config.maxUsers())
        .put("number", room.number())
        .put("createdAt", room.createdAt().toEpochMilli())
        .put("version", room.state().version());
    config.password().ifPresent(password -> out.put("passwordSalt", password.salt()).put("passwordHash", password.hash()));
    return out.object("permissions")
        .put("sceneChange", config.permissions().sceneChange().wire())
        .put("treeViewChange", config.permissions().treeViewChange().wire())
        .put("annotations", config.permissions().annotations().wire())
        .put("cameraControl", config.permissions().cameraControl().wire())
        .end().toRaw().toBytes();
  }

  private static byte[] document(Annotation annotation) {
    JsonOut out = new JsonOut();
    annotation.author().ifPresent(author -> out.put("author", author));
    return out.put("annotation", annotation.whole()).toRaw().toBytes();
  }

  private static KeptAnnotation kept(String key, byte[] document) {
    AnnotationParts parts = new AnnotationParts();
    if (!JsonIn.readObject(document, parts::property) || !parts.whole.isPresent()) {
      throw unreadable(key);
    }
    Annotation read = ContentParser.annotation(parts.whole.copy());
    return new KeptAnnotation(Long.parseLong(name(key), 16), new Annotation(read.id(), parts.author, read.whole()));
  }

  private static final class AnnotationParts {
    Optional<String> author = Optional.empty();
    RawJson whole = RawJson.ABSENT;

    void property(String name, JsonIn value) {
      switch (name) {
        case "author" -> author = value.text();
        case "annotation" -> whole = value.raw();
        default -> { }
      }
    }
  }

  /** A room as it comes together from its documents. */
  private static final class RoomParts {
    final Map<String, RawJson> keys = new LinkedHashMap<>();
    final List<KeptAnnotation> annotations = new ArrayList<>();
    private final String roomId;
    private final Map<String, String> texts = new LinkedHashMap<>();
    private final Map<String, Double> numbers = new LinkedHashMap<>();
    private final Map<String, Role> permissions = new LinkedHashMap<>();

    RoomParts(String roomId, byte[] header) {
      this.roomId = roomId;
      if (!JsonIn.readObject(header, this::property) || !numbers.keySet().containsAll(List.of("number", "maxUsers", "createdAt", "version"))) {
        throw unreadable(roomId);
      }
    }

    private void property(String name, JsonIn value) {
      value.text().ifPresent(text -> texts.put(name, text));
      value.number().ifPresent(number -> numbers.put(name, number));
      if (value.isObject()) {
        value.raw((key, least) -> least.text().flatMap(Role::of).ifPresent(role -> permissions.put(key, role)));
      }
    }

    StoredRoom toRoom() {
      Optional<RoomPassword> password = texts.containsKey("passwordHash")
          ? Optional.of(new RoomPassword(texts.getOrDefault("passwordSalt", ""), texts.get("passwordHash"))) : Optional.empty();
      Permissions preset = Permissions.DEFAULT;
      RoomConfig config = new RoomConfig(texts.getOrDefault("name", roomId), numbers.get("maxUsers").intValue(), password, true, new Permissions(
          permissions.getOrDefault("sceneChange", preset.sceneChange()), permissions.getOrDefault("treeViewChange", preset.treeViewChange()),
          permissions.getOrDefault("annotations", preset.annotations()), permissions.getOrDefault("cameraControl", preset.cameraControl())));
      return new StoredRoom(roomId, numbers.get("number").longValue(), config, Instant.ofEpochMilli(numbers.get("createdAt").longValue()), numbers.get("version").longValue(), keys,
          ContentParser.allowsAnnotations(keys.getOrDefault("sessionSettings", RawJson.ABSENT)), annotations);
    }
  }
}
