package dev.roost.ptt;

import static org.assertj.core.api.Assertions.assertThat;

import dev.roost.core.Frame;
import dev.roost.ptt.PttMessages.Audio;
import dev.roost.ptt.PttMessages.Channel;
import dev.roost.ptt.PttMessages.ConnectionTest;
import dev.roost.ptt.PttMessages.Head;
import dev.roost.ptt.PttMessages.Heartbeat;
import dev.roost.ptt.PttMessages.Ignored;
import dev.roost.ptt.PttMessages.Image;
import dev.roost.ptt.PttMessages.Inbound;
import dev.roost.ptt.PttMessages.Join;
import dev.roost.ptt.PttMessages.Leave;
import dev.roost.ptt.PttMessages.Malformed;
import dev.roost.ptt.PttMessages.Raw;
import dev.roost.ptt.PttMessages.Receipt;
import dev.roost.ptt.PttMessages.Start;
import dev.roost.ptt.PttMessages.Stop;
import dev.roost.ptt.PttMessages.Subscribe;
import dev.roost.ptt.PttMessages.Text;
import dev.roost.transport.msgpack.MsgPackIn;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What clients send: sections 1.3, 3.1 and 3.3. */
class PttParserTest {
  private final PttParser parser = new PttParser("ann", true);

  // ---- Every message

  @Test
  @DisplayName("3 Every type that clients send is what it is")
  void types() {
    assertThat(parse(0, 1, "ann", "g", 5)).isInstanceOf(Start.class);
    assertThat(parse(1, 1, "ann", "bob", 5)).isInstanceOf(Start.class);
    assertThat(parse(0, 2, "ann", "g")).isInstanceOf(Stop.class);
    assertThat(parse(1, 3, "ann", "bob", new byte[2])).isInstanceOf(Audio.class);
    assertThat(parse(0, 15, "ann", "g")).isInstanceOf(Join.class);
    assertThat(parse(0, 16, "ann", "g")).isInstanceOf(Leave.class);
    assertThat(parse(0, 17, "ann", "g", "x")).isInstanceOfSatisfying(Text.class, text -> assertThat(text.isInteractive()).isFalse());
    assertThat(parse(1, 18, "ann", "bob", "x")).isInstanceOf(Image.class);
    assertThat(parse(1, 20, "ann", "bob", "id")).isInstanceOf(Receipt.class);
    assertThat(parse(1, 21, "ann", "bob", "id")).isInstanceOf(Receipt.class);
    assertThat(parse(1, 23, "ann", "bob", "x")).isInstanceOfSatisfying(Text.class, text -> assertThat(text.isInteractive()).isTrue());
    assertThat(parse(0, 25, "ann", 0, "x")).isInstanceOf(ConnectionTest.class);
    assertThat(parse(1, 25, "ann", 0, "x")).isInstanceOf(ConnectionTest.class);
    assertThat(parse(0, 30, "ann", 0, Map.of())).isInstanceOf(Heartbeat.class);
    assertThat(parse(1, 30, "ann", 0, Map.of())).isInstanceOf(Heartbeat.class);
    assertThat(parse(0, 32, "ann", 0, Map.of("type", "presence_subscribe"))).isInstanceOfSatisfying(Subscribe.class, subscribe -> assertThat(subscribe.subscription()).isPresent());
  }

  @Test
  @DisplayName("3.3 Unknown and reserved types, those of the server, and those on the wrong channel are ignored")
  void ignored() {
    for (int type : new int[] {0, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 19, 22, 24, 26, 27, 28, 29, 31, 33, 63, 64, 65, 127, 128, 255, 256, 257, 65_537, -1, -32, Integer.MAX_VALUE}) {
      assertThat(parse(0, type, "ann", "g", "x")).as("%s", type).isInstanceOf(Ignored.class);
    }
    assertThat(parse(0, 1L << 32 | 1, "ann", "g", "x")).isInstanceOf(Ignored.class);
    assertThat(parse(0, new BigInteger("18446744073709551615"), "ann", "g", "x")).isInstanceOf(Ignored.class);
    assertThat(parse(0, 20, "ann", "g", "x")).isInstanceOf(Ignored.class);
    assertThat(parse(0, 21, "ann", "g", "x")).isInstanceOf(Ignored.class);
    assertThat(parse(1, 15, "ann", "g")).isInstanceOf(Ignored.class);
    assertThat(parse(1, 16, "ann", "g")).isInstanceOf(Ignored.class);
  }

