package dev.roost.publicrooms;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import dev.roost.core.RawJson;
import dev.roost.publicrooms.PublicRoomsMessages.Acknowledgement;
import dev.roost.publicrooms.PublicRoomsMessages.Inbound;
import dev.roost.publicrooms.PublicRoomsMessages.JoinRoom;
import dev.roost.publicrooms.PublicRoomsMessages.LeaveRoom;
import dev.roost.publicrooms.PublicRoomsMessages.MediaRequest;
import dev.roost.publicrooms.PublicRoomsMessages.Medium;
import dev.roost.publicrooms.PublicRoomsMessages.Pong;
import dev.roost.publicrooms.PublicRoomsMessages.SendMessage;
import dev.roost.publicrooms.PublicRoomsMessages.Toggle;
import dev.roost.publicrooms.PublicRoomsMessages.Unknown;
import dev.roost.publicrooms.PublicRoomsMessages.WebRtcSignal;
import dev.roost.sim.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the parser makes of events: sections 3.1, 3.4 and 3.5. Single quotes stand for double ones. */
class PublicRoomsParserTest {
  private static final String ID = "3f2504e0-4f89-41d3-9a0c-0305e82c3301";
  private static final String[] EVENTS = {"join-room", "leave-room", "pong", "send-message", "toggle-video", "toggle-audio", "webrtc-signal", "get-rtp-capabilities",
      "create-transport", "connect-transport", "produce", "consume", "resume-consumer", "close-producer", "close-consumer", "shout", ""};

  private static Inbound parse(String event, String... arguments) {
    return PublicRoomsParser.parse(event, List.of(arguments).stream().map(Json::quoted).map(RawJson::of).toList(), false, Acknowledgement.NONE);
  }

  private static WebRtcSignal signal(String payload) {
    return (WebRtcSignal) parse("webrtc-signal", payload);
  }

  @Test
  @DisplayName("3.1. join-room, leave-room, pong")
  void core() {
    assertThat(parse("join-room", "{'userId':'u','userName':'Ann <b>'}")).isEqualTo(new JoinRoom(Optional.of("u"), Optional.of("Ann <b>")));
    assertThat(parse("join-room", "{'userName':7,'userId':'u'}", "1", "null")).isEqualTo(new JoinRoom(Optional.of("u"), Optional.empty()));
    assertThat(parse("leave-room", "{'userId':'u'}")).isEqualTo(new LeaveRoom(Optional.of("u")));
    assertThat(parse("pong")).isEqualTo(new Pong());
    assertThat(parse("pong", "{'x':[1]}", "2")).isEqualTo(new Pong());
  }

  @ParameterizedTest
  @ValueSource(strings = {"null", "'text'", "[]", "[{'userId':'u'}]", "{}", "{'userId':5}", "{'userId':''}", "{'userId':null}", "{'userId':['u']}", "{'userId':{'userId':'u'}}",
      "true", "0", "{'USERID':'u'}", "{'userId':'u','userId':1}", "{'a':{'userId':'u'}}"})
  @DisplayName("14. A payload that is none")
  void malformed(String payload) {
    assertThat(parse("join-room", payload)).isEqualTo(new JoinRoom(Optional.empty(), Optional.empty()));
    assertThat(parse("leave-room", payload)).isEqualTo(new LeaveRoom(Optional.empty()));
    assertThat(parse("send-message", payload)).isEqualTo(new SendMessage(Optional.empty(), Optional.empty()));
    assertThat(parse("toggle-audio", payload)).isEqualTo(new Toggle(Medium.AUDIO, Optional.empty(), Optional.empty()));
    assertThat(signal(payload).targetUserId()).isEmpty();
  }

  @Test
  @DisplayName("14. No argument, or one that came as binary")
  void noArgument() {
    assertThat(parse("join-room")).isEqualTo(new JoinRoom(Optional.empty(), Optional.empty()));
    List<RawJson> placeholder = List.of(RawJson.of(Json.quoted("{'_placeholder':true,'num':0,'userId':'u'}")));
    assertThat(PublicRoomsParser.parse("join-room", placeholder, true, Acknowledgement.NONE)).isEqualTo(new JoinRoom(Optional.empty(), Optional.empty()));
    assertThat(PublicRoomsParser.parse("send-message", placeholder, true, Acknowledgement.NONE)).isEqualTo(new SendMessage(Optional.empty(), Optional.empty()));
    assertThat(PublicRoomsParser.parse("pong", placeholder, true, Acknowledgement.NONE)).isEqualTo(new Pong());
  }

