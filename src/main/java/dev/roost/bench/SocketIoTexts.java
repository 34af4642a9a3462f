package dev.roost.bench;

import java.util.List;

/** What a client of public rooms says over Socket.IO (protocol 5, Engine.IO protocol 4), and how it knows the answers. Templates with the placeholders of {@link Guest}. */
final class SocketIoTexts {
  static final String PATH = "/socket.io/?EIO=4&transport=websocket";
  /** In each path of Engine.IO, whose server sends a ping from time to time and wants a pong. */
  static final String ENGINE = "EIO=4";
  static final byte PING = '2';
  static final byte[] PONG = {'3'};

  /** What comes of {@link #TOGGLE}, up to the word audio or video, and what stands before on or off. */
  static final String TOGGLED = "[\"participant-";
  static final String ENABLED = "\"enabled\":";
  static final String TOGGLE = "42" + Guest.NAMESPACE + "[\"toggle-" + Template.MEDIUM + "\",{\"userId\":\"" + Guest.USER + "\"," + ENABLED + Template.SWITCH + "}]";

  private SocketIoTexts() {}

  /** Connects to the namespace. */
  static List<Step> connect() {
    return List.of(new Step.Await("0{"), new Step.Say(new Template("40" + Guest.NAMESPACE)), new Step.Await("40" + Guest.NAMESPACE + "{"));
  }

  /** Connects and joins, so that the events of the room come. */
  static List<Step> join() {
    List<Step> connect = connect();
    return List.of(connect.get(0), connect.get(1), connect.get(2),
        new Step.Say(new Template("42" + Guest.NAMESPACE + "[\"join-room\",{\"userId\":\"" + Guest.USER + "\"}]")), new Step.Await("[\"user-joined\","));
  }
}
