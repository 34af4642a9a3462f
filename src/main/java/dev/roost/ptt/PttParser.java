package dev.roost.ptt;

import dev.roost.core.CleanText;
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
import dev.roost.transport.msgpack.MsgPackException;
import dev.roost.transport.msgpack.MsgPackIn;
import dev.roost.transport.msgpack.MsgPackOut;
import java.util.Optional;

/**
 * Reads what one client sends (sections 1.3 and 3 of the contract). What is relayed stays the bytes that came in, from the first to the last if the message is written as this server would write it. On the loop of the socket.
 */
final class PttParser {
  static final int MAX_ID = 128;
  private static final int MAX_MESSAGE_ID_BYTES = 512;
  private static final Ignored IGNORED = new Ignored();
  private static final Malformed MALFORMED = new Malformed();
  private static final Heartbeat HEARTBEAT = new Heartbeat();
  /** Of whatever notice, nobody reads more than this of an array. */
  private static final int MOST_ELEMENTS = 6;
  /** Characters that JSON takes for a control character. */
  private static final int JSON_ESCAPE = 6;
  private static final int USUAL_AUDIO_BYTES = 16 << 10;
  private static final int SHORT_TEXT = 1_024;
  private static final Raw ZERO = written(new MsgPackOut(1).integer(0));
  private static final Raw NIL = written(new MsgPackOut(1).nil());

  private final String userId;
  private final boolean isWatcher;
  private final Raw ownId;
  private long forged;

  /** @param isWatcher whether it may subscribe to presence; nothing is read of a subscription that counts for nothing */
  PttParser(String userId, boolean isWatcher) {
    this.userId = userId;
    this.isWatcher = isWatcher;
    ownId = written(new MsgPackOut(MAX_ID + 2).string(userId));
  }

  /** How many messages gave themselves out as somebody else's. */
  long forged() {
    return forged;
  }

  /** Whether a message is audio as everybody writes it: one byte each for the header, the channel and the type, and a fraction of a second of sound. */
  static boolean isUsualAudio(byte[] bytes) {
    return bytes.length > 2 && bytes.length <= USUAL_AUDIO_BYTES && bytes[1] >= 0 && bytes[2] == MessageType.AUDIO;
  }

  /** One binary message. */
  Inbound parse(byte[] bytes) {
    try {
      return new Message(bytes).read();
    } catch (MsgPackException e) {
      return MALFORMED;
    }
  }

  static Raw written(MsgPackOut out) {
    byte[] bytes = out.toBytes();
    return new Raw(bytes, 0, bytes.length);
  }

  /** The layout of one message. */
  private final class Message {
    private final byte[] bytes;
    private final MsgPackIn in;
    private int count;
    private int type;
    private Head head;
    private Raw payload = Raw.ABSENT;
    /** Whether the whole message can be relayed as it came in. */
    private boolean isCanonical;

    Message(byte[] bytes) {
      this.bytes = bytes;
      in = new MsgPackIn(bytes, 0, bytes.length);
    }

    Inbound read() {
      count = in.array();
      if (count < 2 || in.kind() != MsgPackIn.Kind.INTEGER) {
        return MALFORMED;
      }
      long channel = in.integer();
      if (channel < 0 || channel > 1 || in.kind() != MsgPackIn.Kind.INTEGER) {
        return MALFORMED;
      }
      long number = in.integer();
      // A number for each in one byte, behind a header of one byte: as this server writes it.
      isCanonical = in.position() == 3 && (count == 5 || count == 6);
      type = number >= 0 && number < 64 ? (int) number : 0;
      Raw from = ownOr(count > 2 ? value() : Raw.ABSENT);
      Raw to = count > 3 ? value() : Raw.ABSENT;
      String toId = id(to);
      Raw messageId = count > 5 ? nonEmpty(value()) : Raw.ABSENT;
      payload = count > 4 ? value() : Raw.ABSENT;
      for (int i = MOST_ELEMENTS; i < count; i++) {
        in.skip();
      }
      if (!in.isAtEnd() || toId == null || messageId.length() > MAX_MESSAGE_ID_BYTES) {
        return MALFORMED;
      }
      isCanonical &= to.isPresent() && (count == 6) == messageId.isPresent();
      head = new Head(channel == 0 ? Channel.GROUP : Channel.PRIVATE, from, toId, to.isPresent() ? to : ZERO, messageId);
      return toMessage();
    }

