package dev.roost.gallery;

import static org.assertj.core.api.Assertions.assertThat;

import dev.roost.sim.Json;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Sections 2.4 to 2.6: annotations and focus points in the state of a room. Who may add and remove is in {@link RoleTest}. */
class AnnotationTest {
  private final GalleryWorld world = new GalleryWorld();
  private final GalleryClient a = world.viewer("A", "R");
  private final GalleryClient b = world.viewer("B", "R");

  AnnotationTest() {
    a.forget();
  }

  @Test
  @DisplayName("20. annotation_add is in a late joiner's snapshot as it came in")
  void add() {
    String annotation = "{'id':'n1','userId':'A','userName':'Ann','position':[1,2.50,3],'text':'\\u00e9<b>','color':'#fff','timestamp':17,'extra':{'x':null}}";
    a.message("annotation_add", annotation).nothing();

    Json state = world.client("C").join("R").expect("room_joined").at("roomInfo", "state");

    assertThat(state.at("annotations").items()).containsExactly(Json.parse(Json.quoted(annotation)));
    assertThat(state.at("version").number()).isZero();
    assertThat(b.expect("message").at("message", "data")).isEqualTo(Json.parse(Json.quoted(annotation)));
  }

  @Test
  @DisplayName("20. annotation_add sent twice is relayed twice and kept once, as it was first")
  void addTwice() {
    a.message("annotation_add", "{'id':'n1','text':'first'}").message("annotation_add", "{'id':'n1','text':'second'}").nothing();
    b.message("annotation_add", "{'id':'n1','text':'third'}");

    assertThat(b.events()).containsExactly("message", "message");
    assertThat(a.events()).containsExactly("message");
    assertThat(world.state("R").at("annotations").items()).singleElement().satisfies(kept -> assertThat(kept.at("text").text()).isEqualTo("first"));
    // The author is who was first.
    assertThat(b.unannotate("n1").fault()).isEqualTo("Permission denied");
    a.forget().unannotate("n1").nothing();
    assertThat(world.annotations("R")).isEmpty();
  }

  @Test
  @DisplayName("20. annotation_remove: gone from the state, and what is not there is relayed without effect")
  void remove() {
    a.annotate("n1").annotate("n2").annotate("n3");
    b.forget();

    a.unannotate("n2").nothing();

    assertThat(b.expect("message").at("message", "data").text()).isEqualTo("n2");
    assertThat(world.annotations("R")).containsExactly("n1", "n3");
    b.unannotate("n2").unannotate("never").message("annotation_remove", "{'id':'n1'}");
    b.message("annotation_remove", "null").broadcast("{'type':'annotation_remove'}").nothing();
    assertThat(a.events()).hasSize(5).containsOnly("message");
    assertThat(world.annotations("R")).containsExactly("n1", "n3");
    a.annotate("n2").nothing();
    assertThat(world.annotations("R")).containsExactly("n1", "n3", "n2");
  }

  @Test
  @DisplayName("A number as an id is an id, and not the text of that number")
  void numericIds() {
    a.message("annotation_add", "{'id':1,'text':'number'}").message("annotation_add", "{'id':'1','text':'text'}").message("annotation_add", "{'id':1,'text':'again'}");

    assertThat(world.state("R").at("annotations").items()).extracting(kept -> kept.at("text").text()).containsExactly("number", "text");
    a.message("annotation_remove", "1").nothing();
    assertThat(world.state("R").at("annotations").items()).extracting(kept -> kept.at("text").text()).containsExactly("text");
  }

  @Test
  @DisplayName("20. Leaving takes the user's focus points along, not its annotations")
  void leaving() {
    a.annotate("n1").focus("/a");
    b.focus("/b");
    assertThat(world.focus("R")).containsExactly("A", "B");

    a.drop();

    assertThat(world.annotations("R")).containsExactly("n1");
    assertThat(world.focus("R")).containsExactly("B");
  }

