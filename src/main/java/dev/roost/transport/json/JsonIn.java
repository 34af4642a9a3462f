package dev.roost.transport.json;

import dev.roost.core.RawJson;
import java.util.Optional;
import java.util.OptionalDouble;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;

/**
 * Reads one JSON value part by part, without building a tree. A property that comes twice is handed out twice: take the last, as browsers do.
 */
public final class JsonIn {
  /** What clients send is opaque for the most part, so only what costs memory beyond the message is bounded; the longest key stays at 50,000 characters. */
  private static final JsonFactory FACTORY = JsonFactory.builder()
      .streamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(10_000).maxNumberLength(1_000_000).maxStringLength(Integer.MAX_VALUE).build())
      .build();

  private final byte[] bytes;
  /** Where in the bytes the parser began: its offsets count from there. */
  private final int start;
  private final JsonParser parser;

  private JsonIn(byte[] bytes, int start, JsonParser parser) {
    this.bytes = bytes;
    this.start = start;
    this.parser = parser;
  }

  /** Takes a property; the reader stands on its value, and may be asked for an object or a list once. */
  @FunctionalInterface
  public interface PropertyReader {
    void read(String name, JsonIn value);
  }

  /** Takes an element of a list, as {@link PropertyReader} takes a property. */
  @FunctionalInterface
  public interface ElementReader {
    void read(JsonIn value);
  }

  /** What a message is. */
  public enum Kind { OBJECT, NULL, OTHER, MALFORMED }

  /**
   * Reads a whole message, which must be one object and nothing behind it.
   *
   * @return false if it is not well-formed, or no object
   */
  public static boolean readObject(byte[] bytes, PropertyReader reader) {
    return firstByte(bytes) == '{' && readAll(bytes, 0, bytes.length, value -> value.properties(reader));
  }

  /**
   * Reads what must be one object and nothing behind it.
   *
   * @return false if it is not well-formed, or no object; some properties may have been read then
   */
  public static boolean readObject(RawJson object, PropertyReader reader) {
    boolean isObject = object.length() > 1 && object.bytes()[object.from()] == '{' && object.bytes()[object.from() + 1] != 0;
    return isObject && readAll(object.bytes(), object.from(), object.length(), value -> value.properties(reader));
  }

  /** Reads a value of any kind that was passed on as it came in; nothing happens if there is none. */
  public static void readValue(RawJson value, ElementReader reader) {
    if (value.isPresent()) {
      readAll(value.bytes(), value.from(), value.length(), reader);
    }
  }

  /**
   * Reads what must be one list and nothing behind it.
   *
   * @return false if it is not well-formed, or no list; some elements may have been read then
   */
  public static boolean readList(RawJson list, ElementReader reader) {
    // A zero would make the library guess another encoding than UTF-8.
    boolean isList = list.length() > 1 && list.bytes()[list.from()] == '[' && list.bytes()[list.from() + 1] != 0;
    return isList && readAll(list.bytes(), list.from(), list.length(), value -> value.elements(reader));
  }

  /** What a whole message is that is no object; reads all of it. */
  public static Kind kind(byte[] bytes) {
    Kind[] kind = {Kind.MALFORMED};
    boolean whole = firstByte(bytes) != 0 && readAll(bytes, 0, bytes.length, value -> {
      kind[0] = value.isObject() ? Kind.OBJECT : value.isNull() ? Kind.NULL : Kind.OTHER;
      value.parser.skipChildren();
    });
    return whole ? kind[0] : Kind.MALFORMED;
  }

  private static boolean readAll(byte[] bytes, int from, int length, ElementReader reader) {
    try (JsonParser parser = FACTORY.createParser(ObjectReadContext.empty(), bytes, from, length)) {
      if (parser.nextToken() == null) {
        return false;
      }
      JsonIn value = new JsonIn(bytes, from, parser);
      reader.read(value);
      parser.finishToken();
      return parser.nextToken() == null;
    } catch (JacksonException e) {
      return false;
    }
  }

  /** The first byte that is no white space; 0 also keeps the library from guessing another encoding than UTF-8, whose offsets would mean nothing here. */
  private static byte firstByte(byte[] bytes) {
    int i = 0;
    while (i < bytes.length && (bytes[i] == ' ' || bytes[i] == '\n' || bytes[i] == '\r' || bytes[i] == '\t')) {
      i++;
    }
    boolean isUtf8 = i < bytes.length && (i + 1 == bytes.length || bytes[i + 1] != 0);
    return isUtf8 ? bytes[i] : 0;
  }

  /** The value if it is a string. */
  public Optional<String> text() {
    return parser.currentToken() == JsonToken.VALUE_STRING ? Optional.of(parser.getString()) : Optional.empty();
  }

  /** The value if it is a number; as exact as a double is, which is as exact as browsers are. */
  public OptionalDouble number() {
    return isNumber() ? OptionalDouble.of(parser.getDoubleValue()) : OptionalDouble.empty();
  }

  public boolean isNumber() {
    return parser.currentToken().isNumeric();
  }

  public boolean isNull() {
    return parser.currentToken() == JsonToken.VALUE_NULL;
  }

  public boolean isBoolean() {
    return parser.currentToken().isBoolean();
  }

  /** Whether the value is the literal true. */
  public boolean isTrue() {
    return parser.currentToken() == JsonToken.VALUE_TRUE;
  }

  public boolean isObject() {
    return parser.currentToken() == JsonToken.START_OBJECT;
  }

  public boolean isArray() {
    return parser.currentToken() == JsonToken.START_ARRAY;
  }

  public boolean isText() {
    return parser.currentToken() == JsonToken.VALUE_STRING;
  }

  /** The value as it came in, whatever it is. */
  public RawJson raw() {
    int from = offset();
    if (parser.currentToken().isStructStart()) {
      parser.skipChildren();
    } else {
      parser.finishToken();
    }
    return slice(from);
  }

  /** The value, which must be an object, as it came in; its properties are handed out on the way. */
  public RawJson raw(PropertyReader reader) {
    int from = offset();
    properties(reader);
    return slice(from);
  }

  /** Hands out the properties of the value, which must be an object. */
  public void properties(PropertyReader reader) {
    for (String name = parser.nextName(); name != null; name = parser.nextName()) {
      parser.nextToken();
      reader.read(name, this);
      // Over what the reader did not look into; nothing to skip where it did.
      parser.skipChildren();
    }
  }

  /** Hands out the elements of the value, which must be a list. */
  public void elements(ElementReader reader) {
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      reader.read(this);
      parser.skipChildren();
    }
  }

  private int offset() {
    return start + (int) parser.currentTokenLocation().getByteOffset();
  }

  private RawJson slice(int from) {
    return new RawJson(bytes, from, start + (int) parser.currentLocation().getByteOffset() - from);
  }
}
