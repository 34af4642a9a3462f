package dev.roost.publicrooms;

import dev.roost.publicrooms.PublicRoomsMessages.ChatMessage;
import dev.roost.publicrooms.PublicRoomsMessages.NumberedMessage;
import dev.roost.store.Change;
import dev.roost.store.Store;
import dev.roost.store.StoreException;
import dev.roost.transport.json.JsonIn;
import dev.roost.transport.json.JsonOut;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Rooms, visitors, chat and the key of the hashes in the {@link Store}: a document for each of them, so that what happens writes what has changed. What is here outlives a restart;
 * who sits where does not.
 *
 * <p>A room or a key that cannot be read stops the start, because others in their place would be other rooms, and all visitors strangers. A visitor or a message that cannot be read is
 * left out, and stays where it is.
 */
final class PublicRoomsArchive implements RoomsJournal {
  private static final Logger log = LoggerFactory.getLogger(PublicRoomsArchive.class);
  private static final String ROOMS = "publicrooms.rooms";
  private static final String VISITORS = "publicrooms.visitors";
  private static final String CHAT = "publicrooms.chat";
  private static final String SECRETS = "publicrooms.secrets";
  private static final String IP_HASH_KEY = "ip-hash-key";
  private static final int KEY_BYTES = 32;

  private final Store store;
  private final PublicRoomsSettings settings;
  private final Supplier<String> uuids;

  /**
   * What was kept.
   *
   * @param rooms all that there are to be, by their number; made now if they are new
   * @param visitors those that have not expired
   * @param chat by the id of the room, oldest first
   */
  record Kept(List<StudyRoom> rooms, List<Visitor> visitors, Map<String, List<NumberedMessage>> chat) {}

  /** @param uuids ids for new rooms, random ones */
  PublicRoomsArchive(Store store, PublicRoomsSettings settings, Supplier<String> uuids) {
    this.store = store;
    this.settings = settings;
    this.uuids = uuids;
  }

  // ---- At the start; these block

  /**
   * The key of the hashes: that of the settings, else the stored one, else a new one, which is stored.
   *
   * @param random a secure one
   * @throws StoreException if the stored one cannot be read
   */
  byte[] ipHashKey(RandomGenerator random) {
    if (!settings.ipHashKey().isEmpty()) {
      return settings.ipHashKey().getBytes(StandardCharsets.UTF_8);
    }
    byte[] document = store.load(SECRETS).get(IP_HASH_KEY);
    if (document != null) {
      return key(document);
    }
    byte[] key = new byte[KEY_BYTES];
    random.nextBytes(key);
    store.apply(List.of(new Change.Put(SECRETS, IP_HASH_KEY, new JsonOut().put("key", HexFormat.of().formatHex(key)).toRaw().toBytes())));
    return key;
  }

  /**
   * Everything else. What has expired is removed.
   *
   * @throws StoreException if it cannot be read, or a room is not what was written
   */
  Kept load(Instant now) {
    List<StudyRoom> rooms = rooms();
    return new Kept(rooms, visitors(now), chat(rooms));
  }

  /** With fewer rooms than before the others stay in the store: with more again they come back as what they were. */
  private List<StudyRoom> rooms() {
    TreeMap<Long, StudyRoom> stored = new TreeMap<>();
    store.load(ROOMS).forEach((id, document) -> {
      Document read = Document.read(document);
      long number = read.number("number").filter(n -> n >= 1).orElseThrow(() -> unreadable("room " + id));
      stored.put(number, new StudyRoom(id, read.text("name").orElseThrow(() -> unreadable("room " + id))));
    });
    List<Change> step = new ArrayList<>();
    List<StudyRoom> rooms = IntStream.rangeClosed(1, settings.count()).mapToObj(number -> stored.computeIfAbsent((long) number, n -> made(n, step))).toList();
    if (!step.isEmpty()) {
      store.apply(step);
      log.info("Public rooms: {} new rooms", step.size());
    }
    return rooms;
  }

  private StudyRoom made(long number, List<Change> step) {
    StudyRoom room = new StudyRoom(uuids.get(), "Study Room " + number);
    step.add(new Change.Put(ROOMS, room.id(), new JsonOut().put("number", number).put("name", room.name()).toRaw().toBytes()));
    return room;
  }

  private List<Visitor> visitors(Instant now) {
    List<Visitor> visitors = new ArrayList<>();
    List<Change> expired = new ArrayList<>();
    int unreadable = 0;
    for (Map.Entry<String, byte[]> entry : store.load(VISITORS).entrySet()) {
      Optional<Visitor> visitor = visitor(entry.getKey(), entry.getValue());
      if (visitor.isEmpty()) {
        unreadable++;
      } else if (visitor.get().lastActiveAt().plus(settings.userTtl()).isBefore(now)) {
        expired.add(new Change.Delete(VISITORS, entry.getKey()));
      } else {
        visitors.add(visitor.get());
      }
    }
    tell(unreadable, "visitors");
    if (!expired.isEmpty()) {
      store.apply(expired);
    }
    return visitors;
  }

