package dev.roost.ptt;

import dev.roost.ptt.PeerEnvelope.Content;
import dev.roost.ptt.PeerEnvelope.Goodbye;
import dev.roost.ptt.PeerEnvelope.Hello;
import dev.roost.ptt.PeerEnvelope.LoginWanted;
import dev.roost.ptt.PeerEnvelope.Said;
import dev.roost.ptt.PeerMessage.Kind;
import dev.roost.ptt.PeerMessage.LoggedIn;
import dev.roost.ptt.PeerMessage.MembershipChanged;
import dev.roost.ptt.PeerMessage.ToGroup;
import dev.roost.ptt.PeerMessage.ToUser;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;

/**
 * The bytes of a {@link PeerEnvelope}: version, node id, type, then the fields of that type. A text is its length in UTF-8 in two bytes and its bytes, a flag one byte of 0 or 1, an order eight bytes; a payload is the rest. Anybody who
 * reaches Redis can publish, so what does not keep to this to the last byte, or is too long, is nothing. Any thread.
 */
final class PeerCodec {
  /** Of an envelope. What one client sends is at most a megabyte by default, and text may grow when it is put into JSON. */
  static final int MOST_BYTES = 8 << 20;
  /** Of a text; a user id has at most 128 characters. */
  static final int MOST_TEXT_BYTES = 8 << 10;

  private static final byte VERSION = 1;
  private static final byte TO_GROUP = 1;
  private static final byte TO_USER = 2;
  private static final byte LOGGED_IN = 3;
  private static final byte MEMBERSHIP_CHANGED = 4;
  private static final byte HELLO = 5;
  private static final byte GOODBYE = 6;
  private static final byte LOGIN_WANTED = 7;

  private PeerCodec() {}

  /** The bytes; empty if a text or the whole is too long. */
  static Optional<byte[]> encode(PeerEnvelope envelope) {
    String node = envelope.nodeId();
    return switch (envelope.content()) {
      case Hello(boolean isQuestion) -> new Writer(node, HELLO).flag(isQuestion).bytes();
      case Goodbye() -> new Writer(node, GOODBYE).bytes();
      case LoginWanted(String userId) -> new Writer(node, LOGIN_WANTED, userId).bytes();
      case Said(ToGroup(String groupId, String senderId, Kind kind, long order, byte[] payload)) ->
          new Writer(node, TO_GROUP, groupId, senderId).order(order).octet(kind.ordinal()).payload(payload).bytes();
      case Said(ToUser(String userId, boolean isAudio, byte[] payload)) -> new Writer(node, TO_USER, userId).flag(isAudio).payload(payload).bytes();
      case Said(LoggedIn(String userId, String deviceId, long order, boolean isOther)) -> new Writer(node, LOGGED_IN, userId, deviceId).order(order).flag(isOther).bytes();
      case Said(MembershipChanged(String groupId, String userId, boolean isMember)) -> new Writer(node, MEMBERSHIP_CHANGED, groupId, userId).flag(isMember).bytes();
    };
  }

  /** With which everything begins that this node publishes. */
  static byte[] beginning(String nodeId) {
    byte[] text = nodeId.getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocate(1 + Short.BYTES + text.length).put(VERSION).putShort((short) text.length).put(text).array();
  }

  static boolean begins(byte[] bytes, byte[] beginning) {
    return bytes.length >= beginning.length && Arrays.equals(bytes, 0, beginning.length, beginning, 0, beginning.length);
  }

  /** What was published; empty if that is not understood. */
  static Optional<PeerEnvelope> decode(byte[] bytes) {
    if (bytes.length > MOST_BYTES) {
      return Optional.empty();
    }
    ByteBuffer in = ByteBuffer.wrap(bytes);
    try {
      if (in.get() != VERSION) {
        return Optional.empty();
      }
      PeerEnvelope envelope = new PeerEnvelope(text(in), content(in));
      return in.hasRemaining() ? Optional.empty() : Optional.of(envelope);
    } catch (BufferUnderflowException | Unreadable e) {
      return Optional.empty();
    }
  }

