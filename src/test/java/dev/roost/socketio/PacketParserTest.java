package dev.roost.socketio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeout;

import dev.roost.core.RawJson;
import dev.roost.sim.Json;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Packets of the Socket.IO protocol 5, and what is none. */
class PacketParserTest {
  private static final int MAX_ATTACHMENTS = 10;
  /** Whatever a megabyte holds: far above what reading it takes, far below what a loop over its square would. */
  private static final Duration LINEAR = Duration.ofSeconds(20);

  private static final List<String> VALID = List.of("0", "0{'token':'abc'}", "0/admin,", "0/admin,{'pid':'x','offset':'y'}", "0/admin", "0/admin?token=1&x=2,", "0/ns?a=1", "1", "1/admin,", "1/admin",
      "2['a']", "2['a',1,{'b':[null]}]", "2/admin,['a']", "212['a']", "2/admin,12['a',{}]", "2[7,'x']", "2['a' , 1 ]", "30[]", "3/admin,456['x',{'y':1}]", "51-['a',{'_placeholder':true,'num':0}]",
      "52-/admin,7['a',{'_placeholder':true,'num':1},[{'x':{'_placeholder':true,'num':0}}]]", "50-['a']", "61-3[{'_placeholder':true,'num':0}]", "60-/admin,3['x']", "2['ü€😀','\\u0000']");

  private static Optional<Packet> parse(String packet) {
    return parse(Json.quoted(packet).getBytes(StandardCharsets.UTF_8));
  }

  /** As they come: with the type of the Engine.IO packet before them. */
  private static Optional<Packet> parse(byte[] packet) {
    byte[] message = new byte[packet.length + 1];
    message[0] = '4';
    System.arraycopy(packet, 0, message, 1, packet.length);
    return PacketParser.parse(message, 1, MAX_ATTACHMENTS);
  }

  private static Packet.Event event(String packet) {
    return (Packet.Event) parse(packet).orElseThrow();
  }

  private static List<String> texts(List<RawJson> values) {
    return values.stream().map(RawJson::toString).toList();
  }

  @Test
  void connects() {
    assertThat(parse("0").map(Packet::namespace)).contains("/");
    assertThat(((Packet.Connect) parse("0").orElseThrow()).auth().isPresent()).isFalse();
    Packet.Connect custom = (Packet.Connect) parse("0/admin,{'token':'a,b'}").orElseThrow();
    assertThat(custom.namespace()).isEqualTo("/admin");
    assertThat(custom.auth()).hasToString("{\"token\":\"a,b\"}");
    assertThat(((Packet.Connect) parse("0/admin,").orElseThrow()).auth().isPresent()).isFalse();
    assertThat(parse("0/admin").map(Packet::namespace)).contains("/admin");
  }

  @Test
  void theQueryOfProtocol4IsNoPartOfTheNamespaceHoweverLongItIs() {
    assertThat(parse("0/admin?token=abc&b=/x,").map(Packet::namespace)).contains("/admin");
    assertThat(parse("0/admin?" + "x".repeat(2_000) + ",").map(Packet::namespace)).contains("/admin");
    assertThat(parse("0/" + "x".repeat(511) + ",").map(packet -> packet.namespace().length())).contains(512);
    assertThat(parse("0/" + "x".repeat(512) + ",")).isEmpty();
  }

  @Test
  void disconnects() {
    assertThat(parse("1")).contains(new Packet.Disconnect("/"));
    assertThat(parse("1/admin,")).contains(new Packet.Disconnect("/admin"));
    assertThat(parse("1/admin")).contains(new Packet.Disconnect("/admin"));
    assertThat(parse("1{}")).isEmpty();
    assertThat(parse("15")).isEmpty();
  }

  @Test
  void events() {
    Packet.Event plain = event("2['hey',1,'Jude',{'a':[2]}]");
    assertThat(plain.name()).isEqualTo("hey");
    assertThat(plain.id()).isEqualTo(Packet.NO_ID);
    assertThat(texts(plain.arguments())).containsExactly("1", "\"Jude\"", "{\"a\":[2]}");
    Packet.Event asked = event("2/admin,456['project:delete',123]");
    assertThat(asked.namespace()).isEqualTo("/admin");
    assertThat(asked.id()).isEqualTo(456);
    assertThat(event("2999999999999999['a']").id()).isEqualTo(999_999_999_999_999L);
    assertThat(event("2[12,'x']").name()).isEqualTo("12");
  }

  @Test
  void acknowledgements() {
    Packet.Ack ack = (Packet.Ack) parse("3/admin,456['x',[1]]").orElseThrow();
    assertThat(ack.id()).isEqualTo(456);
    assertThat(texts(ack.arguments())).containsExactly("\"x\"", "[1]");
    assertThat(parse("3['x']")).as("without id").isEmpty();
  }