  // ---- The layout

  @Test
  @DisplayName("1.3 A message that is written as the server would write it is relayed byte by byte")
  void canonical() {
    for (Object payload : Arrays.asList(1_700_000_000_000L, "text", new byte[] {1, 2}, new byte[70_000], Map.of("a", List.of(1, 2)), 1.5, true)) {
      byte[] message = Packed.bytes(0, 1, "ann", "g", payload);
      assertThat(relayed(message)).as("%s", payload).isEqualTo(message);
      byte[] withId = Packed.bytes(1, 3, "ann", "bob", "m1", payload);
      assertThat(relayed(withId)).as("%s", payload).isEqualTo(withId);
    }
  }

  @Test
  @DisplayName("1.3 The payload of a message that is relayed stays the bytes that came in, whatever form they have")
  void payloadBytes() {
    byte[] undefinedInside = {(byte) 0x82, (byte) 0xa1, 'a', (byte) 0xd4, 0, 0, (byte) 0xa1, 'b', (byte) 0xcf, 0, 0, 0, 0, 0, 0, 0, 5};
    byte[] longString = {(byte) 0xdb, 0, 0, 0, 1, (byte) 0xff};
    for (byte[] payload : List.of(undefinedInside, longString, new byte[] {(byte) 0xd7, 0, 0, 0, 1, 0x40, 0, 0, 0, 0}, new byte[] {(byte) 0xd3, 0, 0, 0, 0, 0, 0, 0, 7})) {
      byte[] message = join(new byte[] {(byte) 0x95, 1, 1}, Packed.pack("somebody"), Packed.pack("bob"), payload);
      byte[] relay = relayed(message);
      assertThat(Arrays.copyOfRange(relay, relay.length - payload.length, relay.length)).isEqualTo(payload);
      assertThat(Arrays.copyOf(relay, relay.length - payload.length)).isEqualTo(join(new byte[] {(byte) 0x95, 1, 1}, Packed.pack("ann"), Packed.pack("bob")));
    }
  }

  @Test
  @DisplayName("1.3 Missing elements are nil, those beyond the sixth are ignored, an empty message id is none")
  void elements() {
    assertThat(relay(1, 18, "ann", "bob")).isEqualTo(Packed.of(1, 18, "ann", "bob", null));
    assertThat(relay(1, 18, "ann")).isEqualTo(Packed.of(1, 18, "ann", 0, null));
    assertThat(relay(1, 18)).isEqualTo(Packed.of(1, 18, "ann", 0, null));
    assertThat(relay(1, 18, "ann", "bob", "m", "p", "seventh")).isEqualTo(Packed.of(1, 18, "ann", "bob", "m", "p"));
    assertThat(relay(1, 18, "ann", "bob", "m", "p", List.of(1), Map.of(1, 2), null)).isEqualTo(Packed.of(1, 18, "ann", "bob", "m", "p"));
    for (Object none : Arrays.asList("", null, 0, Packed.UNDEFINED)) {
      assertThat(relay(1, 18, "ann", "bob", none, "p")).as("%s", none).isEqualTo(Packed.of(1, 18, "ann", "bob", "p"));
    }
    assertThat(relay(1, 18, "ann", "bob", 7, "p")).isEqualTo(Packed.of(1, 18, "ann", "bob", 7, "p"));
    assertThat(relay(1, 18, "ann", "bob", "m", Packed.UNDEFINED)).isEqualTo(Packed.of(1, 18, "ann", "bob", "m", null));
    assertThat(relay(1, 18, "ann", "bob", Packed.UNDEFINED)).isEqualTo(Packed.of(1, 18, "ann", "bob", null));
    assertThat(parse(0, 2, "ann", "g")).isInstanceOfSatisfying(Stop.class, stop -> assertThat(stop.head().toId()).isEqualTo("g"));
  }

