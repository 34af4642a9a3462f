package dev.roost.socketio;

import dev.roost.core.RawJson;
import java.util.List;

/** An event of a client. On the loop of the server. */
public final class Event {
  private final String name;
  private final List<RawJson> arguments;
  private final List<byte[]> attachments;
  private final Answer answer;

  Event(String name, List<RawJson> arguments, List<byte[]> attachments, Answer answer) {
    this.name = name;
    this.arguments = arguments;
    this.attachments = attachments;
    this.answer = answer;
  }

  public String name() {
    return name;
  }

  /** The arguments as they came in, well-formed; <code>{"_placeholder":true,"num":0}</code> stands for the first attachment. */
  public List<RawJson> arguments() {
    return arguments;
  }

  /** Binary data, in order. */
  public List<byte[]> attachments() {
    return attachments;
  }

  /** Whether the client waits for an answer, and has not got one. */
  public boolean wantsAck() {
    return answer.isWanted();
  }

  /** Answers the client; only the first call counts, and only if the client wants an answer. */
  public void ack(RawJson... values) {
    answer.give(List.of(values), List.of());
  }

  /** The same with attachments. */
  public void ack(List<RawJson> values, List<byte[]> binary) {
    answer.give(values, binary);
  }

  /** To answer later: holds nothing of what the event said. */
  public Answer answer() {
    return answer;
  }
}
