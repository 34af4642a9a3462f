package dev.roost.gallery;

import static org.assertj.core.api.Assertions.assertThat;

import dev.roost.sim.Json;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Section 2.6: what a state update does to the state and its version, and which ones are refused. */
class StateTest {
  private final GalleryWorld world = new GalleryWorld();
  private final GalleryClient a = world.host("A", "R");
  private final GalleryClient b = world.host("B", "R");

  StateTest() {
    a.forget();
  }

  @Test
  @DisplayName("7. Late joiner: sees content and version")
  void lateJoiner() {
    a.update(1, "{'sceneUrl':'https://example.org/s','sceneLoaded':true}").nothing();

    Json state = world.client("C").join("R").expect("room_joined").at("roomInfo", "state");

    assertThat(state.at("sceneUrl").text()).isEqualTo("https://example.org/s");
    assertThat(state.at("sceneLoaded").bool()).isTrue();
    assertThat(state.at("version").number()).isEqualTo(1);
    assertThat(state.at("sessionSettings")).isEqualTo(GalleryWorld.INITIAL_STATE.at("sessionSettings"));
  }

  @Test
  @DisplayName("2.6 The message is relayed unchanged")
  void relay() {
    String message = "{'type':'state_update','senderId':'A','timestamp':1.50,'x':[],'data':{'type':'full','userId':'Z','version':3,'dependencies':[1],"
        + "'data':{'k':{'version':9},'version':7,'__proto__':{'y':1}}}}";

    a.broadcast(message);

    assertThat(b.expect("message").at("message")).isEqualTo(Json.parse(Json.quoted(message)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"full", "patch"})
  @DisplayName("2.6 Shallow merge for both types: what is given replaces, the rest stays; unknown keys are kept")
  void shallowMerge(String type) {
    a.update("{'treeViewState':{'/a':true,'/b':false},'sceneUrl':'x','custom':{'p':1,'q':2},'n':null}");
    b.forget();

    a.message("state_update", "{'type':'" + type + "','data':{'treeViewState':{'/c':true},'custom':{'q':3},'':0}}");

    assertThat(world.state("R").at("treeViewState")).isEqualTo(Json.parse("{\"/c\":true}"));
    assertThat(world.state("R").at("custom")).isEqualTo(Json.parse("{\"q\":3}"));
    assertThat(world.state("R").at("sceneUrl").text()).isEqualTo("x");
    assertThat(world.state("R").at("n").isNull()).isTrue();
    assertThat(world.state("R").at("").number()).isZero();
    assertThat(world.state("R").at("version").number()).isEqualTo(2);
  }

  @ParameterizedTest
  @ValueSource(strings = {"version", "__proto__", "constructor", "prototype", "__prot\\u006f__", "versio\\u006e"})
  @DisplayName("9. Keys that are dropped, however they are written")
  void droppedKeys(String key) {
    a.update(1, "{'" + key + "':{'bad':1},'k':1}").nothing();

    assertThat(world.state("R").keys()).containsExactlyInAnyOrder("version", "sceneUrl", "sceneLoaded", "treeViewState", "annotations", "focusPoints", "sessionSettings", "k");
    assertThat(world.state("R").at("version").number()).isEqualTo(1);
    assertThat(world.state("R").at("k").number()).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"{'sceneUrl':5}", "{'sceneUrl':null}", "{'sceneUrl':{}}", "{'sceneLoaded':'true'}", "{'sceneLoaded':1}", "{'sceneLoaded':null}",
      "{'treeViewState':[]}", "{'treeViewState':'{}'}", "{'treeViewState':null}", "{'annotations':'[]'}", "{'annotations':{}}", "{'annotations':null}",
      "{'focusPoints':{}}", "{'focusPoints':true}", "{'sessionSettings':[]}", "{'sessionSettings':null}", "{'good':1,'sceneUrl':5,'also good':2}",
      "{'annotations':[],'focusPoints':1}"})
  @DisplayName("9. Bad update: a known key of another type; nothing is applied or relayed")
  void badTypes(String data) {
    assertThat(a.update(1, data).fault()).isEqualTo("Invalid state update");

    b.nothing();
    assertThat(world.state("R")).isEqualTo(GalleryWorld.INITIAL_STATE);
    a.update(1, "{'k':1}").nothing();
    assertThat(world.state("R").at("version").number()).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"null", "5", "[]", "'text'", "{}", "{'version':1}", "{'version':1,'data':null}", "{'version':1,'data':[]}", "{'version':1,'data':'x'}"})
  @DisplayName("2.6 An update without data")
  void noData(String update) {
    assertThat(a.message("state_update", update).fault()).isEqualTo("Invalid state update");
    b.nothing();
    world.pass(1_000);
    assertThat(a.broadcast("{'type':'state_update'}").fault()).isEqualTo("Invalid state update");
    b.nothing();
    assertThat(world.state("R")).isEqualTo(GalleryWorld.INITIAL_STATE);
  }

  @Test
  @DisplayName("2.6 Of a key that comes twice the last counts, in every depth, as for the members that get the message")
  void duplicateKeys() {
    a.message("state_update", "{'version':9,'version':2,'data':{'k':1,'gone':1},'data':{'k':2,'k':3}}").nothing();

    assertThat(world.state("R").at("k").number()).isEqualTo(3);
    assertThat(world.state("R").has("gone")).isFalse();
    assertThat(world.state("R").at("version").number()).isEqualTo(2);
  }

  // ---- Versions

  @Test
  @DisplayName("8. Stale: a version not above the sender's last one is neither applied nor relayed")
  void stale() {
    a.update(5, "{'k':5}").nothing();
    b.forget();

    assertThat(a.update(3, "{'k':3}").fault()).isEqualTo("Stale state update");
    b.nothing();
    world.pass(1_000);
    assertThat(a.update(5, "{'k':6}").fault()).isEqualTo("Stale state update");
    b.nothing();
    assertThat(world.state("R").at("k").number()).isEqualTo(5);
    assertThat(world.state("R").at("version").number()).isEqualTo(5);
    a.update(6, "{'k':7}").nothing();
    assertThat(world.state("R").at("version").number()).isEqualTo(6);
  }

  @Test
  @DisplayName("8. A second writer's numbers are its own (D1)")
  void secondWriter() {
    a.update(5, "{'k':5}");
    b.forget();
    GalleryClient c = world.host("C", "R");
    a.forget();

    c.update(1, "{'k':1}").nothing();

    assertThat(a.events()).containsExactly("message");
    assertThat(world.state("R").at("k").number()).isEqualTo(1);
    assertThat(world.state("R").at("version").number()).isEqualTo(6);
    a.update(6, "{'k':6}").nothing();
    assertThat(world.state("R").at("version").number()).isEqualTo(7);
    c.forget().update(2, "{'k':2}").nothing();
    assertThat(world.state("R").at("version").number()).isEqualTo(8);
  }

  @Test
  @DisplayName("2.6 A refused update is no last accepted version")
  void refusedIsNotTracked() {
    a.update(7, "{'sceneUrl':5}").forget();
    world.viewer("V", "R").update(7, "{'k':1}").join("R", "'userInfo':{'role':'host'}").forget().update(3, "{'k':3}").nothing();

    a.forget().update(4, "{'k':4}").nothing();

    assertThat(world.state("R").at("version").number()).isEqualTo(4);
  }

  @Test
  @DisplayName("2.6 Tracking resets on leave, and is not shared between rooms")
  void trackingResets() {
    a.update(5, "{'k':5}");
    a.leave().join("R").forget().update(1, "{'k':1}").nothing();
    assertThat(world.state("R").at("version").number()).isEqualTo(6);
    a.join("S", "'userInfo':{'role':'host'}").forget().update(1, "{'k':1}").nothing();
    assertThat(world.state("S").at("version").number()).isEqualTo(1);
  }

  @Test
  @DisplayName("2.6 Joining the room one is in is no leave: tracking goes on")
  void trackingGoesOn() {
    a.update(5, "{'k':5}").join("R").forget();

    assertThat(a.update(4, "{'k':4}").fault()).isEqualTo("Stale state update");
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {"5 | 15", "10 | 15", "15.0 | 15", "1.5e1 | 15", "16 | 16", "16.0 | 16", "1000014 | 1000014", "1000015 | 15", "1e18 | 15",
      "1e400 | 15", "-1 | 15", "-1e18 | 15", "15.5 | 15", "'16' | 15", "null | 15", "true | 15", "[16] | 15", "{} | 15", "0 | 15", "-0 | 15"})
  @DisplayName("2.6 The room's version after an update, from 14")
  void versions(String given, long after) {
    b.update(14, "{'k':0}");
    a.forget();

    a.message("state_update", "{'version':" + given + ",'data':{'k':1}}").nothing();

    assertThat(world.state("R").at("version").number()).isEqualTo(after);
    assertThat(world.state("R").at("k").number()).isEqualTo(1);
  }

  @Test
  @DisplayName("2.6 Without a version nothing is stale, and the last one still counts")
  void withoutVersion() {
    a.update(3, "{'k':1}").update("{'k':2}").update("{'k':3}").nothing();

    assertThat(world.state("R").at("version").number()).isEqualTo(5);
    assertThat(a.update(3, "{'k':4}").fault()).isEqualTo("Stale state update");
    a.update(4, "{'k':5}").nothing();
    assertThat(world.state("R").at("version").number()).isEqualTo(6);
  }

  @Test
  @DisplayName("VERSION_POLICY=strict: also what is lower than the room's version is stale")
  void strict() {
    GalleryWorld strict = new GalleryWorld("VERSION_POLICY", "strict");
    GalleryClient first = strict.host("A", "R").update(5, "{'k':5}").nothing();
    GalleryClient second = strict.host("B", "R");
    first.forget();

    assertThat(second.update(4, "{'k':4}").fault()).isEqualTo("Stale state update");
    first.nothing();
    assertThat(strict.state("R").at("k").number()).isEqualTo(5);
    // The room's own version is not lower; the room goes one further.
    second.update(5, "{'k':6}").nothing();
    assertThat(strict.state("R").at("version").number()).isEqualTo(6);
    strict.pass(1_000);
    assertThat(second.update(5, "{'k':7}").fault()).isEqualTo("Stale state update");
    second.update("{'k':8}").nothing();
    assertThat(strict.state("R").at("version").number()).isEqualTo(7);
  }

  // ---- MAX_STATE_BYTES

  @Test
  @DisplayName("MAX_STATE_BYTES: an update that makes the state too large is refused whole; a smaller one, or one that makes room, is not")
  void tooLarge() {
    GalleryWorld small = new GalleryWorld("MAX_STATE_BYTES", "4096");
    GalleryClient host = small.host("A", "R");
    GalleryClient other = small.viewer("B", "R");
    host.forget();
    Json before = small.state("R");

    assertThat(host.update(9, "{'k':1,'big':'" + "x".repeat(4_096) + "'}").fault()).isEqualTo("Room state too large");
    other.nothing();
    assertThat(small.state("R")).isEqualTo(before);
    small.pass(1_000);
    host.update(1, "{'big':'" + "x".repeat(3_000) + "'}").nothing();
    assertThat(host.update(2, "{'more':'" + "x".repeat(3_000) + "'}").fault()).isEqualTo("Room state too large");
    small.pass(1_000);
    host.update(3, "{'big':'','more':'" + "x".repeat(3_000) + "'}").nothing();
    assertThat(small.state("R").at("version").number()).isEqualTo(3);
    assertThat(other.events()).containsExactly("message", "message");
  }

  @Test
  @DisplayName("MAX_STATE_BYTES: keys, annotations and focus points count, and what goes is given back")
  void everythingCounts() {
    GalleryWorld small = new GalleryWorld("MAX_STATE_BYTES", "4096");
    GalleryClient host = small.host("A", "R");
    String text = "x".repeat(1_500);
    assertThat(host.update("{'" + "k".repeat(4_096) + "':1}").fault()).isEqualTo("Room state too large");
    small.pass(1_000);
    host.message("annotation_add", "{'id':'a','text':'" + text + "'}").nothing();
    host.message("focus_change", "{'targetObjectPath':'" + text + "'}").nothing();
    assertThat(host.update("{'k':'" + text + "'}").fault()).isEqualTo("Room state too large");
    small.pass(1_000);
    assertThat(host.message("annotation_add", "{'id':'b','text':'" + text + "'}").fault()).isEqualTo("Room state too large");
    small.pass(1_000);
    // One's own focus point is replaced, so it does not count twice.
    host.message("focus_change", "{'targetObjectPath':'" + text + "!'}").nothing();
    host.message("annotation_remove", "'a'").nothing();
    host.update("{'k':'" + text + "'}").nothing();
    assertThat(host.message("annotation_add", "{'id':'b','text':'" + text + "'}").fault()).isEqualTo("Room state too large");
    small.pass(1_000);
    host.update("{'focusPoints':[]}").message("annotation_add", "{'id':'b','text':'" + text + "'}").nothing();
    assertThat(small.annotations("R")).containsExactly("b");
  }

  @Test
  @DisplayName("MAX_STATE_BYTES: a focus point that is over makes room for an update")
  void expiredFocusMakesRoom() {
    GalleryWorld small = new GalleryWorld("MAX_STATE_BYTES", "4096");
    GalleryClient host = small.host("A", "R");
    host.message("focus_change", "{'duration':1000,'targetObjectPath':'" + "x".repeat(2_500) + "'}").nothing();
    assertThat(host.update("{'k':'" + "x".repeat(2_500) + "'}").fault()).isEqualTo("Room state too large");
    small.pass(1_000);

    host.update("{'k':'" + "x".repeat(2_500) + "'}").nothing();
  }
}
