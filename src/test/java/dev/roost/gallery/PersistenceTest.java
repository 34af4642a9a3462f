package dev.roost.gallery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.roost.core.RawJson;
import dev.roost.store.Change;
import dev.roost.store.Store;
import dev.roost.store.StoreException;
import dev.roost.store.Stores;
import dev.roost.transport.json.JsonOut;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** R5: what is there after a restart, and that nothing is left of what was deleted. */
class PersistenceTest {
  private static final String PERSISTENT = "{'persistent':true}";
  private static final List<String> COLLECTIONS = List.of("gallery.rooms", "gallery.state", "gallery.annotations");

  private final GalleryWorld world = new GalleryWorld();

  @Test
  @DisplayName("R5: state, version and annotations are as they were; members and focus points are gone")
  void state() {
    world.create("R", PERSISTENT);
    GalleryClient a = world.host("A", "R");
    a.update(7, "{'sceneUrl':'s','sceneLoaded':true,'treeViewState':{ '/a' : true },'own':[1.50,'\\u00e9',null],'':0,'line\\nbreak':1,'n\\u0000':2,'😀':3,'__x__':{}}");
    a.update("{'sceneLoaded':false}").annotate("n1").annotate("n2").annotate("n3").unannotate("n2").focus("/x");
    a.update(9, "{'own':2}").annotate("n4");
    assertThat(world.focus("R")).containsExactly("A");

    GalleryWorld next = world.restarted();

    assertThat(next.roster("R")).isEmpty();
    assertThat(next.focus("R")).isEmpty();
    assertThat(next.annotations("R")).containsExactly("n1", "n3", "n4");
    assertThat(next.state("R").at("version").number()).isEqualTo(9);
    // Now the old one has no focus points either.
    a.drop();
    assertThat(next.state("R")).isEqualTo(world.state("R"));
    assertThat(next.room("R").createdAt()).isEqualTo(world.room("R").createdAt());
    assertThat(next.room("R").lastActivity()).isEqualTo(next.loop.now());
  }

  @Test
  @DisplayName("R5: the version goes on from where it was")
  void version() {
    world.create("R", PERSISTENT);
    world.host("A", "R").update(41, "{'k':1}");

    GalleryWorld next = world.restarted();
    GalleryClient a = next.host("A", "R").update(1, "{'k':2}").nothing();

    assertThat(next.state("R").at("version").number()).isEqualTo(42);
    a.update("{'focusPoints':[]}");
    assertThat(next.restarted().state("R").at("version").number()).isEqualTo(43);
  }

  @Test
  @DisplayName("R5: the configuration is as it was")
  void config() {
    world.create("R", "{'persistent':true,'name':'N','maxUsers':2,'password':'p\\u00e4ss','permissions':{'allowSceneChange':'all','allowTreeViewChange':'host','allowAnnotations':'editor',"
        + "'allowCameraControl':'host'}}");
    RoomConfig before = world.room("R").config();

    GalleryWorld next = world.restarted();

    assertThat(next.room("R").config()).isEqualTo(before);
    assertThat(next.client("X").join("R", "'password':'other'").fault()).isEqualTo("Invalid password");
    GalleryClient h = next.client("H").join("R", "'password':'pä\\u0073s'", "'userInfo':{'role':'editor'}").forget();
    GalleryClient v = next.client("V").join("R", "'password':'päss'").forget();
    h.forget();
    assertThat(next.client("X").join("R", "'password':'päss'").fault()).isEqualTo("Room is full");
    v.update("{'k':1}").nothing();
    assertThat(h.update("{'treeViewState':{}}").take().getLast().at("data", "message").text()).isEqualTo("Permission denied");
    assertThat(v.annotate("n").fault()).isEqualTo("Permission denied");
    h.leave();
    v.drop();
    assertThat(next.roomIds()).containsExactly("R");
    assertThat(next.restarted().room("R").config()).isEqualTo(before);
  }

  @Test
  @DisplayName("R5: authors are who they were, whatever the annotation says")
  void authors() {
    world.create("R", PERSISTENT);
    world.viewer("A", "R").message("annotation_add", "{'id':'n1','userId':'B'}").message("annotation_add", "{'id':'n2'}").message("annotation_add", "{'id':3,'text':'ü'}");
    world.viewer("B", "R").update("{'k':1}");

    GalleryWorld next = world.restarted();
    GalleryClient b = next.viewer("B", "R");
    for (String id : List.of("'n1'", "'n2'", "3")) {
      assertThat(b.message("annotation_remove", id).fault()).isEqualTo("Permission denied");
      next.pass(1_000);
    }
    next.viewer("A", "R").message("annotation_remove", "'n1'").message("annotation_remove", "'n2'").message("annotation_remove", "3").nothing();

    assertThat(next.state("R").at("annotations").items()).isEmpty();
    assertThat(next.restarted().state("R").at("annotations").items()).isEmpty();
  }