  @Test
  void attachments() {
    assertThat(event("52-/admin,7['a',{'_placeholder':true,'num':0},{'b':{'num':1,'_placeholder':true}}]").attachments()).isEqualTo(2);
    assertThat(((Packet.Ack) parse("61-3[{'_placeholder':true,'num':0}]").orElseThrow()).attachments()).isEqualTo(1);
    assertThat(event("50-['a']").attachments()).isZero();
    assertThat(event("510-['a']").attachments()).isEqualTo(10);
    // What only looks like a place is data.
    assertThat(event("51-['a',{'_placeholder':1,'num':9},{'_placeholder':false,'num':9},{'num':-1},'_placeholder']").arguments()).hasSize(4);
    assertThat(event("2['a',{'_placeholder':true,'num':9}]").attachments()).isZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {"51-['a',{'_placeholder':true,'num':1}]", "51-['a',{'_placeholder':true,'num':-1}]", "51-['a',{'_placeholder':true,'num':0.5}]", "51-['a',{'_placeholder':true}]",
      "51-['a',{'_placeholder':true,'num':'0'}]", "51-['a',{'_placeholder':true,'num':1e999999999}]", "51-['a',[[{'x':{'_placeholder':true,'num':2147483648}}]]]",
      "51-['a',{'_placeholder':true,'num':0,'num':7}]", "61-1[{'_placeholder':true,'num':1}]", "511-['a']", "599999-['a']", "599999999999999999999-['a']", "5['a']", "5-['a']", "51['a']", "5-1-['a']",
      "51", "51-"})
  void placesThatNameNoAttachmentAndCountsThatNobodyMeans(String packet) {
    assertThat(parse(packet)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"})
  void namesThatTheLibrariesKeepForThemselves(String name) {
    assertThat(parse("2['" + name + "']")).isEmpty();
    assertThat(parse("51-['" + name + "']")).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "7", "9['a']", "x", "4{'message':'x'}", "2", "2{}", "2[]", "2[null]", "2[{}]", "2[[]]", "2[true]", "2'a'", "2['a'", "2['a']]", "2['a'] x", "2['a'],", "2['a',]", "2[,'a']", "2['a' 1]",
      "2['a',tru]", "2['a',01]", "2['a',NaN]", "2-1['a']", "21234567890123456['a']", "2 1['a']", "2/admin['a']", "2/admin,x['a']", "2abc['message']", "0[]", "0'x'", "0null", "0{", "0{}}", "01{}", "3[]", "0/admin,[]",
      "0admin,{}", "3{}", "3x", "31{}", "31", "1x", "1[]", "1/admin,{}", "2\0['a']", "2[\0'a']"})
  void whatIsNoPacket(String packet) {
    assertThat(parse(packet)).isEmpty();
  }

  @Test
  void everyBeginningOfAPacketIsOneOrNone() {
    for (String packet : VALID) {
      byte[] whole = Json.quoted(packet).getBytes(StandardCharsets.UTF_8);
      assertThat(parse(whole)).as(packet).isPresent();
      for (int length = 0; length < whole.length; length++) {
        Optional<Packet> begun = parse(Arrays.copyOf(whole, length));
        boolean mayEndHere = begun.isEmpty() || begun.get() instanceof Packet.Connect || begun.get() instanceof Packet.Disconnect;
        assertThat(mayEndHere).as("the first %d bytes of %s", length, packet).isTrue();
      }
    }
  }

  @Test
  void randomBytesAreReadWithoutAFailure() {
    Random random = new Random(1);
    for (int i = 0; i < 20_000; i++) {
      byte[] packet = new byte[random.nextInt(40)];
      random.nextBytes(packet);
      if (packet.length > 0) {
        packet[0] = (byte) ('0' + random.nextInt(8));
      }
      parse(packet);
    }
  }

  @Test
  void aPacketWithAByteChangedIsReadWithoutAFailure() {
    Random random = new Random(2);
    String alphabet = "0123456789,-/?[]{}\":\\ abu_.eE+\0\t";
    int read = 0;
    for (int i = 0; i < 40_000; i++) {
      byte[] packet = Json.quoted(VALID.get(random.nextInt(VALID.size()))).getBytes(StandardCharsets.UTF_8);
      for (int changes = 1 + random.nextInt(3); changes > 0; changes--) {
        packet[random.nextInt(packet.length)] = (byte) alphabet.charAt(random.nextInt(alphabet.length()));
      }
      read += parse(packet).isPresent() ? 1 : 0;
    }
    assertThat(read).as("some are still packets").isBetween(100, 39_900);
  }

  @Test
  void deepNestingOverflowsNothing() {
    String open = "[".repeat(1_000_000);
    String objects = "{\"a\":".repeat(200_000);
    for (String head : List.of("2", "2[\"a\",", "51-[\"a\",", "61-1", "0{\"a\":", "31")) {
      assertThat(parse((head + open).getBytes(StandardCharsets.US_ASCII))).isEmpty();
      assertThat(parse((head + objects).getBytes(StandardCharsets.US_ASCII))).isEmpty();
    }
    assertThat(event("2['a'," + "[".repeat(1_000) + "]".repeat(1_000) + "]").arguments()).hasSize(1);
    assertThat(event("51-['a'," + "[".repeat(90) + "]".repeat(90) + "]").arguments()).hasSize(1);
    assertThat(parse("51-['a'," + "[".repeat(1_000) + "]".repeat(1_000) + "]")).as("too deep to look for places").isEmpty();
  }

  @Test
  void aMegabyteOfAnythingCostsItsBytes() {
    int million = 1_000_000;
    List<String> hostile = List.of("2[\"a\"" + ",1".repeat(million / 2) + "]", "51-[\"a\"" + ",1".repeat(million / 2) + "]", "51-[\"a\"" + ",{}".repeat(million / 3) + "]",
        "61-1[" + "[],".repeat(million / 3) + "1]", "51-[\"a\",{\"_placeholder\":true,\"num\":" + "9".repeat(million - 100) + "}]", "51-[\"a\",{\"num\":0." + "1".repeat(million - 100) + "}]",
        "2[" + "9".repeat(million) + "]", "2" + "9".repeat(million), "5" + "1".repeat(million), "0/" + "x".repeat(million), "0/?" + "x".repeat(million), "2[\"" + "x".repeat(million) + "\"]",
        "0{" + "\"a\":1,".repeat(million / 6) + "\"b\":2}");
    assertTimeout(LINEAR, () -> hostile.forEach(packet -> parse(packet.getBytes(StandardCharsets.US_ASCII))));
    assertThat(event(hostile.getFirst()).arguments()).hasSize(million / 2);
  }
}
