package dev.roost.publicrooms;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.roost.core.Settings;
import dev.roost.publicrooms.PublicRoomsMessages.ChatMessage;
import dev.roost.publicrooms.PublicRoomsMessages.NumberedMessage;
import dev.roost.store.Change;
import dev.roost.store.Store;
import dev.roost.store.StoreException;
import dev.roost.store.Stores;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What outlives a restart: sections 1.3 and 2.1, and the rooms and the chat. In a file, as it is in production. */
class PublicRoomsArchiveTest {
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00.123Z");
  private static final String ROOMS = "publicrooms.rooms";
  private static final String VISITORS = "publicrooms.visitors";
  private static final String CHAT = "publicrooms.chat";
  private static final String SECRETS = "publicrooms.secrets";

  @TempDir
  Path folder;
  private Store store;

  @BeforeEach
  void open() {
    store = Stores.open(folder.resolve("roost.db").toString());
  }

  @AfterEach
  void close() {
    store.close();
  }

  private void restart() {
    close();
    open();
  }

  private PublicRoomsArchive archive(String... settings) {
    Map<String, String> values = new HashMap<>();
    for (int i = 0; i < settings.length; i += 2) {
      values.put(settings[i], settings[i + 1]);
    }
    return new PublicRoomsArchive(store, PublicRoomsSettings.from(Settings.of(values)), () -> UUID.randomUUID().toString());
  }

  private List<StudyRoom> rooms(String count) {
    return archive("PUBLIC_ROOMS_COUNT", count).load(NOW).rooms();
  }

  private static List<String> ids(List<StudyRoom> rooms) {
    return rooms.stream().map(StudyRoom::id).toList();
  }

  private static Visitor visitor(String id, String name, Instant lastActiveAt) {
    return new Visitor(id, "hash-of-" + id, name, NOW.minusSeconds(9), lastActiveAt);
  }

  private static ChatMessage message(String content) {
    return new ChatMessage("id-" + content, "u", "Ann", content, NOW);
  }

  private void write(String collection, String key, String document) {
    store.apply(List.of(new Change.Put(collection, key, document.getBytes(StandardCharsets.UTF_8))));
    store.flush().toCompletableFuture().join();
  }

  private Map<String, byte[]> stored(String collection) {
    store.flush().toCompletableFuture().join();
    return store.load(collection);
  }

  @Test
  @DisplayName("The rooms are made once, and keep their ids")
  void roomsStay() {
    List<StudyRoom> first = rooms("10");
    restart();
    List<StudyRoom> second = rooms("10");

    assertThat(first).extracting(StudyRoom::name).containsExactly("Study Room 1", "Study Room 2", "Study Room 3", "Study Room 4", "Study Room 5", "Study Room 6", "Study Room 7",
        "Study Room 8", "Study Room 9", "Study Room 10");
    assertThat(first).extracting(StudyRoom::id).allMatch(PublicRoomsParser::isUuid).doesNotHaveDuplicates();
    assertThat(ids(second)).isEqualTo(ids(first));
    assertThat(second).extracting(StudyRoom::name).isEqualTo(first.stream().map(StudyRoom::name).toList());
  }

  @Test
  @DisplayName("More rooms, fewer, and more again: those that stay, and those that come back, are the same")
  void otherCounts() {
    List<String> three = ids(rooms("3"));
    restart();
    List<String> five = ids(rooms("5"));
    restart();
    List<String> two = ids(rooms("2"));
    restart();

    assertThat(five).hasSize(5).startsWith(three.toArray(String[]::new));
    assertThat(two).isEqualTo(three.subList(0, 2));
    assertThat(ids(rooms("5"))).isEqualTo(five);
  }