  @Test
  @DisplayName("R5: authors of annotations that came with a state update, or have none")
  void authorsOfAnUpdate() {
    world.create("R", PERSISTENT);
    world.viewer("A", "R").update("{'annotations':[{'id':'n1','userId':'B'},{'id':'n2'}]}");

    GalleryWorld next = world.restarted();

    assertThat(next.state("R").at("annotations").items()).hasSize(2);
    GalleryClient a = next.viewer("A", "R");
    assertThat(a.unannotate("n1").fault()).isEqualTo("Permission denied");
    next.viewer("B", "R").unannotate("n1").nothing();
    next.pass(1_000);
    assertThat(a.forget().unannotate("n2").fault()).isEqualTo("Permission denied");
    next.host("H", "R").unannotate("n2").nothing();
    assertThat(next.restarted().state("R").at("annotations").items()).isEmpty();
  }

  @Test
  @DisplayName("R5: allowAnnotations counts after a restart, and annotations added then come after the old ones")
  void annotationsAfterRestart() {
    world.create("R", PERSISTENT);
    world.host("A", "R").annotate("n1").annotate("n2").unannotate("n2").update("{'sessionSettings':{'allowAnnotations':false}}");

    GalleryWorld next = world.restarted();
    assertThat(next.viewer("V", "R").annotate("x").fault()).isEqualTo("Permission denied");
    next.host("A", "R").annotate("n3").annotate("n1").annotate("n4");

    assertThat(next.annotations("R")).containsExactly("n1", "n3", "n4");
    assertThat(next.restarted().annotations("R")).containsExactly("n1", "n3", "n4");
  }

  @Test
  @DisplayName("R5: more annotations than fit into one digit keep their order")
  void manyAnnotations() {
    world.create("R", PERSISTENT);
    GalleryClient a = world.viewer("A", "R");
    for (int i = 0; i < 300; i++) {
      a.annotate("n" + i);
    }
    a.nothing();

    assertThat(world.restarted().annotations("R")).isEqualTo(world.annotations("R")).hasSize(300);
  }

  @Test
  @DisplayName("R5: MAX_STATE_BYTES counts what was restored")
  void bytesAfterRestart() {
    GalleryWorld small = new GalleryWorld("MAX_STATE_BYTES", "4096");
    small.create("R", PERSISTENT);
    small.viewer("A", "R").update("{'k':'" + "x".repeat(1_500) + "'}").message("annotation_add", "{'id':'n','text':'" + "x".repeat(1_500) + "'}").nothing();

    GalleryWorld next = small.restarted();
    GalleryClient a = next.viewer("A", "R");
    assertThat(a.update("{'l':'" + "x".repeat(1_000) + "'}").fault()).isEqualTo("Room state too large");
    next.pass(1_000);
    a.unannotate("n").update("{'l':'" + "x".repeat(1_000) + "'}").nothing();
  }

  @Test
  @DisplayName("R5: rooms come back in the order of their creation, and only persistent ones do")
  void order() {
    for (String room : List.of("z", "b", "y", "a", "B", "10", "9")) {
      world.create(room, PERSISTENT);
      world.pass(1);
      world.create("not " + room, "{}");
      world.pass(1);
    }
    world.delete("y");

    assertThat(world.restarted().roomIds()).containsExactly("z", "b", "a", "B", "10", "9");
  }

  @Test
  @DisplayName("R5: rooms made within one millisecond come back in the order of their creation, too")
  void orderWithinAMillisecond() {
    for (String room : List.of("b", "a", "c")) {
      world.create(room, PERSISTENT);
    }
    assertThat(world.roomIds()).containsExactly("b", "a", "c");

    assertThat(world.restarted().roomIds()).containsExactly("b", "a", "c");
    GalleryWorld next = world.restarted();
    next.create("0", PERSISTENT);
    assertThat(next.restarted().roomIds()).containsExactly("b", "a", "c", "0");
  }

  @Test
  @DisplayName("A room that is not persistent leaves no trace in the store")
  void nothingOfOthers() {
    world.create("R", "{'password':'p'}");
    world.client("A").join("R", "'password':'p'").update("{'k':1}").annotate("n").focus("/x");
    world.viewer("B", "S").update("{'k':1}").annotate("n").leave();

    assertThat(documents()).isEmpty();
  }

  @Test
  @DisplayName("A refused message writes nothing")
  void refusedWritesNothing() {
    world.create("R", PERSISTENT);
    GalleryClient h = world.host("H", "R").update(5, "{'k':1}").annotate("n");
    GalleryClient v = world.viewer("V", "R");
    Map<String, String> before = documents();

    v.update("{'k':2}").unannotate("n").message("state_full", "{}");
    h.update(5, "{'k':3}").update("{'sceneUrl':4,'k':4}").message("annotation_add", "5");

    assertThat(documents()).isEqualTo(before);
  }

  @Test
  @DisplayName("The password is nowhere in the store")
  void passwordIsHashed() {
    world.create("R", "{'persistent':true,'password':'open sesame'}");
    world.client("A").join("R", "'password':'open sesame'").update("{'k':1}");

    assertThat(documents().toString()).contains("passwordHash").doesNotContain("sesame");
  }

  // ---- Deletion