  @ParameterizedTest
  @ValueSource(strings = {"'userId':'B'", "'userId':'B','userId':'B'", "'userId':'A','userId':'B'", "'userId':'B','userId':'A'", "'us\\u0065rId':'B'", "'userId':5", "'userId':{'x':[]}"})
  @DisplayName("2.5 The author is the connection's user, whatever the annotation says (defect 11)")
  void forgedAuthor(String claim) {
    a.message("annotation_add", "{'id':'n1'," + claim + ",'text':'t'}").nothing();

    Json kept = world.state("R").at("annotations", 0);
    assertThat(kept.at("userId").text()).isEqualTo("A");
    assertThat(kept.at("text").text()).isEqualTo("t");
    assertThat(b.forget().unannotate("n1").fault()).isEqualTo("Permission denied");
    a.unannotate("n1").nothing();
    assertThat(world.annotations("R")).isEmpty();
  }

  @Test
  @DisplayName("2.5 An annotation that came with a state update belongs to its own userId")
  void annotationsOfAnUpdate() {
    a.update("{'annotations':[{'id':'n1','userId':'B'},{'id':'n2','userId':'A'},{'id':'n3'}]}").nothing();
    assertThat(world.state("R").at("annotations").items()).hasSize(3);
    b.forget();

    assertThat(a.unannotate("n1").fault()).isEqualTo("Permission denied");
    world.pass(1_000);
    assertThat(a.unannotate("n3").fault()).isEqualTo("Permission denied");
    b.unannotate("n1").nothing();
    a.forget().unannotate("n2").nothing();
    world.host("H", "R").unannotate("n3").nothing();
    assertThat(world.annotations("R")).isEmpty();
  }

  @Test
  @DisplayName("2.6 A state update replaces all annotations, and those that stay keep no other author than their own word")
  void replaceAll() {
    a.annotate("n1").annotate("n2");

    b.update("{'annotations':[{'id':'n2','userId':'A'},{'id':'n9','userId':'B'}]}");

    assertThat(world.annotations("R")).containsExactly("n2", "n9");
    a.forget().unannotate("n2").nothing();
    assertThat(world.annotations("R")).containsExactly("n9");
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {"annotation_add | 5", "annotation_add | null", "annotation_add | 'n1'", "annotation_add | [{'id':'n1'}]", "annotation_add | {}",
      "annotation_add | {'id':{}}", "focus_change | []", "focus_change | '/x'"})
  @DisplayName("annotation_add without an object that has an id, and focus_change without an object, are relayed and not stored")
  void noObject(String type, String data) {
    b.forget();
    a.forget().message(type, data).nothing();

    assertThat(b.events()).containsExactly("message");
    assertThat(world.state("R")).isEqualTo(GalleryWorld.INITIAL_STATE);
  }

  @Test
  @DisplayName("focus_change with null: the sender looks nowhere any more")
  void focusOnNothing() {
    a.focus("/x");
    b.focus("/y");

    a.forget().message("focus_change", "null").nothing();

    assertThat(world.focus("R")).hasSize(1);
  }

  @Test
  @DisplayName("An id is the number, however it is written")
  void numberSpelling() {
    a.message("annotation_add", "{'id':1,'text':'t'}").message("annotation_add", "{'id':1.0,'text':'again'}");
    assertThat(world.state("R").at("annotations").items()).hasSize(1);

    a.message("annotation_remove", "1e0").nothing();

    assertThat(world.state("R").at("annotations").items()).isEmpty();
  }

  @Test
  @DisplayName("2.6 What is in the lists of a state update must be objects: clients look into them")
  void listItems() {
    for (String list : new String[] {"'annotations':[null]", "'annotations':[{'id':'n'},5]", "'focusPoints':['x']"}) {
      assertThat(a.forget().update("{" + list + "}").fault()).isEqualTo("Invalid state update");
      world.pass(1_000);
    }
    assertThat(world.state("R")).isEqualTo(GalleryWorld.INITIAL_STATE);
  }