  @Test
  @DisplayName("Of a key that comes twice the last counts, escaped or not")
  void duplicateKeys() {
    assertThat(parse("join-room", "{'userId':1,'userId':'b'}")).isEqualTo(new JoinRoom(Optional.of("b"), Optional.empty()));
    assertThat(parse("leave-room", "{'userId':'a','\\u0075serId':'b'}")).isEqualTo(new LeaveRoom(Optional.of("b")));
  }

  @Test
  @DisplayName("3.4. Messages and toggles")
  void extensions() {
    assertThat(parse("send-message", "{'userId':'u','content':' hi '}")).isEqualTo(new SendMessage(Optional.of("u"), Optional.of(" hi ")));
    assertThat(parse("send-message", "{'userId':'u','content':5}")).isEqualTo(new SendMessage(Optional.of("u"), Optional.empty()));
    assertThat(parse("toggle-video", "{'userId':'u','enabled':true}")).isEqualTo(new Toggle(Medium.VIDEO, Optional.of("u"), Optional.of(true)));
    assertThat(parse("toggle-audio", "{'userId':'u','enabled':false}")).isEqualTo(new Toggle(Medium.AUDIO, Optional.of("u"), Optional.of(false)));
    assertThat(parse("toggle-audio", "{'userId':'u','enabled':1}")).isEqualTo(new Toggle(Medium.AUDIO, Optional.of("u"), Optional.empty()));
    assertThat(parse("toggle-audio", "{'userId':'u','enabled':'true'}")).isEqualTo(new Toggle(Medium.AUDIO, Optional.of("u"), Optional.empty()));
  }

  @Test
  @DisplayName("3.5. Requests to a media engine, with whatever they carry")
  void media() {
    Acknowledgement callback = new Acknowledgement() {
      @Override
      public void ok() {}

      @Override
      public void error(FaultCode code) {}
    };
    assertThat(PublicRoomsParser.parse("get-rtp-capabilities", List.of(), false, callback)).isEqualTo(new MediaRequest("get-rtp-capabilities", callback));
    assertThat(parse("get-rtp-capabilities", "'no function'")).isEqualTo(new MediaRequest("get-rtp-capabilities", Acknowledgement.NONE));
    assertThat(parse("consume", "null", "[]")).isEqualTo(new MediaRequest("consume", Acknowledgement.NONE));
    assertThat(parse("shout", "{}")).isEqualTo(new Unknown("shout"));
    assertThat(parse("JOIN-ROOM", "{'userId':'u'}")).isEqualTo(new Unknown("JOIN-ROOM"));
  }

