package dev.roost.parrot;

import static org.assertj.core.api.Assertions.assertThat;

import dev.roost.parrot.ParrotMessages.BadData;
import dev.roost.parrot.ParrotMessages.Data;
import dev.roost.parrot.ParrotMessages.DataPoint;
import dev.roost.parrot.ParrotMessages.DemoteUser;
import dev.roost.parrot.ParrotMessages.FromDashboard;
import dev.roost.parrot.ParrotMessages.FromUser;
import dev.roost.parrot.ParrotMessages.GetStats;
import dev.roost.parrot.ParrotMessages.Handshake;
import dev.roost.parrot.ParrotMessages.KickUser;
import dev.roost.parrot.ParrotMessages.Malformed;
import dev.roost.parrot.ParrotMessages.PromoteUser;
import dev.roost.parrot.ParrotMessages.RequestSenderRole;
import dev.roost.sim.Json;
import java.io.UnsupportedEncodingException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the parser makes of bytes: sections 3.1 and 3.3. Single quotes stand for double ones except in the texts marked as verbatim. */
class ParrotParserTest {

  @ParameterizedTest
  @ValueSource(strings = {"{}", "{ \"a\" : 1 }", "{\n\t\"a\":\r\n[ 1 ,2 ]\n}", "{\"a\":1e3}", "{\"a\":-0.0}", "{\"a\":1E+400}",
      "{\"a\":123456789012345678901234567890.5}", "{\"a\":\"\\\"}]\\\\\"}", "{\"a\":\"\\u0041\\/\\ud83d\\ude00\"}",
      "{\"ä\":\"😀\"}", "{\"a\":{\"b\":{\"c\":[{\"d\":[[]]}]}}}", "{\"a\":1,\"a\":2}",
      "{\"\":null}", "{\"a\":true,\"b\":false,\"c\":null}", "{\"type\":\"kick\",\"data\":{\"data\":5}}"})
  @DisplayName("data is the slice that came in (verbatim)")
  void verbatim(String data) {
    assertThat(point("{\"type\":\"data\",\"data\":" + data + "}").whole()).hasToString(data);
    assertThat(point(" { \"data\" :  " + data + "  , \"type\" : \"data\" } ").whole()).hasToString(data);
    assertThat(point("{\"data\":" + data + "\n,\"x\":" + data + ",\"type\":\"data\",\"é\":\"é\"}").whole()).hasToString(data);
  }

  @ParameterizedTest
  @ValueSource(strings = {"7", "-1", "1e3", "1.5E-7", "0", "123456789012345678901234567890", "\"a\\n\\u00e9 😀\"", "\"\"",
      "null", "true", "false", "[1, [2] ]", "{ \"x\" : {} }"})
  @DisplayName("id is the slice that came in, whatever it is (verbatim)")
  void idVerbatim(String id) {
    assertThat(point("{\"type\":\"data\",\"data\":{\"id\":" + id + "}}").id()).hasToString(id);
    assertThat(point("{\"type\":\"data\",\"data\":{\"gps\":{\"id\":0}, \"id\" : " + id + " , \"z\":1}}").id()).hasToString(id);
  }

  @Test
  @DisplayName("The parts of a point are its own, not those of objects within it, and of the right type")
  void parts() {
    DataPoint point = point(Json.quoted("{'type':'data','gps':{'no':1},'data':{'orientation':{'alpha':null},'gps':{'gps':1,'orientation':2},"
        + "'motion':[],'weather':null,'objectsDetected':[{}],'colorPalette':[],'photoBase64':'p','audioBase64':5,'modules':{'motion':{}}}}"));

    assertThat(point.orientation()).hasToString("{\"alpha\":null}");
    assertThat(point.gps()).hasToString("{\"gps\":1,\"orientation\":2}");
    assertThat(point.motion().isPresent()).isFalse();
    assertThat(point.weather().isPresent()).isFalse();
    assertThat(point.objectsDetected()).hasToString("[{}]");
    assertThat(point.colorPalette()).hasToString("[]");
    assertThat(point.photoBase64()).hasToString("\"p\"");
    assertThat(point.audioBase64().isPresent()).isFalse();
    assertThat(point.id().isPresent()).isFalse();
  }

  @ParameterizedTest
  @CsvSource(quoteCharacter = '`', delimiter = '|', value = {"{'orientation':{}} | false", "{} | false",
      "{'gps':null,'objectsDetected':[],'photoBase64':null} | false",
      "{'objectsDetected':[ ]} | false", "{'gps':{}} | true", "{'weather':{}} | true", "{'motion':{}} | true", "{'objectsDetected':[1]} | true",
      "{'photoBase64':''} | true", "{'audioBase64':'x'} | true", "{'colorPalette':[{}]} | true"})
  @DisplayName("Whether there is something for /bulk")
  void bulky(String data, boolean bulky) {
    assertThat(point(Json.quoted("{'type':'data','data':" + data + "}")).isBulky()).isEqualTo(bulky);
  }