  private Map<String, List<NumberedMessage>> chat(List<StudyRoom> rooms) {
    Map<String, List<NumberedMessage>> chat = new LinkedHashMap<>();
    rooms.forEach(room -> chat.put(room.id(), new ArrayList<>()));
    int unreadable = 0;
    for (Map.Entry<String, byte[]> entry : store.load(CHAT).entrySet()) {
      // Of a room that there is not at present the messages wait with it.
      List<NumberedMessage> messages = chat.get(entry.getKey().substring(0, Math.max(0, entry.getKey().indexOf('\n'))));
      if (messages != null) {
        Optional<NumberedMessage> message = message(entry.getKey(), entry.getValue());
        message.ifPresent(messages::add);
        unreadable += message.isPresent() ? 0 : 1;
      }
    }
    tell(unreadable, "chat messages");
    return chat;
  }

  private static void tell(int unreadable, String what) {
    if (unreadable > 0) {
      log.warn("Public rooms: {} {} in the store cannot be read; they are left out, and stay in the store", unreadable, what);
    }
  }

  private static StoreException unreadable(String what) {
    return new StoreException("The store holds the public rooms' " + what + " in a form that cannot be read; restore a backup of its file");
  }

  // ---- What happens; on the rooms' loop

  @Override
  public void visitor(Visitor visitor) {
    store.apply(List.of(new Change.Put(VISITORS, visitor.ipHash(), document(visitor))));
  }

  @Override
  public void visitorGone(Visitor visitor) {
    store.apply(List.of(new Change.Delete(VISITORS, visitor.ipHash())));
  }

  @Override
  public void message(StudyRoom room, long number, ChatMessage message) {
    store.apply(List.of(new Change.Put(CHAT, key(room, number), PublicRoomsCodec.chatMessage(new JsonOut(), message).toRaw().toBytes())));
  }

  @Override
  public void messageGone(StudyRoom room, long number) {
    store.apply(List.of(new Change.Delete(CHAT, key(room, number))));
  }

  // ---- Documents

  /** In hexadecimal of one length, so that the order of the keys is the order of the numbers. */
  private static String key(StudyRoom room, long number) {
    return room.id() + '\n' + String.format("%016x", number);
  }

  private static byte[] document(Visitor visitor) {
    return new JsonOut().put("id", visitor.id()).put("displayName", visitor.displayName()).put("createdAt", visitor.createdAt().toEpochMilli())
        .put("lastActiveAt", visitor.lastActiveAt().toEpochMilli()).toRaw().toBytes();
  }

  private static Optional<Visitor> visitor(String ipHash, byte[] document) {
    Document read = Document.read(document);
    return read.text("id").flatMap(id -> read.text("displayName").flatMap(name -> read.time("createdAt").flatMap(createdAt -> read.time("lastActiveAt")
        .map(lastActiveAt -> new Visitor(id, ipHash, name, createdAt, lastActiveAt)))));
  }

  private static Optional<NumberedMessage> message(String key, byte[] document) {
    Document read = Document.read(document);
    try {
      long number = Long.parseLong(key.substring(key.indexOf('\n') + 1), 16);
      Instant timestamp = Instant.parse(read.text("timestamp").orElse(""));
      return read.text("id").flatMap(id -> read.text("userId").flatMap(userId -> read.text("userName").flatMap(userName -> read.text("content")
          .map(content -> new NumberedMessage(number, new ChatMessage(id, userId, userName, content, timestamp))))));
    } catch (NumberFormatException | DateTimeParseException e) {
      return Optional.empty();
    }
  }

  private static byte[] key(byte[] document) {
    try {
      return Document.read(document).text("key").map(HexFormat.of()::parseHex).filter(key -> key.length == KEY_BYTES).orElseThrow(() -> unreadable("key of addresses"));
    } catch (IllegalArgumentException e) {
      throw unreadable("key of addresses");
    }
  }

  /** The properties of a document; none if it is no JSON object. */
  private record Document(Map<String, String> texts, Map<String, Double> numbers) {

    static Document read(byte[] document) {
      Document read = new Document(new HashMap<>(), new HashMap<>());
      boolean isWhole = JsonIn.readObject(document, (name, value) -> {
        value.text().ifPresent(text -> read.texts.put(name, text));
        value.number().ifPresent(number -> read.numbers.put(name, number));
      });
      return isWhole ? read : new Document(Map.of(), Map.of());
    }

    Optional<String> text(String name) {
      return Optional.ofNullable(texts.get(name));
    }

    Optional<Long> number(String name) {
      return Optional.ofNullable(numbers.get(name)).map(Double::longValue);
    }

    Optional<Instant> time(String name) {
      return number(name).map(Instant::ofEpochMilli);
    }
  }
}