  @Test
  @DisplayName("1.3 Wide forms of the array and of its numbers are read, too, and written in the short ones")
  void wideForms() {
    byte[] tail = join(Packed.pack("ann"), Packed.pack("bob"), Packed.pack("p"));
    for (byte[] head : List.of(new byte[] {(byte) 0xdc, 0, 5, 1, 18}, new byte[] {(byte) 0xdd, 0, 0, 0, 5, 1, 18}, new byte[] {(byte) 0x95, (byte) 0xcc, 1, 18},
        new byte[] {(byte) 0x95, 1, (byte) 0xcd, 0, 18}, new byte[] {(byte) 0x95, (byte) 0xd3, 0, 0, 0, 0, 0, 0, 0, 1, (byte) 0xd2, 0, 0, 0, 18})) {
      assertThat(relayed(join(head, tail))).isEqualTo(Packed.bytes(1, 18, "ann", "bob", "p"));
    }
  }

  @Test
  @DisplayName("1.3 The own id is relayed in the type that the client used")
  void ownId() {
    PttParser seven = new PttParser("7", true);
    for (Object own : List.of(7, "7")) {
      byte[] message = Packed.bytes(1, 18, own, "bob", "p");
      assertThat(bytes(((Image) seven.parse(message)).relay())).isEqualTo(message);
    }
    byte[] wide = join(new byte[] {(byte) 0x95, 1, 18, (byte) 0xcd, 0, 7}, Packed.pack("bob"), Packed.pack("p"));
    assertThat(bytes(((Image) seven.parse(wide)).relay())).isEqualTo(wide);
    assertThat(seven.forged()).isZero();
    PttParser big = new PttParser("18446744073709551615", true);
    byte[] unsigned = Packed.bytes(1, 18, new BigInteger("18446744073709551615"), "bob", "p");
    assertThat(bytes(((Image) big.parse(unsigned)).relay())).isEqualTo(unsigned);
  }

  @Test
  @DisplayName("32. A foreign fromId is replaced, in all that is relayed and acknowledged")
  void foreignId() {
    for (Object foreign : Arrays.asList("bob", 5, "Ann", "ann ", -1, null, "", 0, 1.5, List.of("ann"), Map.of(), new byte[] {'a', 'n', 'n'}, true, "x".repeat(200), Packed.UNDEFINED)) {
      assertThat(relay(1, 18, foreign, "bob", "m", "p")).as("%s", foreign).isEqualTo(Packed.of(1, 18, "ann", "bob", "m", "p"));
    }
    assertThat(parser.forged()).isPositive();
    Head head = ((Stop) parse(0, 2, "eve", "g")).head();
    assertThat(value(head.from())).isEqualTo("ann");
  }

  @Test
  @DisplayName("1.3 toId is text or number, compared as text; nil, 0 and absent are 0")
  void toId() {
    assertThat(to("g")).isEqualTo("g");
    assertThat(to(18)).isEqualTo("18");
    assertThat(to(-5)).isEqualTo("-5");
    assertThat(to(new BigInteger("18446744073709551615"))).isEqualTo("18446744073709551615");
    for (Object zero : Arrays.asList(0, null, "", "0", Packed.UNDEFINED)) {
      assertThat(to(zero)).as("%s", zero).isEqualTo("0");
    }
    for (String odd : List.of("a:b", "constructor", "__proto__", "../x", " ", "😀", "x".repeat(128))) {
      assertThat(to(odd)).isEqualTo(odd);
    }
    assertThat(relay(1, 18, "ann", 18, "p")).isEqualTo(Packed.of(1, 18, "ann", 18, "p"));
  }

  private String to(Object to) {
    Head head = ((Join) parse(0, 15, "ann", to)).head();
    assertThat(head.channel()).isEqualTo(Channel.GROUP);
    return head.toId();
  }

  // ---- Payloads

