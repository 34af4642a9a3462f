package dev.roost.parrot;

import dev.roost.core.CloseReason;
import dev.roost.core.RandomIds;
import dev.roost.core.Settings;
import dev.roost.sim.Json;
import dev.roost.sim.SimLoop;
import dev.roost.sim.SimSocket;
import dev.roost.transport.Handshake;
import dev.roost.transport.HttpRequest;
import dev.roost.transport.Upgrade;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;

/** {@link ParrotProtocol} as the transport sees it, in virtual time: upgrade requests, and bytes in both directions. */
final class ParrotEdge {
  final SimLoop loop = new SimLoop();
  final ParrotProtocol protocol;

  ParrotEdge(String... settings) {
    Settings values = Settings.of(settings.length == 0 ? Map.of() : Map.of(settings[0], settings[1]));
    protocol = new ParrotProtocol(loop, values, new RandomIds(new Random(1)));
  }

  /** Connects from this machine. */
  Socket connect(String path) {
    return connect(path, Map.of(), true);
  }

  Socket connect(String path, Map<String, List<String>> query, boolean isThisMachine) {
    Handshake.Accept accept = (Handshake.Accept) protocol.handshake(upgrade(path, query, isThisMachine));
    return new Socket(accept);
  }

  static Upgrade upgrade(String path, Map<String, List<String>> query, boolean isThisMachine, String... subprotocols) {
    HttpRequest.Client client = new HttpRequest.Client(isThisMachine ? "127.0.0.1" : "192.0.2.1", isThisMachine);
    return new Upgrade(new HttpRequest("GET", path, query, Map.of(), new byte[0], client), List.of(subprotocols));
  }

  void pass(long millis) {
    loop.passMillis(millis);
  }

  /** One open WebSocket. */
  final class Socket extends SimSocket<Socket> {

    private Socket(Handshake.Accept accept) {
      super(ParrotEdge.this.loop, accept);
    }

    @Override
    protected Socket self() {
      return this;
    }

    /** Its types, but stats. */
    List<String> types() {
      List<String> types = new ArrayList<>(take().stream().map(Json::type).toList());
      types.removeIf(type -> type.equals("stats"));
      return types;
    }

    Optional<Integer> closeCode() {
      return connection.closed().map(CloseReason::code);
    }
  }
}