  @Test
  @DisplayName("MAX_ANNOTATIONS: one by one, and in an update")
  void maxAnnotations() {
    GalleryWorld small = new GalleryWorld("MAX_ANNOTATIONS", "2");
    GalleryClient x = small.viewer("X", "R").annotate("n1").annotate("n2").nothing();
    GalleryClient y = small.viewer("Y", "R");
    x.forget();

    assertThat(x.annotate("n3").fault()).isEqualTo("Too many annotations");
    y.nothing();
    assertThat(small.annotations("R")).containsExactly("n1", "n2");
    x.annotate("n2").nothing();
    small.pass(1_000);
    assertThat(x.update("{'annotations':[{},{},{}],'k':1}").fault()).isEqualTo("Too many annotations");
    assertThat(small.state("R").has("k")).isFalse();
    x.unannotate("n1").annotate("n3").nothing();
    assertThat(small.annotations("R")).containsExactly("n2", "n3");
    x.update("{'annotations':[{'id':'x'},{'id':'y'}]}").nothing();
    assertThat(y.events()).hasSize(4);
  }

  @Test
  @DisplayName("MAX_ANNOTATIONS: 500 by default")
  void defaultMaxAnnotations() {
    for (int i = 0; i < 500; i++) {
      a.annotate("n" + i);
    }
    a.nothing();

    assertThat(a.annotate("x").fault()).isEqualTo("Too many annotations");
  }

  // ---- Focus points

  @Test
  @DisplayName("20. focus_change replaces the sender's focus point, and nobody else's")
  void focusReplaces() {
    a.focus("/a1");
    b.focus("/b1");
    a.focus("/a2").forget();

    assertThat(world.state("R").at("focusPoints").items()).extracting(focus -> focus.at("userId").text() + focus.at("targetObjectPath").text()).containsExactly("B/b1", "A/a2");
    assertThat(world.state("R").at("version").number()).isZero();
  }

  @Test
  @DisplayName("2.5 A focus point is the sender's, whatever it says")
  void forgedFocus() {
    b.focus("/b");
    a.message("focus_change", "{'userId':'B','targetObjectPath':'/a'}");

    assertThat(world.focus("R")).containsExactly("B", "A");
    a.drop();
    assertThat(world.focus("R")).containsExactly("B");
  }

  @Test
  @DisplayName("2.5 A focus point ends after its duration, and not before")
  void duration() {
    a.message("focus_change", "{'userId':'A','duration':2000}");
    b.message("focus_change", "{'userId':'B','duration':0.5}");
    assertThat(world.focus("R")).contains("A");
    world.pass(1_999);
    assertThat(world.focus("R")).containsExactly("A");
    world.pass(1);

    assertThat(world.focus("R")).isEmpty();
  }

  @Test
  @DisplayName("2.5 A new focus point begins a new duration")
  void newDuration() {
    a.message("focus_change", "{'userId':'A','duration':2000}");
    world.pass(1_500);
    a.message("focus_change", "{'userId':'A','duration':2000}");
    world.pass(1_500);
    assertThat(world.focus("R")).containsExactly("A");
    a.message("focus_change", "{'userId':'A'}");
    world.pass(GalleryWorld.ROOM_TIMEOUT);

    assertThat(world.focus("R")).containsExactly("A");
  }

  @ParameterizedTest
  @ValueSource(strings = {"-1", "null", "'5'", "{}", "1e300", "-1e400", "1e400"})
  @DisplayName("2.5 A duration that is none, or is very long, keeps the focus point")
  void oddDuration(String duration) {
    a.message("focus_change", "{'userId':'A','duration':" + duration + "}").nothing();
    world.pass(GalleryWorld.ROOM_TIMEOUT);

    assertThat(world.focus("R")).containsExactly("A");
  }

  @Test
  @DisplayName("2.6 Focus points of a state update: all are replaced, each is its own userId's")
  void focusPointsOfAnUpdate() {
    a.focus("/a");
    a.update("{'focusPoints':[{'userId':'B','duration':100},{'userId':'A'},{'userId':'ghost'}]}").nothing();
    assertThat(world.focus("R")).containsExactly("B", "A", "ghost");
    world.pass(100);
    assertThat(world.focus("R")).containsExactly("A", "ghost");
    a.drop();

    assertThat(world.focus("R")).containsExactly("ghost");
  }

  @Test
  @DisplayName("2.3 A takeover is no leave: the focus point stays")
  void takeoverKeepsFocus() {
    a.focus("/a");
    world.viewer("A", "R");
    a.drop();

    assertThat(world.focus("R")).containsExactly("A");
  }
}
