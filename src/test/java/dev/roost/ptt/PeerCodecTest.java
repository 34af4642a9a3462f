package dev.roost.ptt;

import static org.assertj.core.api.Assertions.assertThat;

import dev.roost.ptt.PeerEnvelope.Content;
import dev.roost.ptt.PeerMessage.Kind;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PeerCodecTest {
  private static final byte[] PAYLOAD = {(byte) 0x95, 0, 3, (byte) 0xff, 0};

  @Test
  void whatWasWrittenIsRead() {
    for (Content content : everything()) {
      PeerEnvelope envelope = new PeerEnvelope("n0d3", content);
      byte[] bytes = PeerCodec.encode(envelope).orElseThrow();
      assertThat(PeerCodec.decode(bytes)).as("%s", content).get().usingRecursiveComparison().isEqualTo(envelope);
    }
  }

  @Test
  void whatIsCutOffIsNothingAndWhatFollowsIsNothing() {
    for (Content content : everything()) {
      byte[] bytes = PeerCodec.encode(new PeerEnvelope("n0d3", content)).orElseThrow();
      int payload = hasPayload(content) ? PAYLOAD.length : 0;
      for (int length = 0; length < bytes.length - payload; length++) {
        assertThat(PeerCodec.decode(Arrays.copyOf(bytes, length))).as("%s cut to %d", content, length).isEmpty();
      }
      assertThat(PeerCodec.decode(Arrays.copyOf(bytes, bytes.length + 1)).isPresent()).as("%s and a byte", content).isEqualTo(hasPayload(content));
    }
  }

  @Test
  void foreignVersionsTypesFlagsAndTextsAreNothing() {
    byte[] changed = PeerCodec.encode(new PeerEnvelope("n", new PeerEnvelope.Said(new PeerMessage.MembershipChanged("g", "u", true)))).orElseThrow();
    assertThat(changed).hasSize(1 + 3 + 1 + 3 + 3 + 1);
    assertThat(PeerCodec.decode(with(changed, 0, 2))).isEmpty();
    assertThat(PeerCodec.decode(with(changed, 4, 0))).isEmpty();
    assertThat(PeerCodec.decode(with(changed, 4, 8))).isEmpty();
    assertThat(PeerCodec.decode(with(changed, 11, 2))).isEmpty();
    assertThat(PeerCodec.decode(with(changed, 7, 0xff))).as("no UTF-8").isEmpty();
    assertThat(PeerCodec.decode(with(changed, 5, 0xff))).as("a length beyond the end").isEmpty();
    byte[] toGroup = PeerCodec.encode(new PeerEnvelope("n", new PeerEnvelope.Said(new PeerMessage.ToGroup("g", "u", Kind.OTHER, 0, PAYLOAD)))).orElseThrow();
    assertThat(PeerCodec.decode(with(toGroup, 19, Kind.values().length))).isEmpty();
    assertThat(PeerCodec.decode(with(toGroup, 19, 0xff))).isEmpty();
    assertThat(PeerCodec.decode(with(toGroup, 11, 0xff))).as("an order below 0").isEmpty();
  }

  @Test
  void garbageIsReadWithoutHarm() {
    Random random = new Random(4);
    for (int i = 0; i < 20_000; i++) {
      byte[] bytes = PeerCodec.encode(new PeerEnvelope("n0d3", everything().get(random.nextInt(everything().size())))).orElseThrow();
      bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
      bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
      assertThat(PeerCodec.decode(bytes)).isNotNull();
    }
  }

  @Test
  void whatIsTooLongIsNeitherWrittenNorRead() {
    String longest = "x".repeat(PeerCodec.MOST_TEXT_BYTES);
    assertThat(PeerCodec.encode(new PeerEnvelope("n", new PeerEnvelope.LoginWanted(longest)))).isPresent();
    assertThat(PeerCodec.encode(new PeerEnvelope("n", new PeerEnvelope.LoginWanted(longest + "x")))).isEmpty();
    byte[] atLimit = PeerCodec.encode(toUser(PeerCodec.MOST_BYTES - 9)).orElseThrow();
    assertThat(atLimit).hasSize(PeerCodec.MOST_BYTES);
    assertThat(PeerCodec.decode(atLimit)).isPresent();
    assertThat(PeerCodec.encode(toUser(PeerCodec.MOST_BYTES - 8))).isEmpty();
    assertThat(PeerCodec.decode(Arrays.copyOf(atLimit, atLimit.length + 1))).isEmpty();
  }

  @Test
  void aNodeKnowsItsOwnMessagesByTheirBeginning() {
    for (Content content : everything()) {
      byte[] bytes = PeerCodec.encode(new PeerEnvelope("n0d3", content)).orElseThrow();
      assertThat(PeerCodec.begins(bytes, PeerCodec.beginning("n0d3"))).isTrue();
      assertThat(PeerCodec.begins(bytes, PeerCodec.beginning("n0d"))).isFalse();
      assertThat(PeerCodec.begins(bytes, PeerCodec.beginning("n0d34"))).isFalse();
      assertThat(PeerCodec.begins(Arrays.copyOf(bytes, 4), PeerCodec.beginning("n0d3"))).isFalse();
    }
  }

  private static PeerEnvelope toUser(int payload) {
    return new PeerEnvelope("n", new PeerEnvelope.Said(new PeerMessage.ToUser("u", true, new byte[payload])));
  }

  private static byte[] with(byte[] bytes, int at, int value) {
    byte[] changed = bytes.clone();
    changed[at] = (byte) value;
    return changed;
  }

  private static boolean hasPayload(Content content) {
    return content instanceof PeerEnvelope.Said(PeerMessage.ToGroup g) || content instanceof PeerEnvelope.Said(PeerMessage.ToUser u);
  }

  private static List<Content> everything() {
    List<Content> everything = new ArrayList<>(List.of(new PeerEnvelope.Hello(true), new PeerEnvelope.Hello(false), new PeerEnvelope.Goodbye(), new PeerEnvelope.LoginWanted("日本😀"),
        new PeerEnvelope.Said(new PeerMessage.ToUser("a:b", true, PAYLOAD)), new PeerEnvelope.Said(new PeerMessage.ToUser("", false, PAYLOAD)),
        new PeerEnvelope.Said(new PeerMessage.LoggedIn("ann", "phone", Long.MAX_VALUE, true)), new PeerEnvelope.Said(new PeerMessage.LoggedIn("ann", "", 0, false)),
        new PeerEnvelope.Said(new PeerMessage.MembershipChanged("choir", "ann", true)), new PeerEnvelope.Said(new PeerMessage.MembershipChanged("choir", "ann", false))));
    for (Kind kind : Kind.values()) {
      everything.add(new PeerEnvelope.Said(new PeerMessage.ToGroup("choir", "ann", kind, 1_700_000_000_000_000L + kind.ordinal(), PAYLOAD)));
    }
    return everything;
  }
}
