package dev.roost.mesh;

import dev.roost.core.RandomIds;
import dev.roost.sim.Json;
import dev.roost.sim.SimLoop;
import dev.roost.sim.SimSocket;
import dev.roost.transport.Handshake;
import dev.roost.transport.HttpRequest;
import dev.roost.transport.HttpResponse;
import dev.roost.transport.Operators;
import dev.roost.transport.Router;
import dev.roost.transport.Upgrade;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletionStage;

/** {@link MeshProtocol} as the transport sees it, in virtual time: requests, and bytes in both directions. */
final class MeshEdge {
  static final int PORT = 8123;

  final SimLoop loop = new SimLoop();
  final MeshProtocol protocol;
  /** A port of its own. */
  private final Router own = new Router();
  /** The port that it shares with others. */
  private final Router shared = new Router();

  MeshEdge(String... settings) {
    this(new Operators(""), settings);
  }

  MeshEdge(Operators operators, String... settings) {
    this(operators, MeshListener.NONE, settings);
  }

  MeshEdge(Operators operators, MeshListener listener, String... settings) {
    protocol = new MeshProtocol(() -> loop, MeshWorld.values(settings), new RandomIds(new Random(1)), operators, listener);
    protocol.routes(shared);
    protocol.routes(own);
    protocol.ownRoutes(own);
    own.otherwise(protocol.plainHttp());
    protocol.listening(PORT);
    loop.run();
  }

  /** @param query parameters besides organizationId and clientId, name and value, one after the other */
  Socket connect(String clientId, String... query) {
    return connectTo(MeshWorld.ORGANIZATION, clientId, query);
  }

  Socket connectTo(String organizationId, String clientId, String... query) {
    String[] all = new String[query.length + 4];
    System.arraycopy(new String[] {"organizationId", organizationId, "clientId", clientId}, 0, all, 0, 4);
    System.arraycopy(query, 0, all, 4, query.length);
    return new Socket((Handshake.Accept) handshake(all));
  }

  Handshake handshake(String... query) {
    return protocol.handshake(upgrade(query));
  }

  static Upgrade upgrade(String... query) {
    return new Upgrade(request("GET", "/", query), List.of());
  }

  /** @param query parameters, name and value, one after the other */
  static HttpRequest request(String method, String path, String... query) {
    return request(method, path, Map.of(), true, query);
  }

  static HttpRequest request(String method, String path, Map<String, List<String>> headers, boolean isThisMachine, String... query) {
    Map<String, List<String>> parameters = new HashMap<>();
    for (int i = 0; i < query.length; i += 2) {
      parameters.merge(query[i], List.of(query[i + 1]), (a, b) -> List.of(a.getFirst(), b.getFirst()));
    }
    return new HttpRequest(method, path, parameters, headers, new byte[0], new HttpRequest.Client("192.0.2.1", isThisMachine));
  }

  /** The answer on a port of its own. */
  HttpResponse http(HttpRequest request) {
    return now(own.handle(request));
  }

  /** The answer on the shared port. */
  HttpResponse sharedHttp(HttpRequest request) {
    return now(shared.handle(request));
  }

  static Json body(HttpResponse response) {
    return Json.parse(new String(response.body(), StandardCharsets.UTF_8));
  }

  Map<String, Long> figures() {
    Map<String, Long> figures = new HashMap<>();
    now(protocol.figures()).forEach((name, value) -> figures.put(name, value.longValue()));
    return figures;
  }

  /** What is there as soon as the loop has had its turn. */
  <T> T now(CompletionStage<T> stage) {
    loop.run();
    return stage.toCompletableFuture().getNow(null);
  }

  void pass(long millis) {
    loop.passMillis(millis);
  }

  /** One open WebSocket. */
  final class Socket extends SimSocket<Socket> {

    private Socket(Handshake.Accept accept) {
      super(MeshEdge.this.loop, accept);
    }

    @Override
    protected Socket self() {
      return this;
    }

    Socket heartbeat() {
      return text("{'type':'heartbeat'}");
    }

    Socket pong() {
      loop.run(receiver::pong);
      return this;
    }

    List<String> types() {
      return take().stream().map(Json::type).toList();
    }

    /** The newest list that came since the last look. */
    List<String> list() {
      return MeshDevice.ids(take().stream().filter(message -> message.type().equals("client-list-update")).toList().getLast());
    }

    Socket forget() {
      connection.take();
      return this;
    }
  }
}
