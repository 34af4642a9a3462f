package dev.roost.socketio;

import dev.roost.core.RawJson;
import dev.roost.transport.json.JsonIn;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Reads Socket.IO packets (protocol 5, and 4, which differs in nothing that a client sends but the query of a namespace): type, number of attachments, namespace, id, payload. Whatever
 * comes costs no more than its bytes.
 */
final class PacketParser {
  private static final int MAX_NAMESPACE_BYTES = 512;
  private static final int MAX_ID_DIGITS = 15;
  private static final int MAX_PLACEHOLDER_DEPTH = 100;

  private final byte[] bytes;
  private final int maxAttachments;
  private int at;
  private String namespace = "/";
  private int attachments;
  private long id = Packet.NO_ID;

  private PacketParser(byte[] bytes, int from, int maxAttachments) {
    this.bytes = bytes;
    this.maxAttachments = maxAttachments;
    at = from;
  }

  /**
   * Reads a packet.
   *
   * @param from where it begins; it reaches to the end of the bytes, which are valid UTF-8
   * @return empty if it is none
   */
  static Optional<Packet> parse(byte[] bytes, int from, int maxAttachments) {
    return new PacketParser(bytes, from, maxAttachments).packet();
  }

  private Optional<Packet> packet() {
    char type = next();
    boolean binary = type == '5' || type == '6';
    if (binary && !readAttachments() || !readNamespace() || !readId()) {
      return Optional.empty();
    }
    RawJson payload = new RawJson(bytes, at, bytes.length - at);
    return switch (type) {
      case '0' -> connect(payload);
      case '1' -> payload.isPresent() || id != Packet.NO_ID ? Optional.empty() : Optional.of(new Packet.Disconnect(namespace));
      case '2', '5' -> event(payload);
      case '3', '6' -> ack(payload);
      default -> Optional.empty();
    };
  }

  private Optional<Packet> connect(RawJson payload) {
    // The payload has to be read to its end to be well-formed.
    boolean valid = id == Packet.NO_ID && (!payload.isPresent() || JsonIn.readObject(payload, (name, value) -> { }));
    return valid ? Optional.of(new Packet.Connect(namespace, payload)) : Optional.empty();
  }

  private Optional<Packet> event(RawJson payload) {
    EventParts parts = new EventParts();
    boolean valid = JsonIn.readList(payload, parts::element) && parts.name.filter(Payload::isEventName).isPresent();
    return valid && namesItsAttachments(payload) ? Optional.of(new Packet.Event(namespace, id, attachments, parts.name.get(), parts.arguments)) : Optional.empty();
  }

  private Optional<Packet> ack(RawJson payload) {
    List<RawJson> arguments = new ArrayList<>();
    boolean valid = id != Packet.NO_ID && JsonIn.readList(payload, element -> arguments.add(element.raw()));
    return valid && namesItsAttachments(payload) ? Optional.of(new Packet.Ack(namespace, id, attachments, arguments)) : Optional.empty();
  }

  private static final class EventParts {
    private final List<RawJson> arguments = new ArrayList<>(2);
    private Optional<String> name = Optional.empty();
    private boolean hasFirst;

    void element(JsonIn element) {
      if (hasFirst) {
        arguments.add(element.raw());
        return;
      }
      hasFirst = true;
      name = element.text().or(() -> element.isNumber() ? Optional.of(element.raw().toString()) : Optional.empty());
    }
  }

  // ---- The head

  private char next() {
    return at < bytes.length ? (char) bytes[at++] : 0;
  }

  private boolean readAttachments() {
    long count = digits(4);
    attachments = (int) count;
    return count >= 0 && count <= maxAttachments && next() == '-';
  }

  /** Up to the comma; what follows a question mark is the query of protocol 4, which nobody reads. */
  private boolean readNamespace() {
    if (at == bytes.length || bytes[at] != '/') {
      return true;
    }
    int start = at;
    while (at < bytes.length && bytes[at] != ',') {
      at++;
    }
    int end = start;
    while (end < at && bytes[end] != '?') {
      end++;
    }
    if (end - start > MAX_NAMESPACE_BYTES) {
      return false;
    }
    namespace = new String(bytes, start, end - start, StandardCharsets.UTF_8);
    at = Math.min(at + 1, bytes.length);
    return true;
  }

  private boolean readId() {
    if (at < bytes.length && isDigit(bytes[at])) {
      id = digits(MAX_ID_DIGITS);
      return id >= 0;
    }
    return true;
  }

  /** A number of at most so many digits; -1 if there is none, or it is longer. */
  private long digits(int most) {
    int start = at;
    long value = 0;
    while (at < bytes.length && isDigit(bytes[at]) && at - start <= most) {
      value = value * 10 + bytes[at++] - '0';
    }
    return at == start || at - start > most ? -1 : value;
  }

  private static boolean isDigit(byte character) {
    return character >= '0' && character <= '9';
  }

  // ---- Attachments

  /** Whether every place for an attachment names one that comes: other clients to whom this is passed on could not read it otherwise. */
  private boolean namesItsAttachments(RawJson payload) {
    if (attachments == 0) {
      return true;
    }
    Places places = new Places(attachments);
    JsonIn.readList(payload, element -> places.look(element, 0));
    return places.valid;
  }

  private static final class Places {
    private final int attachments;
    private boolean valid = true;

    Places(int attachments) {
      this.attachments = attachments;
    }

    void look(JsonIn value, int depth) {
      if (depth > MAX_PLACEHOLDER_DEPTH) {
        valid = false;
      } else if (value.isArray()) {
        value.elements(element -> look(element, depth + 1));
      } else if (value.isObject()) {
        Place place = new Place();
        value.properties((name, property) -> {
          place.property(name, property);
          look(property, depth + 1);
        });
        valid &= !place.isPlace || place.number >= 0 && place.number < attachments && place.number == Math.rint(place.number);
      }
    }
  }

  private static final class Place {
    private boolean isPlace;
    private double number = -1;

    void property(String name, JsonIn value) {
      switch (name) {
        case "_placeholder" -> isPlace = value.isTrue();
        case "num" -> number = value.number().orElse(-1);
        default -> { }
      }
    }
  }
}
