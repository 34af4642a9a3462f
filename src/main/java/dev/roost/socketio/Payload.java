package dev.roost.socketio;

import dev.roost.core.RawJson;
import dev.roost.transport.json.JsonOut;
import java.util.List;

/**
 * What an event says, to be sent to one socket or to many.
 *
 * @param name the name of the event as JSON
 * @param arguments its arguments as JSON; <code>{"_placeholder":true,"num":0}</code> stands for the first attachment
 * @param attachments binary data that the arguments refer to; nobody writes to it any more
 */
public record Payload(RawJson name, List<RawJson> arguments, List<byte[]> attachments) {

  /** An event without attachments. */
  public static Payload of(String name, RawJson... arguments) {
    return new Payload(JsonOut.text(name), List.of(arguments), List.of());
  }

  /** An event with the arguments and attachments of another. */
  public static Payload of(String name, List<RawJson> arguments, List<byte[]> attachments) {
    return new Payload(JsonOut.text(name), arguments, attachments);
  }
}
