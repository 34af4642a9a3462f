package dev.roost.gallery;

import static org.assertj.core.api.Assertions.assertThat;

import dev.roost.core.RawJson;
import dev.roost.gallery.GalleryMessages.AnnotationAdd;
import dev.roost.gallery.GalleryMessages.Broadcast;
import dev.roost.gallery.GalleryMessages.CameraFrame;
import dev.roost.gallery.GalleryMessages.CreateRoom;
import dev.roost.gallery.GalleryMessages.Effect;
import dev.roost.gallery.GalleryMessages.FocusChange;
import dev.roost.gallery.GalleryMessages.HostOnly;
import dev.roost.gallery.GalleryMessages.Inbound;
import dev.roost.gallery.GalleryMessages.JoinRoom;
import dev.roost.gallery.GalleryMessages.LeaveRoom;
import dev.roost.gallery.GalleryMessages.Nothing;
import dev.roost.gallery.GalleryMessages.Refused;
import dev.roost.gallery.GalleryMessages.SendMessage;
import dev.roost.gallery.GalleryMessages.StateUpdate;
import dev.roost.gallery.GalleryMessages.UserInfo;
import dev.roost.sim.Json;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalDouble;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the parser makes of bytes: sections 2.2, 2.3 and 3.1. Single quotes stand for double ones. */
class GalleryParserTest {
  private static final Refused INVALID_FORMAT = new Refused(RawJson.of("null"), "Invalid message format");

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "{", "}", "{'action'}", "{'action':}", "{action:'leave_room'}", "{'action':'leave_room',}", "{'action':'leave_room'} x", "{'action':'leave_room'},",
      "{'action':'leave_room'}{}", "nul", "null", " null ", "NaN", "{'a':NaN}", "{'a':01}", "{'a':+1}", "{'a':.5}", "{'a':'\t'}", "{'a':'\\x'}", "[1,]", "//c\n{}", "{'a':1 /*c*/}",
      "\uFEFF{'action':'leave_room'}", "[[[", "'open", "{'action':'leave_room','x':{}"})
  @DisplayName("21. What is not one JSON value, or is null, is malformed")
  void malformed(String text) {
    assertSame(parse(text), INVALID_FORMAT);
  }

  @Test
  @DisplayName("JSON in UTF-16 or UTF-32 is not JSON on the wire")
  void otherEncodings() {
    for (Charset charset : new Charset[] {StandardCharsets.UTF_16LE, StandardCharsets.UTF_16BE, StandardCharsets.UTF_32LE, StandardCharsets.UTF_32BE}) {
      assertSame(GalleryParser.parse("{\"action\":\"leave_room\"}".getBytes(charset), sender()), INVALID_FORMAT);
    }
  }

  @Test
  @DisplayName("Depth without end ends in a refusal, not in a full stack")
  void depth() {
    for (String open : new String[] {"[", "{'a':"}) {
      assertSame(parse(open.repeat(500_000)), INVALID_FORMAT);
      String close = open.equals("[") ? "]" : "}";
      assertSame(parse("{'action':'broadcast','message':" + open.repeat(50_000) + "1" + close.repeat(50_000) + "}"), INVALID_FORMAT);
      assertThat(parse("{'action':'broadcast','message':" + open.repeat(1_000) + "1" + close.repeat(1_000) + "}")).isInstanceOf(Broadcast.class);
      assertThat(effect("{'type':'state_update','data':{'data':{'k':" + open.repeat(1_000) + "1" + close.repeat(1_000) + "}}}")).isInstanceOf(StateUpdate.class);
    }
  }

  @Test
  @DisplayName("Numbers without end are relayed, and count for nothing")
  void hugeNumbers() {
    String digits = "9".repeat(100_000);

    StateUpdate update = (StateUpdate) effect("{'type':'state_update','data':{'version':" + digits + ",'data':{'k':" + digits + "}}}");

    assertThat(update.version()).isEqualTo(OptionalDouble.empty());
    assertThat(update.keys().get("k").length()).isEqualTo(100_000);
    assertThat(parse("{'action':'join_room','roomId':" + digits + "}")).isEqualTo(new Refused(RawJson.ABSENT, "Invalid room ID"));
    assertThat(((CreateRoom) parse("{'action':'create_room','config':{'maxUsers':" + digits + "}}")).config().maxUsers()).isEmpty();
    assertThat(((Refused) parse("{'action':'zap','requestId':" + digits + "}")).requestId().isPresent()).isFalse();
  }

  @Test
  @DisplayName("The order of the keys is free, and what is unknown is ignored")
  void order() {
    JoinRoom join = (JoinRoom) parse("{'userInfo':{'x':[{'name':'no'}],'role':'host','name':'Ann'},'message':{'senderId':'B'},'roomId':'R','config':[],'x':{'action':'zap','roomId':'S'},"
        + "'password':'p','requestId':3,'action':'join_room','hostKey':'h'}");

    assertThat(join.roomId()).isEqualTo("R");
    assertThat(join.password()).contains("p");
    assertThat(join.hostKey()).contains("h");
    assertThat(join.requestId()).hasToString("3");
    assertThat(join.userInfo().name()).contains("Ann");
    assertThat(join.userInfo().role()).contains(Role.HOST);
  }

  @Test
  @DisplayName("Of a key that comes twice, or escaped, the last counts, as in browsers")
  void duplicates() {
    JoinRoom join = (JoinRoom) parse("{'action':'leave_room','roomId':'R','password':'a','password':5,'action':'join_room','roomI\\u0064':'S','userInfo':{'name':'x'},"
        + "'userInfo':{'role':'host','role':'viewer'}}");

    assertThat(join.roomId()).isEqualTo("S");
    assertThat(join.password()).isEmpty();
    assertThat(join.userInfo().name()).isEmpty();
    assertThat(join.userInfo().role()).contains(Role.VIEWER);
    assertThat(parse("{'action':'join_room','roomId':'R','action':'leave_room'}")).isEqualTo(new LeaveRoom());
    assertThat(((SendMessage) parse("{'action':'send_message','targetUserId':'A','targetUserId':'B','message':1,'message':2}")).targetUserId()).isEqualTo("B");
    assertThat(((Broadcast) parse("{'action':'broadcast','message':{'type':'state_full','senderId':'B'},'message':2}")).effect()).isEqualTo(new Nothing());
    assertThat(effect("{'type':'state_full','type':5}")).isEqualTo(new Nothing());
    assertThat(effect("{'type':'chat_message','typ\\u0065':'state_full'}")).isEqualTo(new HostOnly());
    assertThat(((Broadcast) parse("{'action':'broadcast','message':{'senderId':'B'},'message':{'x':1}}")).relay().payloadText())
        .isEqualTo(Json.quoted("{'event':'message','data':{'message':{'x':1},'senderId':'A'}}"));
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {"5|5", "0|0", "-0|0", "-0.0|0", "-5|-5", "5.0|5", "5e0|5", "1E3|1000", "0.5e1|5", "123456789012345|123456789012345",
      "0.5|0.5", "'5'|5", "'5.0'|5.0", "12345678901234567890|12345678901234567890"})
  @DisplayName("2.2 A number as a room id is its decimal text")
  void numericRoomId(String given, String roomId) {
    assertThat(((JoinRoom) parse("{'action':'join_room','roomId':" + given + "}")).roomId()).isEqualTo(roomId);
    assertThat(((CreateRoom) parse("{'action':'create_room','roomId':" + given + "}")).roomId()).contains(roomId);
    assertThat(((Broadcast) parse("{'action':'broadcast','message':1,'roomId':" + given + "}")).roomId()).contains(roomId);
  }

  // ---- userInfo

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', ignoreLeadingAndTrailingWhitespace = false, value = {"Ann|Ann", " Ann \\t|Ann", "<script>|script", "a\\u0000b\\nc|abc", "a\\u007fb\\u0085c|abc",
      "<a> |a", "< > a|a", "Zoë 😀|Zoë 😀", "a  b|a  b", "a\\ud800b|ab", "\\udc00\\ud83d\\ude00|😀", "__proto__|__proto__", "null|null"})
  @DisplayName("2.3 Names are cleaned")
  void names(String given, String name) {
    assertThat(userInfo("{'name':'" + given + "'}").name()).contains(name);
  }

  @ParameterizedTest
  @ValueSource(strings = {"''", "'  '", "'<>'", "'\\u0000'", "'\\ud800'", "5", "null", "true", "{}", "['Ann']"})
  @DisplayName("2.3 A name of which nothing is left is none")
  void noName(String given) {
    assertThat(userInfo("{'name':" + given + "}").name()).isEmpty();
  }

  @Test
  @DisplayName("2.3 Names have at most 64 characters, none of them half")
  void longNames() {
    assertThat(userInfo("{'name':'" + "n".repeat(65) + "'}").name()).contains("n".repeat(64));
    assertThat(userInfo("{'name':'<>" + "n".repeat(64) + "'}").name()).contains("n".repeat(64));
    assertThat(userInfo("{'name':'" + "n".repeat(63) + "😀'}").name()).contains("n".repeat(63));
    assertThat(userInfo("{'name':'" + "n".repeat(62) + "😀'}").name()).contains("n".repeat(62) + "😀");
  }

  @ParameterizedTest
  @ValueSource(strings = {"'admin'", "'HOST'", "'host '", "''", "5", "null", "['host']", "{'host':true}"})
  @DisplayName("2.3 A role that is none of the three is as if it were not there (defect 7)")
  void noRole(String role) {
    assertThat(userInfo("{'role':" + role + "}").role()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"null", "5", "'x'", "[]", "[{'name':'Ann'}]"})
  @DisplayName("2.3 A userInfo that is no object says nothing")
  void noUserInfo(String userInfo) {
    assertThat(userInfo(userInfo)).isEqualTo(UserInfo.NONE);
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
      "{'type':'vrm','url':'https://x/y.vrm','color':'#aabbcc','displayName':'Ann'} | {'type':'vrm','url':'https://x/y.vrm','color':'#aabbcc','displayName':'Ann'}",
      "{'displayName':' <b>Ann\\n ','x':{'y':[null]}} | {'displayName':'bAnn','x':{'y':[null]}}",
      "{'displayName':'<>','type':'simple'} | {'type':'simple'}", "{'displayName':5,'type':'simple'} | {'type':'simple'}",
      "{'color':'#fff'} | {'color':'#fff'}", "{'color':'#12345678'} | {'color':'#12345678'}", "{'color':'rebeccapurple'} | {'color':'rebeccapurple'}", "{'color':'#ff'} | {}",
      "{'color':'#123456789'} | {}", "{'color':'#ggg'} | {}", "{'color':'red;x'} | {}", "{'color':'url(x)'} | {}", "{'color':''} | {}", "{'color':'#fff\\n'} | {}", "{'color':7} | {}",
      "{'color':' red'} | {}", "{'col\\u006fr':'url(x)','displayN\\u0061me':'<i>'} | {'displayName':'i'}",
      "{'__proto__':{'x':1},'constructor':1,'prototype':2,'type':'custom'} | {'type':'custom'}", "{'':2,'a\\u0000':3,'ok':4} | {'ok':4}", "{} | {}"})
  @DisplayName("2.3 An avatar is an object, cleaned of what could harm")
  void avatar(String given, String cleaned) {
    assertThat(Json.parse(userInfo("{'avatar':" + given + "}").avatar().toString())).isEqualTo(Json.parse(Json.quoted(cleaned)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"null", "5", "'x'", "[]", "true"})
  @DisplayName("2.3 What is no object is no avatar")
  void noAvatar(String avatar) {
    assertThat(userInfo("{'avatar':" + avatar + "}").avatar().isPresent()).isFalse();
  }

  @Test
  @DisplayName("2.3 An avatar has at most 4,096 bytes")
  void largeAvatar() {
    // {"url":"..."} is 10 bytes more than the text.
    assertThat(userInfo("{'avatar':{'url':'" + "x".repeat(4_086) + "'}}").avatar().isPresent()).isTrue();
    assertThat(userInfo("{'avatar':{'url':'" + "x".repeat(4_087) + "'}}").avatar().isPresent()).isFalse();
    assertThat(userInfo("{'avatar':{'url':'" + "ü".repeat(2_044) + "'}}").avatar().isPresent()).isFalse();
  }

  // ---- What a broadcast does

  @ParameterizedTest
  @CsvSource({"state_full, HostOnly", "grant_control, HostOnly", "camera_frame, CameraFrame", "state_update, BadStateUpdate", "pose_update, Nothing", "STATE_FULL, Nothing", "'state_full ', Nothing",
      "annotation_remove, AnnotationRemove", "annotation_add, AnnotationAdd", "focus_change, FocusChange"})
  @DisplayName("2.5 What a message does is in its type, exactly written")
  void effects(String type, String effect) {
    assertThat(effect("{'type':'" + type + "','data':{}}").getClass().getSimpleName()).isEqualTo(effect);
    // A message that is no object, or in a list, has no type.
    assertThat(effect("[{'type':'" + type + "','data':{}}]")).isEqualTo(new Nothing());
    assertThat(effect("'" + type + "'")).isEqualTo(new Nothing());
  }

  @Test
  @DisplayName("2.5 Escapes do not hide what a message does")
  void escapedType() {
    assertThat(effect("{'typ\\u0065':'\\u0073tate_full'}")).isEqualTo(new HostOnly());
    assertThat(effect("{'type':'camera\\u005fframe'}")).isEqualTo(new CameraFrame());
  }

  @ParameterizedTest
  @ValueSource(strings = {"'\\ud800':1", "'a\\udc00b':1", "'k':1,'\\udfff\\ud800':{}"})
  @DisplayName("A key with half a character, which could not be sent to anybody, makes a message malformed")
  void unsendableKey(String keys) {
    assertSame(parse("{'action':'broadcast','message':{'type':'state_update','data':{'data':{" + keys + "}}}}"), INVALID_FORMAT);
    assertSame(parse("{'action':'join_room','roomId':'R','userInfo':{'avatar':{" + keys + "}}}"), INVALID_FORMAT);
  }

  @Test
  @DisplayName("2.6 Half a character in a value stays as it was escaped")
  void halfCharacters() {
    StateUpdate update = (StateUpdate) effect("{'type':'state_update','data':{'data':{'k':'\\ud800','😀':'\\ud83d\\ude00'}}}");

    assertThat(update.keys().get("k")).hasToString("\"\\ud800\"");
    assertThat(update.keys().get("😀")).hasToString("\"\\ud83d\\ude00\"");
  }

  @Test
  @DisplayName("2.6 Values are kept as they came in, byte by byte")
  void verbatim() {
    StateUpdate update = (StateUpdate) effect("{'type':'state_update','data':{'ü':'é','data' : { 'ü' : [ 1.50 , -0.0,1E+2 ] ,'t':{ 'a' : null }, 'n':\t12 } }}");

    assertThat(update.keys().get("ü")).hasToString("[ 1.50 , -0.0,1E+2 ]");
    assertThat(update.keys().get("t")).hasToString("{ \"a\" : null }");
    assertThat(update.keys().get("n")).hasToString("12");
  }

  @Test
  @DisplayName("2.5 An annotation and a focus point are the sender's")
  void authorship() {
    AnnotationAdd add = (AnnotationAdd) effect("{'type':'annotation_add','data':{'userId':'B','id':'n','x':{'userId':'C'},'us\\u0065rId':[1]}}");
    assertThat(add.annotation().author()).contains("A");
    assertThat(add.annotation().id()).contains("s:n");
    assertThat(add.annotation().whole()).hasToString(Json.quoted("{'userId':'A','id':'n','x':{'userId':'C'},'us\\u0065rId':'A'}"));

    FocusChange change = (FocusChange) effect("{'type':'focus_change','data':{'duration':1500.9,'userId':null}}");
    assertThat(change.focus().orElseThrow().userId()).contains("A");
    assertThat(change.focus().orElseThrow().duration()).contains(Duration.ofMillis(1_500));
    assertThat(change.focus().orElseThrow().whole()).hasToString(Json.quoted("{'duration':1500.9,'userId':'A'}"));
  }

  // ---- Steps

  private static Inbound parse(String json) {
    return GalleryParser.parse(Json.quoted(json).getBytes(StandardCharsets.UTF_8), sender());
  }

  private static Sender sender() {
    return new Sender("A", GalleryCodec.literal("A"));
  }

  private static Effect effect(String message) {
    return ((Broadcast) parse("{'action':'broadcast','message':" + message + "}")).effect();
  }

  private static UserInfo userInfo(String json) {
    return ((JoinRoom) parse("{'action':'join_room','roomId':'R','userInfo':" + json + "}")).userInfo();
  }

  private static void assertSame(Inbound found, Refused expected) {
    assertThat(found).isInstanceOf(Refused.class);
    assertThat(((Refused) found).fault()).isEqualTo(expected.fault());
    assertThat(Optional.of(((Refused) found).requestId()).filter(id -> id.sameAs(expected.requestId()))).isPresent();
  }
}