  static Stream<List<Object>> acknowledgements() {
    return Stream.of(
        // payload, in a group, to a user
        Arrays.asList(1_700_000_000_000L, "1700000000000", 1_700_000_000_000L),
        Arrays.asList(5, "5", 5L),
        Arrays.asList(-5, "-5", -5L),
        Arrays.asList(new BigInteger("18446744073709551615"), "18446744073709551615", new BigInteger("18446744073709551615")),
        Arrays.asList("hello", "hello", "hello"),
        Arrays.asList("0", "0", "0"),
        Arrays.asList(1.5, "1.5", 1.5),
        Arrays.asList(1.7e12, "1700000000000", 1.7e12),
        Arrays.asList("", "Acknowledged", "Acknowledged"),
        Arrays.asList(0, "Acknowledged", "Acknowledged"),
        Arrays.asList(0.0, "Acknowledged", "Acknowledged"),
        Arrays.asList(null, "Acknowledged", "Acknowledged"),
        Arrays.asList(Packed.UNDEFINED, "Acknowledged", "Acknowledged"),
        Arrays.asList(List.of(1), "Acknowledged", List.of(1L)),
        Arrays.asList(Map.of("a", "b"), "Acknowledged", Map.of("a", "b")),
        Arrays.asList(new byte[] {1}, "Acknowledged", ByteBuffer.wrap(new byte[] {1})));
  }

  @ParameterizedTest
  @MethodSource("acknowledgements")
  @DisplayName("3.1 START_ACK: the payload, in a group as text, Acknowledged where there is none")
  void acknowledgement(List<Object> row) {
    assertThat(value(((Start) parse(0, 1, "ann", "g", row.get(0))).acknowledged())).isEqualTo(row.get(1));
    assertThat(value(((Start) parse(1, 1, "ann", "bob", row.get(0))).acknowledged())).isEqualTo(row.get(2));
  }

  @Test
  void startWithoutPayload() {
    assertThat(value(((Start) parse(0, 1, "ann", "g")).acknowledged())).isEqualTo("Acknowledged");
  }

  static Stream<List<Object>> texts() {
    return Stream.of(
        List.of("How are you?", "How are you?"),
        List.of("", ""),
        List.of("5", "5"),
        List.of("{\"text\":\"hi\",\"message_id\":\"x\"}", "hi"),
        List.of("{\"text\":\"\"}", ""),
        List.of("{\"message_id\":\"x\"}", "{\"message_id\":\"x\"}"),
        List.of("{\"text\":5}", "{\"text\":5}"),
        List.of("{\"text\":null}", "{\"text\":null}"),
        List.of("{\"text\":{\"text\":\"inner\"}}", "{\"text\":{\"text\":\"inner\"}}"),
        List.of("{\"a\":{\"text\":\"inner\"}}", "{\"a\":{\"text\":\"inner\"}}"),
        List.of("{\"text\":\"a\\u00fc\\n\"}", "aü\n"),
        List.of("{\"text\":\"broken\"", "{\"text\":\"broken\""),
        List.of("[1,2]", "[1,2]"),
        List.of("\"quoted\"", "\"quoted\""),
        List.of("null", "null"),
        List.of(5, "5"),
        List.of(1.5, "1.5"),
        List.of("bytes".getBytes(StandardCharsets.UTF_8), "bytes"));
  }

  @ParameterizedTest
  @MethodSource("texts")
  @DisplayName("31. TEXT: the field text if it is a text, else the whole payload")
  void text(List<Object> row) {
    assertThat(((Text) parse(1, 17, "ann", "bob", row.get(0))).text()).isEqualTo(row.get(1));
  }

  @Test
  @DisplayName("3.1 TEXT of other kinds is a text, too")
  void textOfOtherKinds() {
    assertThat(((Text) parse(1, 17, "ann", "bob")).text()).isEmpty();
    assertThat(((Text) parse(1, 17, "ann", "bob", null)).text()).isEmpty();
    assertThat(((Text) parse(1, 17, "ann", "bob", Map.of("a", 1))).text()).isEqualTo("{\"a\":1}");
    assertThat(((Text) parse(1, 17, "ann", "bob", true)).text()).isEqualTo("true");
    byte[] notUtf8 = join(new byte[] {(byte) 0x95, 1, 17}, Packed.pack("ann"), Packed.pack("bob"), new byte[] {(byte) 0xa2, 'x', (byte) 0xff});
    assertThat(((Text) parser.parse(notUtf8)).text()).isEqualTo("x\ufffd");
  }

