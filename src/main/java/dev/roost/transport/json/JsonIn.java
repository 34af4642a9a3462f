package dev.roost.transport.json;

import dev.roost.core.RawJson;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;

/**
 * Reads one JSON object property by property, without building a tree. A property that comes twice is handed out twice: take the last, as browsers do.
 */
public final class JsonIn {
  /** What clients send is opaque for the most part, so only what costs memory beyond the message is bounded; the longest key stays at 50,000 characters. */
  private static final JsonFactory FACTORY = JsonFactory.builder()
      .streamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(10_000).maxNumberLength(1_000_000).maxStringLength(Integer.MAX_VALUE).build())
      .build();

  private final byte[] bytes;
  private final JsonParser parser;

  private JsonIn(byte[] bytes, JsonParser parser) {
    this.bytes = bytes;
    this.parser = parser;
  }

  /** Takes a property; the reader stands on its value, and may be asked for it once. */
  @FunctionalInterface
  public interface PropertyReader {
    void read(String name, JsonIn value);
  }

  /**
   * Reads a whole message, which must be one object and nothing behind it.
   *
   * @return false if it is not well-formed, or no object
   */
  public static boolean readObject(byte[] bytes, PropertyReader reader) {
    if (!beginsAnObject(bytes)) {
      return false;
    }
    try (JsonParser parser = FACTORY.createParser(ObjectReadContext.empty(), bytes, 0, bytes.length)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        return false;
      }
      new JsonIn(bytes, parser).properties(reader);
      return parser.nextToken() == null;
    } catch (JacksonException e) {
      return false;
    }
  }

  /** Also keeps the library from guessing another encoding than UTF-8, whose offsets would mean nothing here: there the first or second byte is zero. */
  private static boolean beginsAnObject(byte[] bytes) {
    int i = 0;
    while (i < bytes.length && (bytes[i] == ' ' || bytes[i] == '\n' || bytes[i] == '\r' || bytes[i] == '\t')) {
      i++;
    }
    return i + 1 < bytes.length && bytes[i] == '{' && bytes[i + 1] != 0;
  }

  /** The value if it is a string. */
  public Optional<String> text() {
    return parser.currentToken() == JsonToken.VALUE_STRING ? Optional.of(parser.getString()) : Optional.empty();
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

  private void properties(PropertyReader reader) {
    for (String name = parser.nextName(); name != null; name = parser.nextName()) {
      parser.nextToken();
      reader.read(name, this);
      // Over what the reader did not look into; nothing to skip where it did.
      parser.skipChildren();
    }
  }

  private int offset() {
    return (int) parser.currentTokenLocation().getByteOffset();
  }

  private RawJson slice(int from) {
    return new RawJson(bytes, from, (int) parser.currentLocation().getByteOffset() - from);
  }
}