  @Test
  @DisplayName("2.1. Visitors keep their id and their name")
  void visitors() {
    PublicRoomsArchive archive = archive();
    archive.visitor(visitor("a", "O&#x27;Brien \u00E9\uD83D\uDE00", NOW));
    archive.visitor(visitor("b", "Bob", NOW));
    archive.visitorGone(visitor("b", "Bob", NOW));
    restart();
    List<Visitor> kept = archive().load(NOW.plusSeconds(60)).visitors();

    assertThat(kept).hasSize(1);
    assertThat(kept.getFirst().id()).isEqualTo("a");
    assertThat(kept.getFirst().ipHash()).isEqualTo("hash-of-a");
    assertThat(kept.getFirst().displayName()).isEqualTo("O&#x27;Brien \u00E9\uD83D\uDE00");
    assertThat(kept.getFirst().createdAt()).isEqualTo(NOW.minusSeconds(9));
    assertThat(kept.getFirst().lastActiveAt()).isEqualTo(NOW);
  }

  @Test
  @DisplayName("2.1. Who has expired meanwhile is forgotten, also by the store")
  void expired() {
    PublicRoomsArchive archive = archive();
    archive.visitor(visitor("a", "Ann", NOW));
    archive.visitor(visitor("b", "Bob", NOW.plusSeconds(600)));
    restart();

    assertThat(archive().load(NOW.plus(Duration.ofMinutes(30)).plusMillis(1)).visitors()).extracting(Visitor::id).containsExactly("b");
    assertThat(stored(VISITORS)).containsOnlyKeys("hash-of-b");
  }

  @Test
  @DisplayName("3.4. Chat comes back in its order, without what is beyond the history")
  void chat() {
    PublicRoomsArchive archive = archive();
    List<StudyRoom> rooms = archive.load(NOW).rooms();
    StudyRoom one = rooms.getFirst();
    StudyRoom two = rooms.get(1);
    for (long number : new long[] {9, 10, 11, 0x100}) {
      archive.message(one, number, message("m" + number));
    }
    archive.message(two, 1, message("\u00E9 &lt;3 \uD83D\uDE00"));
    archive.messageGone(one, 9);
    restart();
    Map<String, List<NumberedMessage>> chat = archive().load(NOW.plus(Duration.ofDays(400))).chat();

    assertThat(chat.get(one.id())).containsExactly(new NumberedMessage(10, message("m10")), new NumberedMessage(11, message("m11")), new NumberedMessage(0x100, message("m256")));
    assertThat(chat.get(two.id())).containsExactly(new NumberedMessage(1, message("\u00E9 &lt;3 \uD83D\uDE00")));
    assertThat(chat).hasSize(10);
  }

  @Test
  @DisplayName("The chat of a room that is away comes back with it")
  void chatOfARoomThatIsAway() {
    PublicRoomsArchive archive = archive();
    StudyRoom last = archive.load(NOW).rooms().getLast();
    archive.message(last, 1, message("m"));
    restart();
    assertThat(archive("PUBLIC_ROOMS_COUNT", "2").load(NOW).chat()).hasSize(2).doesNotContainKey(last.id());
    restart();
    assertThat(archive().load(NOW).chat().get(last.id())).containsExactly(new NumberedMessage(1, message("m")));
  }

