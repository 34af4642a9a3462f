package dev.roost.ptt;

import dev.roost.transport.msgpack.MsgPackIn;

/** A MessagePack value as JSON text, as JavaScript's {@code JSON.stringify} writes what {@code notepack} reads: binary data and extensions, which JSON has no word for, become null. */
final class MsgPackJson {
  private static final double SAFE_INTEGER = 9_007_199_254_740_992.0;

  private MsgPackJson() {}

  /** The value at which the reader stands, which was skipped over once and so is well-formed and not nested too deeply. */
  static String of(MsgPackIn in) {
    StringBuilder json = new StringBuilder();
    write(in, json);
    return json.toString();
  }

  /** A text as JSON. */
  static String quoted(String text) {
    StringBuilder json = new StringBuilder(text.length() + 2);
    quote(text, json);
    return json.toString();
  }

  /** A number as JavaScript writes it, as far as it is a whole one. */
  static String decimal(double number) {
    return number == Math.rint(number) && Math.abs(number) < SAFE_INTEGER ? Long.toString((long) number) : Double.toString(number);
  }

  private static void write(MsgPackIn in, StringBuilder json) {
    switch (in.kind()) {
      case BOOLEAN -> json.append(in.bool());
      case INTEGER -> json.append(in.isBig() ? Long.toUnsignedString(in.integer()) : Long.toString(in.integer()));
      case FLOAT -> {
        double number = in.decimal();
        json.append(Double.isFinite(number) ? decimal(number) : "null");
      }
      case STRING -> quote(in.string(), json);
      case ARRAY -> array(in, json);
      case MAP -> map(in, json);
      case NIL, UNDEFINED, BINARY, EXTENSION -> {
        in.skip();
        json.append("null");
      }
    }
  }

  private static void array(MsgPackIn in, StringBuilder json) {
    int count = in.array();
    json.append('[');
    for (int i = 0; i < count; i++) {
      json.append(i > 0 ? "," : "");
      write(in, json);
    }
    json.append(']');
  }

  private static void map(MsgPackIn in, StringBuilder json) {
    int count = in.map();
    json.append('{');
    for (int i = 0; i < count; i++) {
      json.append(i > 0 ? "," : "");
      quote(key(in), json);
      json.append(':');
      write(in, json);
    }
    json.append('}');
  }

  /** As JavaScript names a property by a value: what has an inside is not written as a text within a text, which would grow with each level. */
  private static String key(MsgPackIn in) {
    return switch (in.kind()) {
      case STRING -> in.string();
      case BOOLEAN, INTEGER, FLOAT, NIL, UNDEFINED -> of(in);
      case ARRAY, MAP, BINARY, EXTENSION -> {
        in.skip();
        yield "[object Object]";
      }
    };
  }

  private static void quote(String text, StringBuilder json) {
    json.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"', '\\' -> json.append('\\').append(c);
        case '\n' -> json.append("\\n");
        case '\r' -> json.append("\\r");
        case '\t' -> json.append("\\t");
        default -> {
          if (c < ' ') {
            json.append("\\u00").append(Character.forDigit(c >> 4, 16)).append(Character.forDigit(c & 0xf, 16));
          } else {
            json.append(c);
          }
        }
      }
    }
    json.append('"');
  }
}