  static Stream<List<Object>> interactives() {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("a", 1);
    map.put("b", Arrays.asList("x", null, true, 1.5, -7));
    map.put("ü\"\\\n", Collections.emptyMap());
    return Stream.of(
        List.of("hi", "\"hi\""),
        List.of("{\"a\":1}", "\"{\\\"a\\\":1}\""),
        List.of(5, "5"),
        List.of(1.0, "1"),
        List.of(Double.NaN, "null"),
        List.of(1e300, "1.0E300"),
        List.of("\u0001\t", "\"\\u0001\\t\""),
        List.of(map, "{\"a\":1,\"b\":[\"x\",null,true,1.5,-7],\"ü\\\"\\\\\\n\":{}}"),
        List.of(Map.of(5, "x"), "{\"5\":\"x\"}"),
        List.of(new byte[] {'h', 1}, "\"h\\u0001\""),
        List.of(Packed.UNDEFINED, "null"),
        List.of(List.of(), "[]"));
  }

  @ParameterizedTest
  @MethodSource("interactives")
  @DisplayName("3.1 INTERACTIVE: the payload as JSON")
  void interactive(List<Object> row) {
    assertThat(((Text) parse(1, 23, "ann", "bob", row.get(0))).text()).isEqualTo(row.get(1));
  }

  @Test
  void interactiveWithoutPayload() {
    assertThat(((Text) parse(1, 23, "ann", "bob")).text()).isEqualTo("null");
  }

  @Test
  @DisplayName("1.3 Audio is the bytes of bin or of an old-style str, and nothing of anything else")
  void audio() {
    byte[] sound = {1, 2, (byte) 0xff};
    assertThat(content(Packed.pack(sound))).isEqualTo(sound);
    assertThat(content(new byte[] {(byte) 0xa3, 1, 2, (byte) 0xff})).isEqualTo(sound);
    assertThat(content(new byte[] {(byte) 0xdb, 0, 0, 0, 3, 1, 2, (byte) 0xff})).isEqualTo(sound);
    for (Object other : Arrays.asList(5, null, Map.of(), List.of(1, 2), true)) {
      assertThat(((Audio) parse(0, 3, "ann", "g", other)).audio().isPresent()).as("%s", other).isFalse();
    }
    assertThat(((Audio) parse(0, 3, "ann", "g")).audio().isPresent()).isFalse();
  }

  private byte[] content(byte[] payload) {
    Raw audio = ((Audio) parser.parse(join(new byte[] {(byte) 0x95, 0, 3}, Packed.pack("ann"), Packed.pack("g"), payload))).audio();
    return Arrays.copyOfRange(audio.bytes(), audio.from(), audio.from() + audio.length());
  }

  @Test
  @DisplayName("3.1 CONNECTION_TEST carries any payload, nil if there is none")
  void connectionTest() {
    assertThat(value(((ConnectionTest) parse(0, 25, "ann", 0, Map.of("t", 5))).payload())).isEqualTo(Map.of("t", 5L));
    assertThat(value(((ConnectionTest) parse(0, 25)).payload())).isNull();
    assertThat(value(((ConnectionTest) parse(0, 25, "ann", 0, Packed.UNDEFINED)).payload())).isNull();
  }

  // ---- What is none

  static Stream<byte[]> malformed() {
    byte[] good = Packed.bytes(0, 1, "ann", "g", 5);
    byte[] deep = new byte[10_000];
    Arrays.fill(deep, (byte) 0x91);
    return Stream.of(new byte[0], new byte[] {(byte) 0xc0}, new byte[] {5}, new byte[] {(byte) 0x93, 1}, Arrays.copyOf(good, good.length + 1), Arrays.copyOf(good, good.length - 1), deep,
        join(new byte[] {(byte) 0x95, 0, 1}, Packed.pack("ann"), Packed.pack("g"), deep),
        new byte[] {(byte) 0xdd, -1, -1, -1, -1}, new byte[] {(byte) 0xdd, -1, -1, -1, -1, 0, 1}, Packed.bytes(), Packed.bytes(0), Packed.bytes(1.0, 1, "ann", "g"), Packed.bytes(0, 1.0, "ann", "g"),
        Packed.bytes("0", 1, "ann", "g"), Packed.bytes(0, "1", "ann", "g"), Packed.bytes(null, 1, "ann", "g"), Packed.bytes(0, null, "ann", "g"), Packed.bytes(2, 1, "ann", "g"), Packed.bytes(-1, 1, "ann", "g"),
        Packed.bytes(256, 1, "ann", "g"), Packed.bytes(new BigInteger("18446744073709551615"), 1, "ann", "g"), Packed.bytes(1L << 32, 1, "ann", "g"), Packed.bytes(true, 1, "ann", "g"),
        Packed.bytes(Packed.UNDEFINED, 1, "ann", "g"), Packed.pack("text"), Packed.pack(Map.of(0, 1)), Packed.pack(new byte[] {1, 2}), new byte[] {(byte) 0xc1},
        Packed.bytes(0, 1, "ann", List.of("g"), 5), Packed.bytes(0, 1, "ann", 1.5, 5), Packed.bytes(0, 1, "ann", "x".repeat(129), 5), Packed.bytes(0, 1, "ann", "a\u0000b", 5),
        join(Packed.bytes(0, 1, "ann", "g", 5), Packed.bytes(0, 1, "ann", "g", 5)));
  }