  @Test
  @DisplayName("3.5. webrtc-signal: what is relayed is what came in")
  void signals() {
    WebRtcSignal whole = signal("{'candidate': { 'candidate' : 'x', 'n':[1] } ,'x':1,'description':{'type':'offer','sdp':'v=0'},'targetUserId':'" + ID + "'}");
    assertThat(whole.targetUserId()).contains(ID);
    assertThat(whole.body().description()).hasToString(Json.quoted("{'type':'offer','sdp':'v=0'}"));
    assertThat(whole.body().candidate()).hasToString(Json.quoted("{ 'candidate' : 'x', 'n':[1] }"));
    WebRtcSignal last = signal("{'targetUserId':'" + ID + "','candidate':null}");
    assertThat(last.targetUserId()).contains(ID);
    assertThat(last.body().candidate()).hasToString("null");
    assertThat(last.body().description().isPresent()).isFalse();
    assertThat(signal("{'targetUserId':'" + ID + "','description':{'type':'rollback'}}").targetUserId()).contains(ID);
    assertThat(signal("{'targetUserId':'" + ID.toUpperCase(java.util.Locale.ROOT) + "','candidate':{}}").targetUserId()).contains(ID);
    assertThat(parse("leave-room", "{'userId':'" + ID.toUpperCase(java.util.Locale.ROOT) + "'}")).isEqualTo(new LeaveRoom(Optional.of(ID)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", ",'description':null", ",'description':'offer'", ",'description':{}", ",'description':{'type':'pranswer'}", ",'description':{'type':5}",
      ",'description':{'type':'offer','sdp':5}", ",'description':{'type':'offer','sdp':null}", ",'candidate':'x'", ",'candidate':[]", ",'candidate':5",
      ",'candidate':{},'description':[]", ",'description':{'type':'answer'},'candidate':false", ",'targetUserId':'" + ID + "0','candidate':null"})
  @DisplayName("3.5. webrtc-signal that is none")
  void faultySignals(String rest) {
    assertThat(signal("{'targetUserId':'" + ID + "'" + rest + "}").targetUserId()).isEmpty();
  }

  @Test
  @DisplayName("3.5. webrtc-signal of up to 64 KiB")
  void signalSize() {
    String frame = "{'targetUserId':'" + ID + "','candidate':{'c':''}}";
    String fits = frame.replace("''", "'" + "x".repeat(PublicRoomsParser.MAX_SIGNAL_BYTES - frame.length()) + "'");
    assertThat(fits).hasSize(PublicRoomsParser.MAX_SIGNAL_BYTES);
    assertThat(signal(fits).targetUserId()).contains(ID);
    assertThat(signal(fits.replace("'c'", "'cc'")).targetUserId()).isEmpty();
  }

  @Test
  @DisplayName("3.5. webrtc-signal of up to 32 levels, as other clients have to read it; what stands in a text counts for nothing")
  void signalDepth() {
    String braces = "'x':'" + "[{".repeat(50) + "','y':'\\\\','z':'\\'[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[['";
    for (String property : List.of("'candidate':{" + braces + ",'deep':%s}", "'description':{'type':'offer'," + braces + ",'deep':%s}")) {
      String payload = "{'targetUserId':'" + ID + "'," + property + "}";
      assertThat(signal(payload.formatted("[".repeat(31) + "]".repeat(31) + ",'wide':[[],[],{},[{}]]")).targetUserId()).contains(ID);
      assertThat(signal(payload.formatted("[".repeat(32) + "]".repeat(32))).targetUserId()).isEmpty();
      assertThat(signal(payload.formatted("{'a':".repeat(32) + "1" + "}".repeat(32))).targetUserId()).isEmpty();
      assertThat(signal(payload.formatted("[".repeat(9_900) + "]".repeat(9_900))).targetUserId()).isEmpty();
    }
  }

  @Test
  @DisplayName("Large, deep and many: never a failure")
  void hostile() {
    String megabyte = "x".repeat(1_000_000);
    assertThat(parse("join-room", "{'userId':'" + megabyte + "'}")).isEqualTo(new JoinRoom(Optional.of(megabyte), Optional.empty()));
    String deep = "[".repeat(9_000) + "]".repeat(9_000);
    assertThat(parse("join-room", "{'x':" + deep + ",'userId':'u'}")).isEqualTo(new JoinRoom(Optional.of("u"), Optional.empty()));
    String tooDeep = "[".repeat(400_000) + "]".repeat(400_000);
    for (String event : EVENTS) {
      assertThatCode(() -> parse(event, tooDeep)).doesNotThrowAnyException();
      assertThat(signal("{'targetUserId':'" + ID + "','description':{'type':'offer'},'candidate':{'x':" + "[".repeat(30_000) + "]".repeat(30_000) + "}}").targetUserId()).isEmpty();
      assertThatCode(() -> parse(event, "{'userId':" + tooDeep + "}")).doesNotThrowAnyException();
      assertThatCode(() -> parse(event, "{" + "'userId':'u',".repeat(70_000) + "'userId':1e" + "9".repeat(5_000) + "}")).doesNotThrowAnyException();
      assertThatCode(() -> parse(event, "{'userId':'\\ud83d','content':'\\udc00\\u0000'}")).doesNotThrowAnyException();
      assertThatCode(() -> parse(event + megabyte, "{}")).doesNotThrowAnyException();
    }
  }

  @Test
  @DisplayName("Random payloads, whole and broken: always a message, never a failure")
  void random() {
    Random random = new Random(14);
    String[] pieces = {"{", "}", "[", "]", ",", ":", "'userId'", "'targetUserId'", "'candidate'", "'description'", "'type'", "'offer'", "'" + ID + "'", "null", "true", "5", "-1e9", "''",
        "'content'", "'enabled'", "'\\ud800'", "'\\", " ", "\u0000", "\u00E9", "'userName'"};
    for (int round = 0; round < 30_000; round++) {
      List<RawJson> arguments = new ArrayList<>();
      for (int i = random.nextInt(3); i > 0; i--) {
        StringBuilder text = new StringBuilder(random.nextBoolean() ? "{" : "");
        for (int n = 1 + random.nextInt(12); n > 0; n--) {
          text.append(pieces[random.nextInt(pieces.length)]);
        }
        arguments.add(RawJson.of(Json.quoted(text.toString())));
      }
      String event = EVENTS[random.nextInt(EVENTS.length)];
      assertThat(PublicRoomsParser.parse(event, arguments, random.nextInt(8) == 0, Acknowledgement.NONE)).isNotNull();
    }
  }
}