  @Test
  @DisplayName("1.3. The key of the settings, else one that stays")
  void keys() {
    assertThat(archive("PUBLIC_ROOMS_IP_HASH_KEY", "a secret that is long").ipHashKey(new Random(1))).isEqualTo("a secret that is long".getBytes(StandardCharsets.UTF_8));
    assertThat(stored(SECRETS)).as("a key of the settings is nobody else's").isEmpty();
    byte[] made = archive().ipHashKey(new Random(2));
    restart();

    assertThat(made).hasSize(32);
    assertThat(archive().ipHashKey(new Random(3))).isEqualTo(made);
    assertThat(archive("PUBLIC_ROOMS_IP_HASH_KEY", "a secret that is long").ipHashKey(new Random(1))).isEqualTo("a secret that is long".getBytes(StandardCharsets.UTF_8));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "null", "[]", "{", "{}", "{\"number\":1}", "{\"name\":\"x\"}", "{\"number\":0,\"name\":\"x\"}", "{\"number\":\"1\",\"name\":\"x\"}", "{\"number\":1,\"name\":5}"})
  @DisplayName("A room that cannot be read stops the start, in one line for people")
  void brokenRoom(String document) {
    write(ROOMS, "7b0c", document);
    assertThatThrownBy(() -> archive().load(NOW)).isInstanceOf(StoreException.class).hasMessageContaining("room 7b0c").hasMessageContaining("backup");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "{}", "x", "{\"key\":5}", "{\"key\":\"0g\"}", "{\"key\":\"00\"}", "{\"key\":\"\"}"})
  @DisplayName("A key that cannot be read stops the start")
  void brokenKey(String document) {
    write(SECRETS, "ip-hash-key", document);
    assertThatThrownBy(() -> archive().ipHashKey(new Random(1))).isInstanceOf(StoreException.class).hasMessageContaining("key of addresses");
  }

  @Test
  @DisplayName("Visitors and messages that cannot be read are left out, and the others come")
  void brokenParts() {
    PublicRoomsArchive archive = archive();
    StudyRoom room = archive.load(NOW).rooms().getFirst();
    archive.visitor(visitor("a", "Ann", NOW));
    archive.message(room, 1, message("m"));
    for (String broken : new String[] {"", "null", "{", "{}", "[1]", "{\"id\":\"x\",\"displayName\":5,\"createdAt\":1,\"lastActiveAt\":1}", "{\"id\":\"x\",\"displayName\":\"y\",\"createdAt\":1}",
        "{\"id\":\"x\",\"userId\":\"u\",\"userName\":\"n\",\"content\":\"c\",\"timestamp\":\"yesterday\"}", "{\"id\":\"x\",\"userId\":\"u\",\"userName\":\"n\",\"timestamp\":\"2026-01-01T00:00:00Z\"}"}) {
      write(VISITORS, "hash" + broken.length(), broken);
      write(CHAT, room.id() + "\n000000000000000" + Integer.toHexString(2 + broken.length() % 8), broken);
    }
    write(CHAT, room.id() + "\nnumber", "{\"id\":\"x\",\"userId\":\"u\",\"userName\":\"n\",\"content\":\"c\",\"timestamp\":\"2026-01-01T00:00:00Z\"}");
    write(CHAT, "", "{}");
    write(CHAT, "nobody\n0000000000000001", "{}");
    int before = stored(CHAT).size();
    restart();
    PublicRoomsArchive.Kept kept = archive().load(NOW);

    assertThat(kept.visitors()).extracting(Visitor::id).containsExactly("a");
    assertThat(kept.chat().get(room.id())).containsExactly(new NumberedMessage(1, message("m")));
    assertThat(stored(CHAT)).as("nothing is thrown away").hasSize(before);
  }

  @Test
  @DisplayName("Random steps: what comes back is what was told")
  void random() {
    Random random = new Random(34);
    Map<String, String> names = new HashMap<>();
    Map<Long, String> contents = new HashMap<>();
    PublicRoomsArchive archive = archive();
    StudyRoom room = archive.load(NOW).rooms().getFirst();
    for (int step = 0; step < 400; step++) {
      String id = "v" + random.nextInt(20);
      long number = random.nextInt(50);
      switch (random.nextInt(5)) {
        case 0, 1 -> {
          names.put(id, "n" + step);
          archive.visitor(visitor(id, "n" + step, NOW.plusSeconds(step)));
        }
        case 2 -> {
          names.remove(id);
          archive.visitorGone(visitor(id, "", NOW));
        }
        case 3 -> {
          contents.put(number, "c" + step);
          archive.message(room, number, message("c" + step));
        }
        default -> {
          contents.remove(number);
          archive.messageGone(room, number);
        }
      }
      if (random.nextInt(80) == 0) {
        restart();
        archive = archive();
        PublicRoomsArchive.Kept kept = archive.load(NOW);
        assertThat(kept.visitors()).hasSize(names.size()).allSatisfy(visitor -> assertThat(visitor.displayName()).isEqualTo(names.get(visitor.id())));
        assertThat(kept.chat().get(room.id())).hasSize(contents.size()).allSatisfy(message -> assertThat(message.message().content()).isEqualTo(contents.get(message.number())));
      }
    }
  }
}
