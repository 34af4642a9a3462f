package dev.roost.gallery;

import dev.roost.core.RandomIds;
import dev.roost.core.Settings;
import dev.roost.sim.SimLoop;
import dev.roost.sim.SimSocket;
import dev.roost.store.Store;
import dev.roost.store.Stores;
import dev.roost.transport.Handshake;
import dev.roost.transport.HttpRequest;
import dev.roost.transport.HttpResponse;
import dev.roost.transport.Protocol.RoomFigures;
import dev.roost.transport.Router;
import dev.roost.transport.Upgrade;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletionStage;

/** {@link GalleryProtocol} as the transport sees it, in virtual time: requests, and bytes in both directions. */
final class GalleryEdge {
  final SimLoop loop = new SimLoop();
  final GalleryProtocol protocol;
  private final Router router = new Router();

  GalleryEdge(String... settings) {
    this(Stores.open(Stores.MEMORY), settings);
  }

  GalleryEdge(Store store, String... settings) {
    Map<String, String> values = new HashMap<>();
    for (int i = 0; i < settings.length; i += 2) {
      values.put(settings[i], settings[i + 1]);
    }
    protocol = new GalleryProtocol(loop, Settings.of(values), new RandomIds(new Random(1)), store);
    protocol.routes(router);
  }

  /** @param query parameters, name and value, one after the other */
  Socket connect(String... query) {
    return new Socket((Handshake.Accept) handshake(query));
  }

  Handshake handshake(String... query) {
    return protocol.handshake(upgrade(query));
  }

  static Upgrade upgrade(String... query) {
    return new Upgrade(request("GET", "/", Map.of(), query), List.of());
  }

  static HttpRequest request(String method, String path, Map<String, List<String>> headers, String... query) {
    Map<String, List<String>> parameters = new HashMap<>();
    for (int i = 0; i < query.length; i += 2) {
      parameters.merge(query[i], List.of(query[i + 1]), (a, b) -> List.of(a.getFirst(), b.getFirst()));
    }
    return new HttpRequest(method, path, parameters, headers, new byte[0], new HttpRequest.Client("192.0.2.1", false));
  }

  HttpResponse http(HttpRequest request) {
    return now(router.handle(request));
  }

  List<RoomFigures> rooms() {
    return now(protocol.rooms());
  }

  Map<String, Number> figures() {
    return now(protocol.figures());
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
      super(GalleryEdge.this.loop, accept);
    }

    @Override
    protected Socket self() {
      return this;
    }

    Socket join(String room) {
      return text("{'action':'join_room','roomId':'" + room + "'}");
    }

    Socket pose() {
      return text("{'action':'broadcast','message':{'type':'pose_update','data':{}}}");
    }

    List<String> events() {
      return take().stream().map(message -> message.at("event").text()).toList();
    }
  }
}