  @ParameterizedTest
  @ValueSource(strings = {"R", "R1", "R ", "RR", "r", "R/n1", "%R", "R_", "😀", "\uFF01", "Re\u0301", "R'\"\\"})
  @DisplayName("7. Deletion removes every document of the room, and only those")
  void delete(String id) {
    List<String> all = List.of("R", "R1", "R ", "RR", "r", "R/n1", "%R", "R_", "😀", "\uFF01", "Re\u0301", "R'\"\\", "0", "\u00e9");
    for (String room : all) {
      GalleryClient a = world.client("A").sendVerbatim(new JsonOut().put("action", "create_room").put("roomId", room)
          .put("config", RawJson.of("{\"persistent\":true}")).toText());
      a.expect("room_created");
      a.sendVerbatim(new JsonOut().put("action", "join_room").put("roomId", room).toText()).forget();
      a.update("{'k':1,'1':1,'':1,'R\\n1':1}").annotate("n1").annotate("n2").unannotate("n1").update("{'annotations':[{'id':'x'},{'id':'y'}]}").annotate("z").nothing();
      a.leave();
      world.pass(1);
    }
    Map<String, String> before = documents();
    List<String> own = before.keySet().stream().filter(key -> key.split(" ", 2)[1].equals(id) || key.split(" ", 2)[1].startsWith(id + "\n")).toList();
    assertThat(own).hasSize(1 + 4 + 4 + 3);

    assertThat(world.delete(id)).isTrue();

    before.keySet().removeAll(own);
    assertThat(documents()).isEqualTo(before);
    assertThat(world.restarted().roomIds()).containsExactlyElementsOf(all.stream().filter(room -> !room.equals(id)).toList());
  }

  @Test
  @DisplayName("7. A room made anew after a deletion has nothing of the old one")
  void madeAnew() {
    world.create("R", "{'persistent':true,'password':'p'}");
    world.client("A").join("R", "'password':'p'").update(9, "{'k':1}").annotate("n");
    world.delete("R");
    world.pass(5);
    world.create("R", PERSISTENT);

    GalleryWorld next = world.restarted();

    assertThat(next.state("R")).isEqualTo(GalleryWorld.INITIAL_STATE);
    assertThat(next.room("R").createdAt()).isEqualTo(world.room("R").createdAt());
    next.viewer("B", "R");
    assertThat(next.delete("R")).isTrue();
    assertThat(documents()).isEmpty();
  }

  @Test
  @DisplayName("MAX_ROOMS counts restored rooms")
  void restoredRoomsCount() {
    GalleryWorld small = new GalleryWorld("MAX_ROOMS", "1");
    small.create("R", PERSISTENT);

    GalleryWorld next = small.restarted();

    assertThat(next.client("A").join("S").fault()).isEqualTo("Server at capacity");
    assertThat(next.client("B").create("R", "{}").fault()).isEqualTo("Server at capacity");
    next.viewer("C", "R");
  }

  // ---- A store that is not what was written

  @ParameterizedTest
  @ValueSource(strings = {"", "null", "{", "[]", "{}", "{\"maxUsers\":1,\"createdAt\":2}", "{\"number\":1,\"maxUsers\":\"1\",\"createdAt\":2,\"version\":3}"})
  @DisplayName("A room that cannot be read stops the start and is named")
  void unreadableRoom(String document) {
    Store store = Stores.open(Stores.MEMORY);
    store.apply(List.of(new Change.Put("gallery.rooms", "R1", document.getBytes(StandardCharsets.UTF_8))));

    assertThatThrownBy(() -> new GalleryWorld(1, store)).isInstanceOf(StoreException.class).hasMessageContaining("R1");
  }

  @ParameterizedTest
  @ValueSource(strings = {"gallery.state", "gallery.annotations"})
  @DisplayName("A part without its room stops the start and is named")
  void orphan(String collection) {
    Store store = Stores.open(Stores.MEMORY);
    store.apply(List.of(new Change.Put(collection, "R1\n0000000000000001", "{\"annotation\":{}}".getBytes(StandardCharsets.UTF_8))));

    assertThatThrownBy(() -> new GalleryWorld(1, store)).isInstanceOf(StoreException.class).hasMessageContaining("R1");
  }

  @ParameterizedTest
  @ValueSource(strings = {"{}", "5", "", "{\"author\":\"A\"}"})
  @DisplayName("An annotation that cannot be read stops the start and names its room")
  void unreadableAnnotation(String document) {
    world.create("R1", PERSISTENT);
    world.store.apply(List.of(new Change.Put("gallery.annotations", "R1\n0000000000000001", document.getBytes(StandardCharsets.UTF_8))));

    assertThatThrownBy(() -> new GalleryWorld(1, world.store)).isInstanceOf(StoreException.class).hasMessageContaining("R1");
  }

  // ---- Steps

  /** Everything that Gallery has in the store: collection and key, and the text. */
  private Map<String, String> documents() {
    Map<String, String> all = new TreeMap<>();
    for (String collection : COLLECTIONS) {
      world.store.load(collection).forEach((key, document) -> all.put(collection + " " + key, new String(document, StandardCharsets.UTF_8)));
    }
    return all;
  }
}
