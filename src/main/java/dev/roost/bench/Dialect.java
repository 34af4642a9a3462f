package dev.roost.bench;

import java.util.List;
import java.util.Optional;

/** Ready-made paths, opening messages and messages for what servers speak. */
enum Dialect {
  /** Rooms: everybody joins and broadcasts a pose to the other members. */
  GALLERY("/gallery?userId=u{run}-{user}", "/gallery?userId=u{run}-{user}", joinRoom(), joinRoom(),
      """
      {"action":"broadcast","message":{"type":"pose_update","senderId":"u{run}-{user}","timestamp":{now},\
      "data":{"position":[1.25,0.5,-3.75],"rotation":[0,0.7071,0,0.7071],"marker":"{marker}","padding":"{padding}"}}}""", Hear.OTHERS),

  /** One sender's points go to all listeners. */
  PARROT("/listener", "/pocket-parrot", List.of(new Step.Await("\"listener_connected\"")),
      List.of(new Step.Say(new Template("{\"type\":\"handshake\",\"client\":\"bench\",\"username\":\"bench{user}\"}")), new Step.Await("\"role\":\"sender\"")),
      """
      {"type":"data","data":{"id":1,"orientation":{"alpha":12.5,"beta":-3.25},"marker":"{marker}","note":"{padding}"}}""", Hear.NONE),

  /** One organisation: a message is for one client, or for all the others. */
  MESH(meshPath(), meshPath(), List.of(new Step.Await("\"client-list-update\"")), List.of(new Step.Await("\"client-list-update\"")), meshMessage("broadcast"),
      Hear.OTHERS, meshMessage("b{run}-{target}"), Optional.of(new Template("{\"type\":\"heartbeat\"}")), Optional.of(new Names("b{run}-{user}", "\"fromId\":\"b{run}-"))),

  /** Groups with one talker each, who has the floor once his connection is ready; MessagePack instead of text. */
  PTT("/ptt", "/ptt", List.of(new Step.Say(PttFrames.connectionTest()), PttFrames.await(5, 1, PttFrames.CONNECTION_ACK)),
      List.of(new Step.Say(PttFrames.start()), PttFrames.await(5, PttFrames.GROUP, PttFrames.START_ACK)), PttFrames.audio(0), Hear.NONE, PttFrames.audio(0),
      Optional.of(PttFrames.heartbeat()), Optional.of(new Names(PttFrames.USER_ID, PttFrames.USER_PREFIX))),

  /** Public rooms over Socket.IO: what one who joined toggles is told to all who joined, itself included. */
  SOCKETIO(SocketIoTexts.PATH, SocketIoTexts.PATH, SocketIoTexts.join(), SocketIoTexts.join(), SocketIoTexts.TOGGLE, Hear.OWN),

  /** Any server that relays what it gets to the other connections. */
  PLAIN("/", "/", List.of(), List.of(), plainMessage(), Hear.OTHERS),

  /** Any server that sends back what it gets. */
  ECHO("/echo", "/echo", List.of(), List.of(), plainMessage(), Hear.OWN);

  /** In paths: whose clients they are. */
  static final String ORGANIZATION = "{organization}";

  /** With {@link #ORGANIZATION}, where there are any. */
  final String receiverPath;
  final String senderPath;
  final List<Step> receiverOpening;
  final List<Step> senderOpening;
  /** For all who hear the sender. */
  final Template message;
  /** For one client, where the server can do that; else the same as {@link #message}. */
  final Template direct;
  final Hear hear;
  /** What a client says from time to time so that the server knows that it is there. */
  final Optional<Template> heartbeat;
  final Optional<Names> names;

  /**
   * How a client is called.
   *
   * @param client what its path or its token calls it
   * @param introduction how a message that the server passes on names its sender, up to the number of the user
   */
  record Names(String client, String introduction) {}

  Dialect(String receiverPath, String senderPath, List<Step> receiverOpening, List<Step> senderOpening, String message, Hear hear) {
    this(receiverPath, senderPath, receiverOpening, senderOpening, message, hear, message, Optional.empty(), Optional.empty());
  }

  Dialect(String receiverPath, String senderPath, List<Step> receiverOpening, List<Step> senderOpening, String message, Hear hear, String direct,
      Optional<Template> heartbeat, Optional<Names> names) {
    this(receiverPath, senderPath, receiverOpening, senderOpening, new Template(message), hear, new Template(direct), heartbeat, names);
  }

  Dialect(String receiverPath, String senderPath, List<Step> receiverOpening, List<Step> senderOpening, Template message, Hear hear, Template direct,
      Optional<Template> heartbeat, Optional<Names> names) {
    this.receiverPath = receiverPath;
    this.senderPath = senderPath;
    this.receiverOpening = receiverOpening;
    this.senderOpening = senderOpening;
    this.message = message;
    this.direct = direct;
    this.hear = hear;
    this.heartbeat = heartbeat;
    this.names = names;
  }

  private static List<Step> joinRoom() {
    return List.of(new Step.Say(new Template(
        "{\"action\":\"join_room\",\"requestId\":\"join\",\"roomId\":\"bench-{run}-{room}\",\"userInfo\":{\"name\":\"u{user}\",\"role\":\"editor\"}}")),
        new Step.Await("\"room_joined\""));
  }

  /** What a watcher of PTT waits for: everybody who is online. */
  static List<Step> snapshotOpening() {
    return List.of(PttFrames.await(6, PttFrames.GROUP, PttFrames.PRESENCE_SNAPSHOT));
  }

  /** All may stand for office, so that there is somebody in it. */
  private static String meshPath() {
    return "/mesh?organizationId={organization}&clientId=b{run}-{user}&clientName=bench{user}&capabilities=admin.manage,location.share";
  }

  /** As long as a small ICE candidate, which is what peers send each other most. */
  private static String meshMessage(String target) {
    return "{\"type\":\"peer-message\",\"data\":{\"targetId\":\"" + target
        + "\",\"message\":{\"type\":\"ice-candidate\",\"marker\":\"{marker}\",\"data\":\"{padding}\"}}}";
  }

  private static String plainMessage() {
    return "{\"marker\":\"{marker}\",\"padding\":\"{padding}\"}";
  }
}
