package dev.roost.mesh;

import static org.assertj.core.api.Assertions.assertThat;

import dev.roost.mesh.MeshMessages.Fault;
import dev.roost.mesh.MeshMessages.Faulty;
import dev.roost.mesh.MeshMessages.Heartbeat;
import dev.roost.mesh.MeshMessages.Inbound;
import dev.roost.mesh.MeshMessages.LocationUpdate;
import dev.roost.mesh.MeshMessages.PeerMessage;
import dev.roost.mesh.MeshMessages.RequestClientList;
import dev.roost.mesh.MeshMessages.RequestIceServers;
import dev.roost.sim.Json;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Sections 1 and 3.1: parameters and messages as they come in. */
class MeshParserTest {
  private static final Instant NOW = Instant.ofEpochMilli(1_700_000_000_123L);

  private static Inbound parse(String json) {
    return parse(Json.quoted(json).getBytes(StandardCharsets.UTF_8));
  }

  private static Inbound parse(byte[] json) {
    return MeshParser.parse(json, MeshCodec.heads("A"), () -> NOW);
  }

  private static String relayed(Inbound message) {
    return ((PeerMessage) message).relay().payloadText();
  }

  private static String relayed(String opaque) {
    return relayed(parse(("{\"type\":\"peer-message\",\"data\":{\"targetId\":\"B\",\"message\":" + opaque + "}}").getBytes(StandardCharsets.UTF_8)));
  }

  private static Introduction introduction(String... query) {
    return MeshParser.introduction(MeshEdge.request("GET", "/", query));
  }

  // ---- 1: parameters

  @Test
  @DisplayName("1. Parameters, and their defaults")
  void parameters() {
    assertThat(introduction("clientId", "A", "clientName", "Ann", "capabilities", "a, b", "deviceType", "admin"))
        .isEqualTo(new Introduction("A", "Ann", new Capabilities(List.of("a", "b")), true));
    assertThat(introduction("clientId", "A")).isEqualTo(new Introduction("A", "Unknown Client", new Capabilities(List.of()), false));
    assertThat(introduction()).isEqualTo(new Introduction("", "Unknown Client", new Capabilities(List.of()), false));
  }

  @Test
  @DisplayName("1. A repeated parameter counts once: the first")
  void repeated() {
    assertThat(introduction("clientId", "A", "clientId", "B", "clientName", "1", "clientName", "2", "capabilities", "a", "capabilities", "b", "deviceType", "x",
        "deviceType", "admin"))
        .isEqualTo(new Introduction("A", "1", new Capabilities(List.of("a")), false));
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {"<b>Ann</b> | bAnn/b", "'  Ann  ' | Ann", "'' | Unknown Client", "' ' | Unknown Client", "<> | Unknown Client",
      "A\u0000n\u007fn\u0085 | Ann", "Ann 😀 ü | Ann 😀 ü"})
  @DisplayName("1. A name is cleaned")
  void name(String name, String cleaned) {
    assertThat(introduction("clientName", name).name()).isEqualTo(cleaned);
  }

  @Test
  @DisplayName("1. A name has at most 64 characters, and no half one")
  void longName() {
    assertThat(introduction("clientName", "n".repeat(65)).name()).isEqualTo("n".repeat(64));
    assertThat(introduction("clientName", "n".repeat(63) + "😀").name()).isEqualTo("n".repeat(63));
  }

  @ParameterizedTest
  @ValueSource(strings = {"client", "Admin", "ADMIN", " admin", "", "administrator"})
  @DisplayName("1. deviceType: anything else than admin is client")
  void deviceType(String type) {
    assertThat(introduction("deviceType", type).isAdminDevice()).isFalse();
  }

  // ---- 3.1: messages

