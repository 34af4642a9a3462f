package dev.roost.publicrooms;

import static org.assertj.core.api.Assertions.assertThat;

import dev.roost.core.Settings;
import dev.roost.publicrooms.PublicRoomsMessages.Outbound;
import dev.roost.publicrooms.PublicRoomsMessages.RoomOccupancyUpdate;
import dev.roost.sim.Json;
import dev.roost.sim.SimLoop;
import dev.roost.store.Store;
import dev.roost.store.Stores;
import dev.roost.transport.HttpRequest;
import dev.roost.transport.HttpResponse;
import dev.roost.transport.Operators;
import dev.roost.transport.Router;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletionStage;

/** The REST and the operators' side of public rooms as the transport sees it, with everything real behind it, in virtual time. */
final class RestEdge {
  static final String A = "192.0.2.1";
  static final String B = "192.0.2.2";
  static final String ADMIN = "/api/admin/public-rooms";
  private static final List<String> JSON = List.of("application/json");

  final SimLoop loop = new SimLoop();
  final StudyRooms rooms;
  final PublicRoomsHttp http;
  final ServerSideApi api;
  final IpHash hash;
  /** What the viewers of the list of rooms were told. */
  final List<RoomOccupancyUpdate> updates = new ArrayList<>();
  /** What the joined sockets of any room were told together. */
  final List<Outbound> announced = new ArrayList<>();
  private final Router router = new Router();

  RestEdge(String... settings) {
    this(new Operators(""), settings);
  }

  /** @param settings names and values, one after the other */
  RestEdge(Operators operators, String... settings) {
    this(Stores.open(Stores.MEMORY), operators, Duration.ZERO, settings);
  }

  /**
   * @param store holds what a server before this one has left
   * @param later how much later it is than when that one began
   */
  RestEdge(Store store, Operators operators, Duration later, String... settings) {
    loop.pass(later);
    Map<String, String> values = new HashMap<>();
    for (int i = 0; i < settings.length; i += 2) {
      values.put(settings[i], settings[i + 1]);
    }
    PublicRoomsSettings parsed = PublicRoomsSettings.from(Settings.of(values));
    PublicRoomsArchive archive = new PublicRoomsArchive(store, parsed, () -> UUID.randomUUID().toString());
    hash = new IpHash(archive.ipHashKey(new Random(1)));
    rooms = new StudyRooms(loop, parsed, archive, updates::add, room -> new Sockets(), () -> UUID.randomUUID().toString());
    PublicRoomsArchive.Kept kept = archive.load(loop.now());
    loop.run(() -> rooms.restore(kept.rooms(), kept.visitors(), kept.chat()));
    http = new PublicRoomsHttp(loop, rooms, hash, parsed);
    api = new ServerSideApi(loop, rooms, hash);
    http.addTo(router);
    new PublicRoomsAdmin(loop, api, operators, hash).addTo(router);
  }

  /** One request of a client, as the transport hands it on, and its answer. */
  HttpResponse ask(HttpRequest request) {
    return answer(router.handle(request));
  }

  <T> T answer(CompletionStage<T> stage) {
    loop.run();
    assertThat(stage.toCompletableFuture()).as("an answer without more time").isCompleted();
    return stage.toCompletableFuture().join();
  }

  HttpResponse get(String address, String path) {
    return ask(request("GET", path, address, Map.of(), new byte[0]));
  }

  /** @param body with single quotes for double ones */
  HttpResponse post(String address, String path, String body) {
    return ask(request("POST", path, address, Map.of("content-type", JSON), Json.quoted(body).getBytes(StandardCharsets.UTF_8)));
  }

  /** A request of an operator at this machine, with query parameters, name and value, one after the other. */
  HttpResponse operator(String method, String path, String body, String... query) {
    Map<String, List<String>> parameters = new HashMap<>();
    for (int i = 0; i < query.length; i += 2) {
      parameters.put(query[i], List.of(query[i + 1]));
    }
    return ask(new HttpRequest(method, ADMIN + path, parameters, Map.of("content-type", JSON), Json.quoted(body).getBytes(StandardCharsets.UTF_8), new HttpRequest.Client("127.0.0.1", true)));
  }

  static HttpRequest request(String method, String path, String address, Map<String, List<String>> headers, byte[] body) {
    return new HttpRequest(method, path, Map.of(), headers, body, new HttpRequest.Client(address, false));
  }

  static Json body(HttpResponse response) {
    return Json.parse(text(response));
  }

  static String text(HttpResponse response) {
    return new String(response.body(), StandardCharsets.UTF_8);
  }

  static String code(HttpResponse response) {
    return body(response).at("error", "code").text();
  }

  /** An error in the envelope of the contract. */
  static void assertError(HttpResponse response, int status, String code) {
    assertThat(response.status()).as(text(response)).isEqualTo(status);
    assertThat(body(response).keys()).containsExactly("error");
    assertThat(code(response)).isEqualTo(code);
    assertThat(body(response).at("error", "message").text()).isNotBlank();
  }

  /** The id of the user that an address gets. */
  String user(String address) {
    return body(post(address, "/api/public/users", "{'displayName':'Someone'}")).at("data", "userId").text();
  }

  /** The id of a room, counted from 0. */
  String room(int index) {
    return rooms.rooms().get(index).id();
  }

  HttpResponse join(String address, String roomId, String userId) {
    return post(address, "/api/public/rooms/" + roomId + "/join", "{'userId':'" + userId + "'}");
  }

  HttpResponse leave(String address, String roomId, String userId) {
    return post(address, "/api/public/rooms/" + roomId + "/leave", "{'userId':'" + userId + "'}");
  }

  /** A socket in a room, which does nothing by itself. */
  Socket connect(String address, String roomId) {
    Socket socket = new Socket();
    loop.run(() -> rooms.connected(socket, hash.of(address), roomId));
    return socket;
  }

  /** The joined sockets of a room. */
  private final class Sockets implements Hall {
    private final Set<GuestSocket> joined = new LinkedHashSet<>();

    @Override
    public void add(GuestSocket socket) {
      joined.add(socket);
    }

    @Override
    public void remove(GuestSocket socket) {
      joined.remove(socket);
    }

    @Override
    public void send(Outbound message) {
      announced.add(message);
      joined.forEach(socket -> socket.send(message));
    }
  }

  final class Socket implements GuestSocket {
    final List<Outbound> received = new ArrayList<>();
    boolean isOver;
    private final String id = UUID.randomUUID().toString();

    @Override
    public String id() {
      return id;
    }

    @Override
    public boolean canAnswerPings() {
      return true;
    }

    @Override
    public void send(Outbound message) {
      received.add(message);
    }

    @Override
    public void disconnect() {
      isOver = true;
      loop.execute(() -> rooms.disconnected(this));
    }
  }
}
