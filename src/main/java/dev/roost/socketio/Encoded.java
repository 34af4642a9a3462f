package dev.roost.socketio;

import dev.roost.core.Audience;
import dev.roost.core.Connection;
import dev.roost.core.Delivery;
import dev.roost.core.Frame;
import dev.roost.core.RawJson;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A Socket.IO packet as it goes out, encoded once for all receivers: the text, and the attachments in order.
 */
record Encoded(Frame text, List<Frame> attachments) {
  private static final RawJson COMMA = RawJson.of(",");
  private static final RawJson END = RawJson.of("]");
  private static final String QUOTE = "\"";

  /**
   * An event.
   *
   * @param id what its acknowledgement has to name, or {@link Packet#NO_ID}
   * @param offset where the receiver stands when it has got this event; see {@link EventLog}
   */
  static Encoded event(String namespace, long id, Payload payload, Optional<String> offset) {
    List<RawJson> parts = new ArrayList<>(2 * payload.arguments().size() + 4);
    parts.add(RawJson.of(head(payload.attachments().isEmpty() ? "2" : "5", namespace, id, payload.attachments().size())));
    parts.add(payload.name());
    for (RawJson argument : payload.arguments()) {
      parts.add(COMMA);
      parts.add(argument);
    }
    offset.ifPresent(mark -> parts.add(RawJson.of("," + QUOTE + mark + QUOTE)));
    parts.add(END);
    return new Encoded(Frame.text(parts), frames(payload.attachments()));
  }

  /** The answer to an event of the client. */
  static Encoded ack(String namespace, long id, List<RawJson> arguments, List<byte[]> attachments) {
    List<RawJson> parts = new ArrayList<>(2 * arguments.size() + 2);
    parts.add(RawJson.of(head(attachments.isEmpty() ? "3" : "6", namespace, id, attachments.size())));
    for (int i = 0; i < arguments.size(); i++) {
      if (i > 0) {
        parts.add(COMMA);
      }
      parts.add(arguments.get(i));
    }
    parts.add(END);
    return new Encoded(Frame.text(parts), frames(attachments));
  }

  /** A packet without attachments; {@code json} may be empty. */
  static Frame control(char type, String namespace, String json) {
    return Frame.text("4" + type + prefix(namespace) + json);
  }

  private static String head(String type, String namespace, long id, int attachments) {
    return "4" + type + (attachments > 0 ? attachments + "-" : "") + prefix(namespace) + (id == Packet.NO_ID ? "" : Long.toString(id)) + "[";
  }

  private static String prefix(String namespace) {
    return namespace.equals("/") ? "" : namespace + ",";
  }

  private static List<Frame> frames(List<byte[]> attachments) {
    return attachments.stream().map(bytes -> Frame.binary(bytes, 0, bytes.length)).toList();
  }

  /** Bytes, roughly. */
  int length() {
    return text.length() + attachments.stream().mapToInt(Frame::length).sum();
  }

  void sendTo(Connection connection, Delivery delivery) {
    connection.send(text, delivery);
    attachments.forEach(frame -> connection.send(frame, delivery));
  }

  void sendTo(Audience audience, Delivery delivery) {
    audience.send(text, delivery);
    attachments.forEach(frame -> audience.send(frame, delivery));
  }

  /** Nobody may change the set any more. */
  void sendToOthers(Audience audience, Set<Connection> except, Delivery delivery) {
    audience.sendToOthers(except, text, delivery);
    attachments.forEach(frame -> audience.sendToOthers(except, frame, delivery));
  }
}