  @Test
  @DisplayName("3.1 The small ones, with whatever else is in them")
  void small() {
    assertThat(parse("{'type':'heartbeat'}")).isEqualTo(new Heartbeat());
    assertThat(parse("{'timestamp':1,'data':[1,{'type':'x'}],'type':'heartbeat','x':null}")).isEqualTo(new Heartbeat());
    assertThat(parse(" \n{ 'type' : 'request-client-list' }\t ")).isEqualTo(new RequestClientList());
    assertThat(parse("{'type':'request-ice-servers','data':{}}")).isEqualTo(new RequestIceServers());
    assertThat(parse("{'type':'nonsense','type':'heartbeat'}")).as("the last of two").isEqualTo(new Heartbeat());
    assertThat(parse("{'\\u0074ype':'h\\u0065artbeat'}")).isEqualTo(new Heartbeat());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "{", "{bad", "}", "null", "5", "true", "'heartbeat'", "[]", "[{'type':'heartbeat'}]", "{'type':'heartbeat'",
      "{'type':'heartbeat'}}", "{'type':'heartbeat'}{}",
      "{'type':'heartbeat',}", "{type:'heartbeat'}", "{'type':'heartbeat','x':01}", "{'type':'heartbeat','x':NaN}", "{'type':'heartbeat','x':'\n'}",
      "{'type':'heartbeat'} //",
      "{'type':'heartbeat','x':'\\x'}", "\ufeff{'type':'heartbeat'}", "{'type':'peer-message'}", "{'type':'peer-message','data':null}", "{'type':'peer-message','data':7}",
      "{'type':'peer-message','data':[]}", "{'type':'peer-message','data':{}}", "{'type':'peer-message','data':{'targetId':'B'}}",
      "{'type':'peer-message','data':{'message':1}}",
      "{'type':'peer-message','data':{'targetId':'','message':1}}", "{'type':'peer-message','data':{'targetId':['B'],'message':1}}",
      "{'type':'peer-message','data':{'targetId':'B','message':1},'data':{}}",
      "{'data':{'targetId':'B','message':1},'type':'peer-message','data':7}", "{'type':'peer-message','data':{'targetId':'B','targetId':7,'message':1}}",
      "{'type':'peer-message','data':{'targetId':'B','message':tru}}", "{'type':'peer-message','data':{'targetId':'B','message':1}"})
  @DisplayName("3.1 bad_message: no JSON, no object, a faulty peer-message")
  void badMessage(String json) {
    assertThat(parse(json)).isEqualTo(new Faulty(Fault.BAD_MESSAGE));
  }

  @Test
  @DisplayName("3.1 bad_message: bytes that no text begins with")
  void badBytes() {
    assertThat(parse(new byte[0])).isEqualTo(new Faulty(Fault.BAD_MESSAGE));
    assertThat(parse(new byte[] {0})).isEqualTo(new Faulty(Fault.BAD_MESSAGE));
    assertThat(parse("{'type':'heartbeat'}".replace('\'', '"').getBytes(StandardCharsets.UTF_16LE))).isEqualTo(new Faulty(Fault.BAD_MESSAGE));
  }

  @ParameterizedTest
  @ValueSource(strings = {"{}", "{'type':null}", "{'type':5}", "{'type':['heartbeat']}", "{'type':''}", "{'type':'Heartbeat'}", "{'type':'heartbeat '}",
      "{'Type':'heartbeat'}",
      "{'type':'heartbeat','type':7}", "{'type':'server-heartbeat'}", "{'data':{'type':'heartbeat'}}", "{'type':'register','peerId':'x'}", "{'type':'ping'}"})
  @DisplayName("3.1 unknown_type, also without type")
  void unknownType(String json) {
    assertThat(parse(json)).isEqualTo(new Faulty(Fault.UNKNOWN_TYPE));
  }

  @Test
  @DisplayName("3.1 A peer message, its keys in any order; the last of two counts")
  void peerMessage() {
    assertThat(relayed(parse("{'data':{'x':{'targetId':'C'},'message':{'a':1},'targetId':'B'},'type':'peer-message'}")))
        .isEqualTo(Json.quoted("{'type':'peer-message','data':{'fromId':'A','message':{'a':1}}}"));
    PeerMessage last = (PeerMessage) parse("{'type':'peer-message','data':{'targetId':'B','message':1,'targetId':'C','message':2}}");
    assertThat(last.targetId()).isEqualTo("C");
    assertThat(relayed(last)).endsWith("\"message\":2}}");
    assertThat(((PeerMessage) parse("{'type':'peer-message','data':{'targetId':'\\u00fc\\ud83d\\ude00','message':1}}")).targetId()).isEqualTo("ü😀");
  }

  @ParameterizedTest
  @ValueSource(strings = {"null", "0", "-0.0", "1E400", "123456789012345678901234567890.123456789", "\"\"", "\"\\u0000\\ud800\"", "\"ü😀\\/\"", "[ ]", "{ }", "[1 , 2\n,3]",
      "{\"b\":1,\"a\":2,\"b\":3,\"\":null}", "{\"fromId\":\"C\",\"message\":{\"targetId\":\"C\"}}", "true",
      "{\"type\":\"offer\",\"data\":{\"sdp\":\"v=0\\r\\n\"},\"fromPeerId\":\"C\"}",
      "\"\u2028\u007f\"", "1.0e+05"})
  @DisplayName("3.1 The message is opaque: the same bytes come out, order, blanks and all")
  void opaque(String opaque) {
    assertThat(relayed(opaque)).isEqualTo("{\"type\":\"peer-message\",\"data\":{\"fromId\":\"A\",\"message\":" + opaque + "}}");
  }

  @Test
  @DisplayName("3.1 The message is opaque, however deep and long")
  void deep() {
    String deep = "[".repeat(5_000) + "1" + "]".repeat(5_000);
    assertThat(relayed(deep)).contains(deep);
    String wide = "\"" + "x".repeat(200_000) + "\"";
    assertThat(relayed(wide)).contains(wide);
    String digits = "9".repeat(5_000);
    assertThat(relayed(digits)).contains("\"message\":" + digits + "}");
    assertThat(parse("{'type':'peer-message','data':{'targetId':'B','message':" + "[".repeat(20_000) + "]".repeat(20_000) + "}}")).as("too deep to check")
        .isEqualTo(new Faulty(Fault.BAD_MESSAGE));
  }

  @Test
  @DisplayName("3.1 The sender's id is written as JSON")
  void senderId() {
    PeerMessage message = (PeerMessage) MeshParser.parse(Json.quoted("{'type':'peer-message','data':{'targetId':'B','message':1}}").getBytes(StandardCharsets.UTF_8), MeshCodec.heads("a\"\\ü😀"), () -> NOW);

    assertThat(Json.parse(relayed(message)).at("data", "fromId").text()).isEqualTo("a\"\\ü😀");
  }

  @Test
  @DisplayName("3.1 A location, byte by byte, with every other field")
  void location() {
    String data = "{ 'longitude':13.40, 'x':{'latitude':99},'latitude':52.5 ,'accuracy':0,'heading':null}";
    LocationUpdate update = (LocationUpdate) parse("{'timestamp':9,'data':" + data + ",'type':'location-update'}");

    assertThat(update.location().toString()).isEqualTo(Json.quoted(data));
    assertThat(update.relay().payloadText()).isEqualTo(Json.quoted("{'type':'location-update','data':{'clientId':'A','location':" + data + ",'timestamp':1700000000123}}"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"{'latitude':90.0000001,'longitude':0}", "{'latitude':0,'longitude':-180.0000001}", "{'latitude':'0','longitude':0}",
      "{'latitude':0,'longitude':null}",
      "{'latitude':0}", "{'latitude':0,'longitude':0,'accuracy':-1e-9}", "{'latitude':0,'longitude':0,'accuracy':'1'}",
      "{'latitude':0,'longitude':0,'accuracy':1,'accuracy':[]}",
      "{'latitude':0,'longitude':0,'longitude':'x'}", "[]", "null", "{'Latitude':0,'Longitude':0}", "{'latitude':1e400,'longitude':0}"})
  @DisplayName("3.1 bad_location")
  void badLocation(String data) {
    assertThat(parse("{'type':'location-update','data':" + data + "}")).isEqualTo(new Faulty(Fault.BAD_LOCATION));
  }

  @Test
  @DisplayName("3.1 A location that is broken JSON is a bad message")
  void brokenLocation() {
    assertThat(parse("{'type':'location-update','data':{'latitude':0,'longitude':0,}}")).isEqualTo(new Faulty(Fault.BAD_MESSAGE));
    assertThat(parse("{'type':'location-update','data':{'latitude':NaN,'longitude':0}}")).isEqualTo(new Faulty(Fault.BAD_MESSAGE));
    assertThat(parse("{'type':'location-update'}")).isEqualTo(new Faulty(Fault.BAD_LOCATION));
  }
}
