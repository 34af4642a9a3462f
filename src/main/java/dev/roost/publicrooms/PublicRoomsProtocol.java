package dev.roost.publicrooms;

import dev.roost.core.Loop;
import dev.roost.core.RandomIds;
import dev.roost.core.Setting;
import dev.roost.core.Settings;
import dev.roost.socketio.EngineOptions;
import dev.roost.socketio.SocketIoOptions;
import dev.roost.socketio.SocketIoServer;
import dev.roost.socketio.SocketIoSettings;
import dev.roost.store.Store;
import dev.roost.transport.AllowedOrigins;
import dev.roost.transport.Handshake;
import dev.roost.transport.HttpHandler;
import dev.roost.transport.HttpResponse;
import dev.roost.transport.Metric;
import dev.roost.transport.Operators;
import dev.roost.transport.Protocol;
import dev.roost.transport.Refusal;
import dev.roost.transport.Router;
import dev.roost.transport.Upgrade;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * Public rooms on the network: Socket.IO below {@code /socket.io/}, REST below {@code /api/public/}, what operators do below {@code /api/admin/public-rooms/}.
 */
public final class PublicRoomsProtocol implements Protocol {
  private static final String SOCKET_PATH = "/socket.io/";
  private static final Duration UPGRADE_TIMEOUT = Duration.ofSeconds(10);

  private final Loop loop;
  private final SocketIoServer io;
  private final StudyRooms rooms;
  private final PublicRoomsHttp http;
  private final PublicRoomsAdmin admin;
  private final PublicRoomsApi api;

  /**
   * How many Socket.IO sessions there may be, whatever carries them.
   *
   * @param maxPerAddress of one address, of IPv6 one network; 0: not counted
   */
  public record SessionBounds(int max, int maxPerAddress) {}

  /**
   * Makes the protocol, with the rooms, visitors and messages that the store holds; blocks while it reads them.
   *
   * @param loop where the rooms and their sockets live
   * @param operators who may use the server-side API over HTTP
   * @param origins which pages may connect
   * @param sessions how many Socket.IO sessions there may be
   * @throws dev.roost.core.SettingException if a setting is wrong
   * @throws dev.roost.store.StoreException if what was kept cannot be read
   */
  public PublicRoomsProtocol(Loop loop, Settings given, RandomIds ids, Store store, Operators operators, AllowedOrigins origins, SessionBounds sessions) {
    this.loop = loop;
    PublicRoomsSettings settings = PublicRoomsSettings.from(given);
    SocketIoSettings common = SocketIoSettings.from(given);
    io = new SocketIoServer(loop, options(settings, common, origins, sessions), ids);
    Supplier<String> uuids = () -> UUID.randomUUID().toString();
    PublicRoomsArchive archive = new PublicRoomsArchive(store, settings, uuids);
    IpHash hash = new IpHash(archive.ipHashKey(new SecureRandom()));
    SocketsReceiver sockets = new SocketsReceiver(io, hash, settings.recovery() && !common.recoveryWindow().isZero());
    rooms = new StudyRooms(loop, settings, archive, sockets.lobby(), sockets::hall, uuids);
    sockets.offer(rooms);
    PublicRoomsArchive.Kept kept = archive.load(loop.now());
    loop.execute(() -> rooms.restore(kept.rooms(), kept.visitors(), kept.chat()));
    ServerSideApi serverSide = new ServerSideApi(loop, rooms, hash);
    api = serverSide;
    admin = new PublicRoomsAdmin(loop, serverSide, operators, hash);
    http = new PublicRoomsHttp(loop, rooms, hash, settings);
  }

  private static SocketIoOptions options(PublicRoomsSettings settings, SocketIoSettings common, AllowedOrigins origins, SessionBounds sessions) {
    EngineOptions.Cors cors = new EngineOptions.Cors(settings.frontendUrl(), !settings.frontendUrl().equals("*"));
    return new SocketIoOptions(new EngineOptions(settings.enginePingInterval(), settings.enginePingTimeout(), UPGRADE_TIMEOUT, settings.engineMaxMessageBytes(), common.maxQueueBytes(),
        common.allowsProtocol3(), cors, origins, sessions.max(), common.maxPendingPerAddress(), sessions.maxPerAddress()), common.connectTimeout(), common.recoveryWindow());
  }

  /** The declarations of all settings, those of Socket.IO included. */
  public static List<Setting<?>> settings() {
    return Stream.concat(PublicRoomsSettings.ALL.stream(), SocketIoSettings.ALL.stream()).toList();
  }

  /** Throws SettingException if a setting is wrong. */
  public static void check(Settings settings) {
    PublicRoomsSettings.from(settings);
    SocketIoSettings.from(settings);
  }

  /** What code on this side of the network may do. */
  public PublicRoomsApi api() {
    return api;
  }

  @Override
  public String name() {
    return "publicrooms";
  }

  @Override
  public Handshake handshake(Upgrade request) {
    return request.path().equals(SOCKET_PATH) ? io.handshake(request) : new Handshake.Refuse(Refusal.NO_PROTOCOL, HttpResponse.text(404, "Not Found: Socket.IO is at " + SOCKET_PATH));
  }

  @Override
  public void routes(Router router) {
    router.onAny(SOCKET_PATH, io.http());
    http.addTo(router);
    admin.addTo(router);
  }

  @Override
  public boolean showsDescription() {
    return true;
  }

  @Override
  public Optional<HttpHandler> plainHttp() {
    return Optional.of(HttpHandler.now(http::notFound));
  }

  @Override
  public Optional<HttpResponse> tooLarge(String path) {
    return http.tooLarge(path).or(() -> PublicRoomsAdmin.tooLarge(path));
  }

  @Override
  public CompletionStage<Map<String, Number>> figures() {
    return CompletableFuture.supplyAsync(() -> {
      Map<String, Number> figures = new LinkedHashMap<>(rooms.figures());
      figures.putAll(io.figures());
      return figures;
    }, loop);
  }

  @Override
  public CompletionStage<List<Metric>> metrics() {
    return CompletableFuture.supplyAsync(() -> List.of(
        new Metric.Gauges("roost_publicrooms_room_occupancy", "Seats taken in each room", "room", rooms.occupancies()),
        new Metric.Gauges("roost_publicrooms_sockets_by_state", "Sockets in the namespaces of rooms", "state", rooms.sockets()),
        new Metric.Counters("roost_publicrooms_refusals_total", "Errors that clients were told, by code", "code", rooms.refusals())), loop);
  }

  @Override
  public CompletionStage<Void> drain() {
    return io.drain();
  }
}
