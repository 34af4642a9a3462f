package dev.roost.transport.json;

import dev.roost.core.Frame;
import dev.roost.core.RawJson;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import tools.jackson.core.JsonEncoding;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/** Writes one JSON object. Not thread-safe; made for one message. */
public final class JsonOut {
  private static final JsonFactory FACTORY = new JsonFactory();

  private final Buffer buffer = new Buffer();
  private final JsonGenerator json = FACTORY.createGenerator(ObjectWriteContext.empty(), buffer, JsonEncoding.UTF8);

  /** Begins the object. */
  public JsonOut() {
    json.writeStartObject();
  }

  /** A text as a JSON value. */
  public static RawJson text(String text) {
    RawJson object = new JsonOut().put("", text).toRaw();
    // {"":...}
    return new RawJson(object.bytes(), 4, object.length() - 5).copy();
  }

  public JsonOut put(String key, String value) {
    json.writeStringProperty(key, value);
    return this;
  }

  /** The value, or null where there is none. */
  public JsonOut put(String key, Optional<String> value) {
    json.writeName(key);
    if (value.isPresent()) {
      json.writeString(value.get());
    } else {
      json.writeNull();
    }
    return this;
  }

  public JsonOut put(String key, long value) {
    json.writeNumberProperty(key, value);
    return this;
  }

  public JsonOut put(String key, double value) {
    json.writeNumberProperty(key, value);
    return this;
  }

  public JsonOut put(String key, boolean value) {
    json.writeBooleanProperty(key, value);
    return this;
  }

  /** The bytes as they came in, or null where there is no value. */
  public JsonOut put(String key, RawJson value) {
    json.writeName(key);
    if (value.isPresent()) {
      splice(value);
    } else {
      json.writeNull();
    }
    return this;
  }

  /** Begins an object within the object; ends with {@link #end()}. */
  public JsonOut object(String key) {
    json.writeObjectPropertyStart(key);
    return this;
  }

  /** Begins a list; an object in it is {@link #item()} to {@link #end()}, the list ends with {@link #endList()}. */
  public JsonOut list(String key) {
    json.writeArrayPropertyStart(key);
    return this;
  }

  public JsonOut item() {
    json.writeStartObject();
    return this;
  }

  /** One element of a list, as it came in. */
  public JsonOut item(RawJson value) {
    splice(value);
    return this;
  }

  /** One element of a list: a text. */
  public JsonOut item(String value) {
    json.writeString(value);
    return this;
  }

  public JsonOut end() {
    json.writeEndObject();
    return this;
  }

  public JsonOut endList() {
    json.writeEndArray();
    return this;
  }

  /** Ends the object; the finished text frame. */
  public Frame toFrame() {
    close();
    return buffer.toFrame();
  }

  /** Ends the object; its bytes, to be put into another. */
  public RawJson toRaw() {
    close();
    byte[] bytes = buffer.toByteArray();
    return new RawJson(bytes, 0, bytes.length);
  }

  /** Ends the object; its text. */
  public String toText() {
    close();
    return buffer.toString(StandardCharsets.UTF_8);
  }

  private void close() {
    json.writeEndObject();
    json.close();
  }

  /** The generator has no call for raw bytes, so it is told of an empty raw value, and the bytes go behind its back. */
  private void splice(RawJson value) {
    json.writeRawValue("");
    json.flush();
    buffer.write(value.bytes(), value.from(), value.length());
  }

  /** Gives its bytes away without a copy. */
  private static final class Buffer extends ByteArrayOutputStream {
    Buffer() {
      super(512);
    }

    Frame toFrame() {
      return Frame.text(buf, 0, count);
    }
  }
}
