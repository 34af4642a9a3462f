package dev.roost.ptt;

import dev.roost.ptt.PttMessages.Raw;
import dev.roost.transport.json.JsonIn;
import dev.roost.transport.msgpack.MsgPackIn;
import dev.roost.transport.msgpack.MsgPackOut;
import java.nio.charset.StandardCharsets;

/** What the payloads of PTT messages mean (section 3.1 of the contract). */
final class PttPayload {
  private static final Raw ACKNOWLEDGED = PttParser.written(new MsgPackOut(16).string("Acknowledged"));

  private PttPayload() {}

  /** What a START is acknowledged with: its payload, in a group as a string. */
  static Raw acknowledgement(Raw payload, boolean isGroup) {
    if (!payload.isPresent() || isFalsy(payload)) {
      return ACKNOWLEDGED;
    }
    if (!isGroup) {
      return payload;
    }
    MsgPackIn in = reader(payload);
    return switch (in.kind()) {
      case STRING -> payload;
      case INTEGER, FLOAT -> PttParser.written(new MsgPackOut(24).string(number(in)));
      default -> ACKNOWLEDGED;
    };
  }

  /** What JavaScript takes for false: nothing, 0, not a number, an empty string; binary data without bytes, too. */
  static boolean isFalsy(Raw value) {
    MsgPackIn in = reader(value);
    return switch (in.kind()) {
      case NIL, UNDEFINED -> true;
      case BOOLEAN -> !in.bool();
      case INTEGER -> in.integer() == 0;
      case FLOAT -> {
        double number = in.decimal();
        yield number == 0 || Double.isNaN(number);
      }
      case STRING, BINARY -> in.content() == 0;
      default -> false;
    };
  }

  /** The bytes of a string or of binary data, without their header; absent if it is something else. */
  static Raw content(Raw payload) {
    if (!payload.isPresent()) {
      return Raw.ABSENT;
    }
    MsgPackIn in = reader(payload);
    return switch (in.kind()) {
      case STRING, BINARY -> {
        int length = in.content();
        yield new Raw(payload.bytes(), in.position(), length);
      }
      default -> Raw.ABSENT;
    };
  }

  /** The text of a TEXT: that in the JSON object, if it is one with a text, else all of it. */
  static String text(Raw payload) {
    String whole = whole(payload);
    if (!whole.startsWith("{")) {
      return whole;
    }
    String[] text = {null};
    byte[] json = whole.getBytes(StandardCharsets.UTF_8);
    boolean isObject = JsonIn.readObject(json, (name, value) -> {
      if (name.equals("text")) {
        text[0] = value.text().orElse(null);
      }
    });
    return isObject && text[0] != null ? text[0] : whole;
  }

  /** The payload as JSON; bytes are read as text, as the original did. */
  static String json(Raw payload) {
    if (!payload.isPresent()) {
      return "null";
    }
    return reader(payload).kind() == MsgPackIn.Kind.BINARY ? MsgPackJson.quoted(whole(payload)) : MsgPackJson.of(reader(payload));
  }

  private static String whole(Raw payload) {
    if (!payload.isPresent()) {
      return "";
    }
    Raw content = content(payload);
    if (content.bytes().length > 0) {
      return new String(content.bytes(), content.from(), content.length(), StandardCharsets.UTF_8);
    }
    MsgPackIn in = reader(payload);
    return switch (in.kind()) {
      case INTEGER, FLOAT -> number(in);
      default -> MsgPackJson.of(in);
    };
  }

  private static String number(MsgPackIn in) {
    return switch (in.kind()) {
      case INTEGER -> in.isBig() ? Long.toUnsignedString(in.integer()) : Long.toString(in.integer());
      default -> MsgPackJson.decimal(in.decimal());
    };
  }

  private static MsgPackIn reader(Raw value) {
    return new MsgPackIn(value.bytes(), value.from(), value.length());
  }
}