  @ParameterizedTest
  @MethodSource("malformed")
  @DisplayName("33. What is no message")
  void isMalformed(byte[] message) {
    assertThat(parser.parse(message)).isInstanceOf(Malformed.class);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 17, 18, 20, 23, 25, 30, 32})
  @DisplayName("33. Every beginning of a message is malformed")
  void beginnings(int type) {
    byte[] whole = Packed.bytes(1, type, "ann", "bob", "m", Map.of("type", "presence_subscribe", "text", List.of("x", 5, new byte[3])));
    assertThat(parser.parse(whole)).isNotInstanceOf(Malformed.class);
    for (int length = 0; length < whole.length; length++) {
      assertThat(parser.parse(Arrays.copyOf(whole, length))).as("%s", length).isInstanceOf(Malformed.class);
    }
  }

  @Test
  @DisplayName("33. Whatever bytes come, nothing is thrown, and what is relayed is one message of five or six elements from this user")
  void randomBytes() {
    SplittableRandom random = new SplittableRandom(7);
    int relayed = 0;
    for (int i = 0; i < 8_000; i++) {
      byte[] bytes = Packed.bytes(random.nextInt(2), random.nextInt(34), random.nextBoolean() ? "ann" : 7, "bob", "m", Map.of("a", 1, "type", "presence_subscribe"));
      for (int j = random.nextInt(4); j > 0; j--) {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
      }
      Frame relay = relayOf(parser.parse(bytes));
      if (relay != null) {
        relayed++;
        List<byte[]> parts = elements(bytes(relay));
        assertThat(parts.size()).isBetween(5, 6);
        assertThat(parts.get(2)).isEqualTo(Packed.pack("ann"));
      }
    }
    assertThat(relayed).isPositive();
  }

  /** The elements of an array, split by the server's reader: what is inside them may be no valid text. */
  private static List<byte[]> elements(byte[] message) {
    var in = new MsgPackIn(message, 0, message.length);
    List<byte[]> elements = new ArrayList<>();
    for (int left = in.array(); left > 0; left--) {
      int from = in.position();
      in.skip();
      elements.add(Arrays.copyOfRange(message, from, in.position()));
    }
    assertThat(in.isAtEnd()).isTrue();
    return elements;
  }

  private static Frame relayOf(Inbound message) {
    return switch (message) {
      case Start start -> start.relay();
      case Audio audio -> audio.relay();
      case Image image -> image.relay();
      case Receipt receipt -> receipt.relay();
      default -> null;
    };
  }

  // ---- How it is asked

  private Inbound parse(Object... elements) {
    return parser.parse(Packed.bytes(elements));
  }

  private byte[] relayed(byte[] message) {
    return bytes(relayOf(parser.parse(message)));
  }

  private Packed relay(Object... elements) {
    return Packed.read(relayed(Packed.bytes(elements)));
  }

  private static byte[] bytes(Frame frame) {
    return Arrays.copyOfRange(frame.wire(), frame.payloadStart(), frame.length());
  }

  private static Object value(Raw raw) {
    return Packed.unpack(Arrays.copyOfRange(raw.bytes(), raw.from(), raw.from() + raw.length()));
  }

  private static byte[] join(byte[]... parts) {
    ByteBuffer all = ByteBuffer.allocate(Arrays.stream(parts).mapToInt(part -> part.length).sum());
    for (byte[] part : parts) {
      all.put(part);
    }
    return all.array();
  }
}