  @Test
  @DisplayName("Of a key that comes twice the last counts")
  void duplicateKeys() {
    assertThat(user("{'type':'data','type':'request_sender_role'}")).isEqualTo(new RequestSenderRole());
    assertThat(user("{'type':'request_sender_role','type':5}")).isInstanceOf(Malformed.class);
    assertThat(user("{'type':'data','data':{},'data':5}")).isInstanceOf(BadData.class);
    DataPoint point = point(Json.quoted("{'type':'data','data':{'id':1,'gps':{}},'data':{'id':2,'id':3,'motion':{},'motion':null}}"));
    assertThat(point.id()).hasToString("3");
    assertThat(point.gps().isPresent()).isFalse();
    assertThat(point.motion().isPresent()).isFalse();
    assertThat(handshake("{'type':'handshake','username':'a','username':'b','deviceId':'c','deviceId':5}"))
        .isEqualTo(new Handshake(Optional.of("b"), Optional.empty(), false));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "null", "5", "'handshake'", "[]", "[{'type':'handshake'}]", "true", "{", "}", "{bad", "{'type':'handshake'",
      "{'type':'handshake'}x", "{'type':'handshake'}{}", "{'type':'handshake'},", "{'type':'handshake',}", "{type:'handshake'}", "{'type':'handshake','x':01}",
      "{'type':'handshake','x':NaN}", "{'type':'handshake','x':+1}", "{'type':'handshake','x':.5}", "{'type':'handshake','x':'\u0001'}",
      "{'type':'handshake','x':'\\x'}", "{'type':'data','data':{}]}", "{'type':'data','data':{'a'}}", "/**/{'type':'handshake'}", "{}", "{'type':5}",
      "{'type':null}", "{'type':{}}", "{'Type':'handshake'}", "{'data':{'type':'handshake'}}"})
  @DisplayName("What is not one object with a type is refused")
  void refused(String json) {
    assertThat(user(json)).isInstanceOfSatisfying(Malformed.class, fault -> assertThat(fault.code()).isEqualTo("bad_message"));
    assertThat(dashboard(json)).isInstanceOfSatisfying(Malformed.class, fault -> assertThat(fault.code()).isEqualTo("bad_message"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"UTF-16LE", "UTF-16BE", "UTF-16", "UTF-32LE", "UTF-32BE"})
  @DisplayName("JSON in another encoding than UTF-8 is refused (RFC 6455, section 5.6)")
  void otherEncodings(String charset) throws UnsupportedEncodingException {
    FromUser message = ParrotParser.fromUser("{\"type\":\"data\",\"data\":{\"id\":7}}".getBytes(charset));

    assertThat(message instanceof Malformed).as("refused").isTrue();
  }

  @Test
  @DisplayName("Types are exact")
  void unknownTypes() {
    for (String type : new String[] {"", "Data", " data", "welcome", "getStats", "kickUser"}) {
      assertThat(user("{'type':'" + type + "'}")).isInstanceOfSatisfying(Malformed.class, fault -> assertThat(fault.code()).isEqualTo("unknown_type"));
    }
    for (String type : new String[] {"handshake", "data", "request_sender_role", "getstats"}) {
      assertThat(dashboard("{'type':'" + type + "'}")).isInstanceOfSatisfying(Malformed.class, fault -> assertThat(fault.code()).isEqualTo("unknown_type"));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"{'type':'data'}", "{'type':'data','data':null}", "{'type':'data','data':[]}", "{'type':'data','data':'{}'}",
      "{'type':'data','data':1}", "{'type':'data','data':true}"})
  @DisplayName("data must be an object")
  void badData(String json) {
    assertThat(user(json)).isInstanceOf(BadData.class);
  }

  @Test
  @DisplayName("Deep nesting is either taken or refused, never fatal")
  void deepNesting() {
    String fair = "[".repeat(100) + "]".repeat(100);
    assertThat(point("{\"type\":\"data\",\"data\":{\"a\":" + fair + "}}").whole()).hasToString("{\"a\":" + fair + "}");
    assertThat(user("{'type':'data','data':{'a':" + "[".repeat(1_000_000))).isInstanceOf(Malformed.class);
    assertThat(user("{'type':'data','data':" + "{'a':".repeat(200_000) + "1" + "}".repeat(200_001))).isInstanceOf(Malformed.class);
  }

  @ParameterizedTest
  @CsvSource(quoteCharacter = '`', nullValues = "-", value = {"Al, Al", "  Al  Bo , Al  Bo", "<b>x</b>, bx/b", "<>, -", "< >, -",
      "a\\u0000\\n\\u007f\\u0085b, ab", "\\u0009 x \\u000d, x", "é😀, é😀", "\\u003cscript\\u003e, script", "\\u00e4, ä"})
  @DisplayName("A username loses control characters and angle brackets, and is trimmed; empty is absent")
  void username(String sent, String cleaned) {
    assertThat(handshake("{'type':'handshake','username':'" + sent + "'}").username()).isEqualTo(Optional.ofNullable(cleaned));
  }

  @Test
  @DisplayName("A username is cut to 64 characters, not through a surrogate pair")
  void longUsername() {
    assertThat(nameFor("x".repeat(64))).isEqualTo("x".repeat(64));
    assertThat(nameFor("x".repeat(65))).isEqualTo("x".repeat(64));
    assertThat(nameFor("<" + " ".repeat(80) + "x".repeat(70) + ">")).isEqualTo("x".repeat(64));
    assertThat(nameFor("x".repeat(62) + "😀")).isEqualTo("x".repeat(62) + "😀");
    assertThat(nameFor("x".repeat(63) + "😀")).isEqualTo("x".repeat(63));
    assertThat(nameFor("x".repeat(63) + "😀" + "y")).isEqualTo("x".repeat(63));
    assertThat(nameFor("😀".repeat(40))).isEqualTo("😀".repeat(32));
  }

  @Test
  @DisplayName("Half a surrogate pair, which has no UTF-8, is removed from names")
  void loneSurrogates() {
    assertThat(handshake("{'type':'handshake','username':'\\ud800'}").username()).isEmpty();
    assertThat(nameFor("a\\udc00b\\ud83d")).isEqualTo("ab");
    assertThat(nameFor("\\ud83d\\ude00")).isEqualTo("😀");
  }

  @Test
  @DisplayName("A deviceId has 1 to 128 characters after trimming; otherwise there is none")
  void deviceId() {
    assertThat(deviceFor("d")).contains("d");
    assertThat(deviceFor("  d-1  ")).contains("d-1");
    assertThat(deviceFor("x".repeat(128))).contains("x".repeat(128));
    assertThat(deviceFor("  " + "x".repeat(128) + " ")).contains("x".repeat(128));
    assertThat(deviceFor("x".repeat(129))).isEmpty();
    assertThat(deviceFor("")).isEmpty();
    assertThat(deviceFor("   ")).isEmpty();
    assertThat(deviceFor("<i>d</i>").orElseThrow()).doesNotContain("<", ">");
  }

  @Test
  @DisplayName("Wrongly typed optional fields are absent")
  void wronglyTyped() {
    for (String value : new String[] {"5", "null", "true", "{}", "['x']"}) {
      assertThat(handshake("{'username':" + value + ",'deviceId':" + value + ",'client':" + value + ",'timestamp':" + value + ",'type':'handshake'}"))
          .isEqualTo(new Handshake(Optional.empty(), Optional.empty(), false));
    }
    for (String value : new String[] {"false", "null", "1", "'true'", "{}"}) {
      assertThat(handshake("{'type':'handshake','receiveData':" + value + "}").receiveData()).isFalse();
    }
    assertThat(handshake("{'type':'handshake','receiveData':true}").receiveData()).isTrue();
    assertThat(user("{'type':'request_sender_role','data':5,'username':[[]]}")).isEqualTo(new RequestSenderRole());
  }

  @Test
  @DisplayName("Dashboards: actions and whom they name")
  void dashboards() {
    assertThat(dashboard("{'type':'getStats','x':{}}")).isEqualTo(new GetStats());
    assertThat(dashboard("{'userId':'u','type':'demoteUser'}")).isEqualTo(new DemoteUser());
    assertThat(dashboard("{'userId':'u\\u0031','type':'kickUser'}")).isInstanceOfSatisfying(KickUser.class, kick -> {
      assertThat(kick.target().id()).contains("u1");
      assertThat(kick.target().raw()).hasToString("\"u\\u0031\"");
    });
    assertThat(dashboard("{'type':'promoteUser','userId': 17 }")).isInstanceOfSatisfying(PromoteUser.class, promote -> {
      assertThat(promote.target().id()).isEmpty();
      assertThat(promote.target().raw()).hasToString("17");
    });
    assertThat(dashboard("{'type':'promoteUser'}")).isInstanceOfSatisfying(PromoteUser.class, promote -> {
      assertThat(promote.target().id()).isEmpty();
      assertThat(promote.target().raw().isPresent()).isFalse();
    });
  }

  private static DataPoint point(String verbatim) {
    FromUser message = ParrotParser.fromUser(verbatim.getBytes(StandardCharsets.UTF_8));
    assertThat(message).as(verbatim).isInstanceOf(Data.class);
    return ((Data) message).point();
  }

  private static FromUser user(String json) {
    return ParrotParser.fromUser(Json.quoted(json).getBytes(StandardCharsets.UTF_8));
  }

  private static FromDashboard dashboard(String json) {
    return ParrotParser.fromDashboard(Json.quoted(json).getBytes(StandardCharsets.UTF_8));
  }

  private static Handshake handshake(String json) {
    return (Handshake) user(json);
  }

  private static String nameFor(String username) {
    return handshake("{'type':'handshake','username':'" + username + "'}").username().orElseThrow();
  }

  private static Optional<String> deviceFor(String deviceId) {
    return handshake("{'type':'handshake','deviceId':'" + deviceId + "'}").deviceId();
  }
}
