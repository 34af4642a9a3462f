package dev.roost.gallery;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Section 2.5: who may do what. Every room here has a host H, who listens, unless a test says otherwise. */
class RoleTest {
  private final GalleryWorld world = new GalleryWorld();

  @ParameterizedTest
  @CsvSource({"viewer, false", "editor, true", "host, true"})
  @DisplayName("19. state_update: host and editor")
  void stateUpdate(String role, boolean allowed) {
    GalleryClient h = world.host("H", "R");
    GalleryClient a = joined("A", role);
    h.forget();

    a.update("{'k':1}");

    assertRelayed(allowed, a, h);
    assertThat(world.state("R").has("k")).isEqualTo(allowed);
    assertThat(world.state("R").at("version").number()).isEqualTo(allowed ? 1 : 0);
  }

  @Test
  @DisplayName("19. state_update in a leaderless room: everybody")
  void leaderless() {
    GalleryClient a = world.viewer("A", "R");
    GalleryClient b = world.viewer("B", "R");
    a.forget();

    a.update("{'k':1,'treeViewState':{'/a':true}}");

    assertRelayed(true, a, b);
    assertThat(world.state("R").at("k").number()).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"host", "editor"})
  @DisplayName("2.5 Leaderless begins when the last host or editor leaves, and ends when one comes")
  void leaderlessForAWhile(String role) {
    GalleryClient a = world.viewer("A", "R");
    world.viewer("B", "R");
    GalleryClient leader = joined("L", role);
    a.forget();
    assertThat(a.update("{'k':1}").fault()).isEqualTo("Permission denied");
    world.pass(1_000);
    leader.drop();
    a.forget();
    a.update("{'k':2}").nothing();
    assertThat(world.state("R").at("k").number()).isEqualTo(2);
    joined("M", role);
    a.forget();

    assertThat(a.update("{'k':3}").fault()).isEqualTo("Permission denied");
    assertThat(world.state("R").at("k").number()).isEqualTo(2);
  }

  @Test
  @DisplayName("2.5 Joining again with another role changes what one may do at once")
  void roleChange() {
    world.host("H", "R");
    GalleryClient a = world.viewer("A", "R");
    a.join("R", "'userInfo':{'role':'editor'}").forget();
    a.update("{'k':1}").nothing();
    a.join("R", "'userInfo':{'role':'viewer'}").forget();

    assertThat(a.update("{'k':2}").fault()).isEqualTo("Permission denied");
    assertThat(world.state("R").at("k").number()).isEqualTo(1);
  }

  @Test
  @DisplayName("2.5 Leaderless frees state updates only")
  void leaderlessHostOnly() {
    GalleryClient a = world.viewer("A", "R");
    GalleryClient b = world.viewer("B", "R");
    a.forget();
    a.annotate("n").nothing();
    b.forget();

    assertThat(a.message("state_full", "{}").fault()).isEqualTo("Permission denied");
    assertThat(b.unannotate("n").fault()).isEqualTo("Permission denied");
    b.nothing();
  }

  @ParameterizedTest
  @CsvSource({"state_full, viewer, false", "state_full, editor, false", "state_full, host, true", "grant_control, viewer, false", "grant_control, editor, false",
      "grant_control, host, true", "pose_update, viewer, true", "gaze_update, viewer, true", "camera_frame, viewer, true", "chat_message, viewer, true",
      "state_request, viewer, true", "request_control, viewer, true", "join_session, viewer, true", "user_left, viewer, true", "whatever, viewer, true", "'', viewer, true",
      "focus_change, viewer, true", "annotation_add, viewer, true", "annotation_remove, viewer, true"})
  @DisplayName("2.5 The table: who may send what")
  void table(String type, String role, boolean allowed) {
    GalleryClient h = world.host("H", "R");
    GalleryClient a = joined("A", role);
    h.forget();

    a.message(type, "{}");

    assertRelayed(allowed, a, h);
  }

  @ParameterizedTest
  @ValueSource(strings = {"pose_update", "gaze_update", "camera_frame", "chat_message", "state_request", "request_control", "state_full", "grant_control", "whatever", "state_updates"})
  @DisplayName("7. Poses are in no state: ephemeral messages change none of it")
  void ephemeral(String type) {
    world.host("H", "R").message(type, "{'type':'patch','version':5,'data':{'sceneUrl':'x'},'id':'a','position':[1,2,3]}");

    assertThat(world.state("R")).isEqualTo(GalleryWorld.INITIAL_STATE);
  }

  @ParameterizedTest
  @CsvSource({"viewer, false", "editor, false", "host, true"})
  @DisplayName("2.5 annotation_add with allowAnnotations false: the host only")
  void annotationsOff(String role, boolean allowed) {
    GalleryClient h = world.host("H", "R");
    GalleryClient a = joined("A", role);
    h.update("{'sessionSettings':{'allowAnnotations':false}}").forget();
    a.forget();

    a.annotate("n");

    assertRelayed(allowed, a, h);
    assertThat(world.annotations("R")).hasSize(allowed ? 1 : 0);
  }

  @ParameterizedTest
  @ValueSource(strings = {"{}", "{'allowAnnotations':true}", "{'allowAnnotations':0}", "{'allowAnnotations':null}", "{'allowAnnotations':'false'}"})
  @DisplayName("2.5 annotation_add: everything but false leaves annotations on")
  void annotationsOnAgain(String settings) {
    GalleryClient h = world.host("H", "R");
    GalleryClient a = joined("A", "viewer");
    h.update("{'sessionSettings':{'allowAnnotations':false}}").update("{'sessionSettings':" + settings + "}").forget();
    a.forget();

    a.annotate("n");

    assertRelayed(true, a, h);
  }

  @ParameterizedTest
  @CsvSource({"A, viewer, true", "B, viewer, false", "B, editor, false", "B, host, true"})
  @DisplayName("19. annotation_remove: author and host")
  void removeAnnotation(String userId, String role, boolean allowed) {
    GalleryClient h = world.host("H", "R");
    GalleryClient author = world.viewer("A", "R").annotate("n");
    author.leave();
    GalleryClient remover = userId.equals("A") ? author.join("R").forget() : joined(userId, role);
    h.forget();

    remover.unannotate("n");

    assertRelayed(allowed, remover, h);
    assertThat(world.annotations("R")).hasSize(allowed ? 0 : 1);
  }

  // ---- config.permissions

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
      "host   | {'k':1} | editor | false", "host   | {'k':1} | host   | true",
      "editor | {'k':1} | viewer | false", "editor | {'k':1} | editor | true",
      "all    | {'k':1} | viewer | true",
      "host   | {'sceneUrl':'x'} | editor | false", "host | {'annotations':[]} | editor | false", "host | {'focusPoints':[]} | editor | false",
      "host   | {'sessionSettings':{}} | editor | false", "host | {} | editor | false",
      "host   | {'treeViewState':{'/a':true}} | editor | true", "all | {'treeViewState':{'/a':true}} | viewer | false"})
  @DisplayName("2.5 permissions.allowSceneChange: every key but treeViewState")
  void sceneChange(String least, String data, String role, boolean allowed) {
    assertUpdate("{'allowSceneChange':'" + least + "'}", data, role, allowed);
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {"host | editor | false", "host | host | true", "editor | viewer | false", "editor | editor | true", "all | viewer | true"})
  @DisplayName("2.5 permissions.allowTreeViewChange: treeViewState")
  void treeViewChange(String least, String role, boolean allowed) {
    assertUpdate("{'allowTreeViewChange':'" + least + "'}", "{'treeViewState':{'/a':true}}", role, allowed);
  }

  @Test
  @DisplayName("2.5 An update that touches any denied key is refused whole")
  void mixedUpdate() {
    world.create("R", "{'permissions':{'allowSceneChange':'host','allowTreeViewChange':'all'}}");
    GalleryClient h = world.host("H", "R");
    GalleryClient v = joined("V", "viewer");
    h.forget();

    assertThat(v.update("{'treeViewState':{'/a':true},'sceneUrl':'x'}").fault()).isEqualTo("Permission denied");
    h.nothing();
    assertThat(world.state("R")).isEqualTo(GalleryWorld.INITIAL_STATE);
    v.update("{'treeViewState':{'/a':true}}");
    assertRelayed(true, v, h);
  }

  @ParameterizedTest
  @CsvSource({"host, editor, false", "host, host, true", "editor, viewer, false", "editor, editor, true", "all, viewer, true"})
  @DisplayName("2.5 permissions.allowAnnotations: annotation_add")
  void annotationPermission(String least, String role, boolean allowed) {
    assertBroadcast("{'allowAnnotations':'" + least + "'}", "annotation_add", "{'id':'n'}", role, allowed);
    assertThat(world.annotations("R")).hasSize(allowed ? 1 : 0);
  }

  @ParameterizedTest
  @CsvSource({"host, editor, false", "host, host, true", "editor, viewer, false", "editor, editor, true", "all, viewer, true"})
  @DisplayName("2.5 permissions.allowCameraControl: camera_frame")
  void cameraPermission(String least, String role, boolean allowed) {
    assertBroadcast("{'allowCameraControl':'" + least + "'}", "camera_frame", "{}", role, allowed);
  }

  @ParameterizedTest
  @ValueSource(strings = {"{'allowSceneChange':'everybody'}", "{'allowSceneChange':true}", "{'allowSceneChange':null}", "{'allowSceneChange':'ALL'}", "{'allowscenechange':'all'}", "'all'", "[]"})
  @DisplayName("2.5 Permissions that say nothing usable are the defaults")
  void unusablePermissions(String permissions) {
    assertUpdate(permissions, "{'k':1}", "viewer", false);
    joined("E", "editor").update("{'k':1}").nothing();
    assertThat(world.state("R").at("k").number()).isEqualTo(1);
  }

  // ---- Settings

  @Test
  @DisplayName("ROLE_ENFORCEMENT=false: everybody may do everything, as in the original")
  void noEnforcement() {
    GalleryWorld open = new GalleryWorld("ROLE_ENFORCEMENT", "false");
    open.create("R", "{'permissions':{'allowSceneChange':'host','allowAnnotations':'host','allowCameraControl':'host'}}");
    GalleryClient h = open.host("H", "R").annotate("n").update("{'sessionSettings':{'allowAnnotations':false}}");
    GalleryClient v = open.viewer("V", "R");
    h.forget();
    v.update("{'k':1}").message("state_full", "{}").message("grant_control", "{}").message("camera_frame", "{}").annotate("m").unannotate("n").nothing();

    assertThat(h.events()).hasSize(6).containsOnly("message");
    assertThat(open.state("R").at("k").number()).isEqualTo(1);
    assertThat(open.annotations("R")).containsExactly("m");
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {"'hostKey':'key' | host", "'hostKey':'kez' | editor", "'hostKey':'' | editor", "'hostKey':5 | editor", "'x':1 | editor"})
  @DisplayName("HOST_KEY: without it who asks for host becomes editor")
  void hostKey(String key, String role) {
    GalleryWorld guarded = new GalleryWorld("HOST_KEY", "key");
    GalleryClient a = guarded.client("A").join("R", "'userInfo':{'role':'host'}", key);

    assertThat(a.expect("room_joined").at("roomInfo", "users", 0, "role").text()).isEqualTo(role);
    a.message("state_full", "{}");
    if (role.equals("host")) {
      a.nothing();
    } else {
      assertThat(a.fault()).isEqualTo("Permission denied");
    }
  }

  @Test
  @DisplayName("HOST_KEY concerns hosts only")
  void hostKeyForOthers() {
    GalleryWorld guarded = new GalleryWorld("HOST_KEY", "key");

    assertThat(guarded.client("A").join("R", "'userInfo':{'role':'viewer'}").expect("room_joined").at("roomInfo", "users", 0, "role").text()).isEqualTo("viewer");
    assertThat(guarded.client("B").join("R", "'userInfo':{'role':'editor'}", "'hostKey':'wrong'").expect("room_joined").at("roomInfo", "users", 1, "role").text())
        .isEqualTo("editor");
  }

  @Test
  @DisplayName("19. Unknown role admin is listed as viewer")
  void unknownRole() {
    GalleryClient a = world.client("A").join("R", "'userInfo':{'role':'admin'}");

    assertThat(a.expect("room_joined").at("roomInfo", "users", 0, "role").text()).isEqualTo("viewer");
  }

  // ---- Steps

  private GalleryClient joined(String userId, String role) {
    return world.client(userId).join("R", "'userInfo':{'role':'" + role + "'}").forget();
  }

  private void assertUpdate(String permissions, String data, String role, boolean allowed) {
    assertBroadcast(permissions, "state_update", "{'type':'patch','data':" + data + "}", role, allowed);
    assertThat(world.state("R").at("version").number()).isEqualTo(allowed ? 1 : 0);
  }

  private void assertBroadcast(String permissions, String type, String data, String role, boolean allowed) {
    world.create("R", "{'permissions':" + permissions + "}");
    GalleryClient h = world.host("H", "R");
    GalleryClient a = joined("A", role);
    h.forget();

    a.message(type, data);

    assertRelayed(allowed, a, h);
  }

  private static void assertRelayed(boolean relayed, GalleryClient sender, GalleryClient receiver) {
    if (relayed) {
      sender.nothing();
      assertThat(receiver.expect("message").at("senderId").text()).isEqualTo(sender.userId);
    } else {
      assertThat(sender.fault()).isEqualTo("Permission denied");
    }
    receiver.nothing();
  }
}
