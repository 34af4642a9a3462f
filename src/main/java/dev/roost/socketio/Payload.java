package dev.roost.socketio;

import dev.roost.core.RawJson;
import dev.roost.transport.json.JsonOut;
import java.util.List;
import java.util.Set;

/**
 * What an event says, to be sent to one socket or to many.
 *
 * @param name the name of the event as JSON
 * @param arguments its arguments as JSON; <code>{"_placeholder":true,"num":0}</code> stands for the first attachment
 * @param attachments binary data that the arguments refer to; nobody writes to it any more
 */
public record Payload(RawJson name, List<RawJson> arguments, List<byte[]> attachments) {

  /** What the libraries keep for themselves; see the reference of the protocol. */
  private static final Set<String> RESERVED = Set.of("connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener");

  /** An event without attachments. @throws IllegalArgumentException if no event may have this name */
  public static Payload of(String name, RawJson... arguments) {
    return of(name, List.of(arguments), List.of());
  }

  /** An event with the arguments and attachments of another. @throws IllegalArgumentException if no event may have this name */
  public static Payload of(String name, List<RawJson> arguments, List<byte[]> attachments) {
    if (!isEventName(name)) {
      throw new IllegalArgumentException("No event may be called " + name + ": clients keep that name for themselves");
    }
    return new Payload(JsonOut.text(name), arguments, attachments);
  }

  /** Whether an event may have this name: clients never send or hand out the few that are reserved. */
  public static boolean isEventName(String name) {
    return !RESERVED.contains(name);
  }
}
