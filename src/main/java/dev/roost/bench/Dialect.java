package dev.roost.bench;

import java.util.List;

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

  /** Any server that relays what it gets to the other connections. */
  PLAIN("/", "/", List.of(), List.of(), plainMessage(), Hear.OTHERS),

  /** Any server that sends back what it gets. */
  ECHO("/echo", "/echo", List.of(), List.of(), plainMessage(), Hear.OWN);

  final String receiverPath;
  final String senderPath;
  final List<Step> receiverOpening;
  final List<Step> senderOpening;
  final Template message;
  final Hear hear;

  Dialect(String receiverPath, String senderPath, List<Step> receiverOpening, List<Step> senderOpening, String message, Hear hear) {
    this.receiverPath = receiverPath;
    this.senderPath = senderPath;
    this.receiverOpening = receiverOpening;
    this.senderOpening = senderOpening;
    this.message = new Template(message);
    this.hear = hear;
  }

  private static List<Step> joinRoom() {
    return List.of(new Step.Say(new Template(
        "{\"action\":\"join_room\",\"requestId\":\"join\",\"roomId\":\"bench-{run}-{room}\",\"userInfo\":{\"name\":\"u{user}\",\"role\":\"editor\"}}")),
        new Step.Await("\"room_joined\""));
  }

  private static String plainMessage() {
    return "{\"marker\":\"{marker}\",\"padding\":\"{padding}\"}";
  }
}