    private Inbound toMessage() {
      return switch (type) {
        case MessageType.START -> new Start(head, PttPayload.acknowledgement(payload, head.isGroup()), relay());
        case MessageType.STOP -> new Stop(head);
        case MessageType.AUDIO -> new Audio(head, PttPayload.content(payload), relay());
        case MessageType.USER_ADD -> head.isGroup() ? new Join(head) : IGNORED;
        case MessageType.USER_REMOVE -> head.isGroup() ? new Leave(head) : IGNORED;
        case MessageType.TEXT -> new Text(head, false, bounded(PttPayload.text(payload)));
        case MessageType.INTERACTIVE -> new Text(head, true, bounded(PttPayload.json(payload)));
        case MessageType.IMAGE -> new Image(head, relay());
        case MessageType.DELIVERED, MessageType.READ -> head.isGroup() ? IGNORED : new Receipt(head, relay());
        case MessageType.CONNECTION_TEST -> new ConnectionTest(payload.isPresent() ? payload : NIL);
        case MessageType.HEARTBEAT -> HEARTBEAT;
        case MessageType.PRESENCE_SNAPSHOT -> new Subscribe(isWatcher ? SubscriptionParser.parse(payload) : Optional.empty());
        default -> IGNORED;
      };
    }

    /** A text that grows by being written as JSON, because it is full of control characters, would take more of its receivers than of its sender. */
    private String bounded(String text) {
      int written = 0;
      for (int i = 0; i < text.length(); i++) {
        char c = text.charAt(i);
        written += c < ' ' ? JSON_ESCAPE : c == '"' || c == '\\' ? 2 : 1;
      }
      if (written > 2 * bytes.length + SHORT_TEXT) {
        throw new MsgPackException("too many control characters");
      }
      return text;
    }

    private Raw value() {
      int from = in.position();
      boolean isAbsent = switch (in.kind()) {
        case NIL, UNDEFINED -> true;
        default -> false;
      };
      in.skip();
      return isAbsent ? Raw.ABSENT : new Raw(bytes, from, in.position() - from);
    }

    /** Identity is always that of the connection: what a client says of itself only tells the type in which it likes to be written. */
    private Raw ownOr(Raw from) {
      if (from.isPresent() && userId.equals(id(from))) {
        return from;
      }
      if (from.isPresent() && !"0".equals(id(from))) {
        forged++;
      }
      isCanonical = false;
      return ownId;
    }

    private Frame relay() {
      if (isCanonical && payload.isPresent()) {
        return Frame.binary(bytes, 0, bytes.length);
      }
      MsgPackOut out = new MsgPackOut(bytes.length + ownId.length() + 8);
      PttCodec.begin(out, head, type);
      return PttCodec.put(out, payload.isPresent() ? payload : NIL).toFrame();
    }
  }

  /** An id as text; null if it is none: neither a string nor an integer, too long, or with control characters. Nothing, 0 and the empty string are "0". */
  private static String id(Raw value) {
    if (!value.isPresent()) {
      return "0";
    }
    MsgPackIn in = new MsgPackIn(value.bytes(), value.from(), value.length());
    return switch (in.kind()) {
      case INTEGER -> in.isBig() ? Long.toUnsignedString(in.integer()) : Long.toString(in.integer());
      case STRING -> {
        String text = in.string();
        yield text.isEmpty() ? "0" : CleanText.isId(text, MAX_ID) ? text : null;
      }
      default -> null;
    };
  }

  /** A message id counts if it is a string that is not empty, or a number that is not 0. */
  private static Raw nonEmpty(Raw value) {
    return value.isPresent() && !PttPayload.isFalsy(value) ? value : Raw.ABSENT;
  }
}