  private static Content content(ByteBuffer in) throws Unreadable {
    return switch (in.get()) {
      case TO_GROUP -> new Said(toGroup(in));
      case TO_USER -> new Said(new ToUser(text(in), flag(in), rest(in)));
      case LOGGED_IN -> new Said(new LoggedIn(text(in), text(in), order(in), flag(in)));
      case MEMBERSHIP_CHANGED -> new Said(new MembershipChanged(text(in), text(in), flag(in)));
      case HELLO -> new Hello(flag(in));
      case GOODBYE -> new Goodbye();
      case LOGIN_WANTED -> new LoginWanted(text(in));
      default -> throw new Unreadable();
    };
  }

  private static ToGroup toGroup(ByteBuffer in) throws Unreadable {
    String groupId = text(in);
    String senderId = text(in);
    long order = order(in);
    return new ToGroup(groupId, senderId, kind(in), order, rest(in));
  }

  private static String text(ByteBuffer in) throws Unreadable {
    int length = Short.toUnsignedInt(in.getShort());
    if (length > MOST_TEXT_BYTES || length > in.remaining()) {
      throw new Unreadable();
    }
    ByteBuffer bytes = in.slice(in.position(), length);
    in.position(in.position() + length);
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(bytes).toString();
    } catch (CharacterCodingException e) {
      throw new Unreadable();
    }
  }

  private static Kind kind(ByteBuffer in) throws Unreadable {
    int ordinal = in.get();
    if (ordinal < 0 || ordinal >= Kind.values().length) {
      throw new Unreadable();
    }
    return Kind.values()[ordinal];
  }

  private static boolean flag(ByteBuffer in) throws Unreadable {
    byte flag = in.get();
    if (flag != 0 && flag != 1) {
      throw new Unreadable();
    }
    return flag == 1;
  }

  private static long order(ByteBuffer in) throws Unreadable {
    long order = in.getLong();
    if (order < 0) {
      throw new Unreadable();
    }
    return order;
  }

  private static byte[] rest(ByteBuffer in) {
    byte[] rest = new byte[in.remaining()];
    in.get(rest);
    return rest;
  }

  /** Collects the fields; the bytes are made at the end, in their right number. */
  private static final class Writer {
    private final byte type;
    private final byte[][] texts;
    private boolean isTooLong;
    private long order = -1;
    private int octet = -1;
    private byte[] payload = {};

    Writer(String node, byte type, String... fields) {
      this.type = type;
      texts = new byte[1 + fields.length][];
      put(0, node);
      for (int i = 0; i < fields.length; i++) {
        put(i + 1, fields[i]);
      }
    }

    private void put(int index, String text) {
      texts[index] = text.getBytes(StandardCharsets.UTF_8);
      isTooLong |= texts[index].length > MOST_TEXT_BYTES;
    }

    Writer order(long value) {
      order = value;
      return this;
    }

    Writer octet(int value) {
      octet = value;
      return this;
    }

    Writer flag(boolean value) {
      return octet(value ? 1 : 0);
    }

    Writer payload(byte[] value) {
      payload = value;
      return this;
    }

    Optional<byte[]> bytes() {
      int length = 2 + (order >= 0 ? Long.BYTES : 0) + (octet >= 0 ? 1 : 0) + payload.length;
      for (byte[] text : texts) {
        length += Short.BYTES + text.length;
      }
      if (isTooLong || length > MOST_BYTES) {
        return Optional.empty();
      }
      ByteBuffer out = ByteBuffer.allocate(length).put(VERSION);
      write(out, texts[0]);
      out.put(type);
      for (int i = 1; i < texts.length; i++) {
        write(out, texts[i]);
      }
      if (order >= 0) {
        out.putLong(order);
      }
      if (octet >= 0) {
        out.put((byte) octet);
      }
      return Optional.of(out.put(payload).array());
    }

    private static void write(ByteBuffer out, byte[] text) {
      out.putShort((short) text.length).put(text);
    }
  }

  /** Stops the reading of something that is not ours. */
  private static final class Unreadable extends Exception {
    private static final long serialVersionUID = 1;

    Unreadable() {
      super(null, null, false, false);
    }
  }
}
