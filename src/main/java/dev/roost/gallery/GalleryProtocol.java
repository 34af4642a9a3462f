package dev.roost.gallery;

import dev.roost.core.CleanText;
import dev.roost.core.CloseReason;
import dev.roost.core.Connection;
import dev.roost.core.InFlight;
import dev.roost.core.Loop;
import dev.roost.core.RandomIds;
import dev.roost.core.RawJson;
import dev.roost.core.Setting;
import dev.roost.core.Settings;
import dev.roost.gallery.GalleryMessages.Fault;
import dev.roost.gallery.GalleryMessages.Faults;
import dev.roost.gallery.GalleryMessages.Inbound;
import dev.roost.store.Store;
import dev.roost.transport.Handshake;
import dev.roost.transport.HttpRequest;
import dev.roost.transport.HttpResponse;
import dev.roost.transport.LimitedReceiver;
import dev.roost.transport.Protocol;
import dev.roost.transport.Router;
import dev.roost.transport.SocketLimits;
import dev.roost.transport.Upgrade;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gallery on the network: the upgrade (section 1 of the contract), the way of each connection's messages to the rooms' loop and back, and the operations over HTTP.
 */
public final class GalleryProtocol implements Protocol {
  private static final Logger log = LoggerFactory.getLogger(GalleryProtocol.class);
  private static final int GENERATED_LENGTH = 9;
  private static final String ROOMS_PATH = "/rooms/";

  private final Loop loop;
  private final GallerySettings settings;
  private final RandomIds ids;
  private final SocketLimits limits;
  private final LimitedReceiver.Rate rate;
  private final Rooms rooms;
  private final InFlight inFlight = new InFlight();

  /**
   * Makes the protocol, with the rooms that the store holds; blocks while it reads them.
   *
   * @param loop where the rooms live
   * @throws dev.roost.core.SettingException if a setting is wrong
   * @throws dev.roost.store.StoreException if the rooms cannot be read
   */
  public GalleryProtocol(Loop loop, Settings settings, RandomIds ids, Store store) {
    this.loop = loop;
    this.settings = GallerySettings.from(settings);
    this.ids = ids;
    limits = new SocketLimits(this.settings.maxMessageBytes(), this.settings.maxQueueBytes(), SocketLimits.STUCK_AFTER, this.settings.heartbeatInterval(),
        this.settings.flushDelay());
    rate = new LimitedReceiver.Rate(this.settings.maxMessagesPerSecond(), 2 * this.settings.maxMessagesPerSecond(), this.settings.abuseAfter());
    GalleryArchive archive = new GalleryArchive(store);
    rooms = new Rooms(loop, this.settings, ids, GalleryCodec::encode, archive);
    List<StoredRoom> stored = archive.load();
    loop.execute(() -> stored.forEach(rooms::restore));
    if (!stored.isEmpty()) {
      log.info("Gallery: {} persistent rooms from the store", stored.size());
    }
  }

  /** The declarations of all settings. */
  public static List<Setting<?>> settings() {
    return GallerySettings.ALL;
  }

  /** Throws SettingException if settings contradict each other. */
  public static void check(Settings settings) {
    GallerySettings.from(settings);
  }

  @Override
  public String name() {
    return "gallery";
  }

  /** The path on the shared port besides {@code /gallery}; empty if it is any path, where nothing else runs. */
  public static Optional<String> path(Settings settings) {
    return Optional.of(settings.get(GallerySettings.PATH)).filter(path -> !path.equals("*"));
  }

  /** Whether an upgrade request speaks to a gallery, on whatever path. */
  public static boolean isMeant(Upgrade request) {
    return request.request().parameter("userId").isPresent() || request.request().parameter("apiKey").isPresent();
  }

  @Override
  public Handshake handshake(Upgrade request) {
    HttpRequest http = request.request();
    if (settings.requireApiKey() && !settings.isApiKey(http.parameter("apiKey"))) {
      return Handshake.closeAtOnce(request, CloseReason.policy("Invalid API key"));
    }
    String userId = http.parameter("userId").filter(id -> !id.isEmpty()).orElseGet(() -> "user-" + ids.next(GENERATED_LENGTH));
    if (!CleanText.isId(userId, GalleryParser.MAX_ID)) {
      return Handshake.closeAtOnce(request, CloseReason.policy("Invalid user ID"));
    }
    return Handshake.accept(request, new GalleryReceiver(userId, http.client().address()), limits);
  }

  // ---- HTTP

  @Override
  public void routes(Router router) {
    router.on("DELETE", ROOMS_PATH + "*", this::delete);
  }

  /** Section 7. Where no key is configured there is no such operation. */
  private CompletionStage<HttpResponse> delete(HttpRequest request) {
    if (settings.apiKey().isEmpty()) {
      return Router.NOT_FOUND.handle(request);
    }
    if (!settings.isApiKey(givenKey(request))) {
      return CompletableFuture.completedStage(HttpResponse.text(401, "Unauthorized: the API key, as ?apiKey= or X-API-Key"));
    }
    String roomId = request.path().substring(ROOMS_PATH.length());
    return CompletableFuture.supplyAsync(() -> rooms.delete(roomId), loop).thenApply(deleted -> {
      log.info("DELETE of a Gallery room by {}: {}", request.client().address(), deleted ? "done" : "there is none");
      return deleted ? new HttpResponse(204, Map.of(), new byte[0]) : HttpResponse.text(404, "Not Found");
    });
  }

  @Override
  public boolean showsStatsTo(HttpRequest request) {
    return settings.statsPublic() || settings.isApiKey(givenKey(request));
  }

  private static Optional<String> givenKey(HttpRequest request) {
    return request.header("X-API-Key").or(() -> request.parameter("apiKey"));
  }

  @Override
  public CompletionStage<List<RoomFigures>> rooms() {
    return CompletableFuture.supplyAsync(() -> rooms.all().stream()
        .map(room -> new RoomFigures(room.id(), room.members().size(), room.createdAt(), room.lastActivity())).toList(), loop);
  }

  @Override
  public CompletionStage<Map<String, Number>> figures() {
    return CompletableFuture.supplyAsync(rooms::figures, loop);
  }

  @Override
  public CompletionStage<Void> drain() {
    return CompletableFuture.runAsync(rooms::shutdown, loop);
  }

  /** A client; what it sends reaches the rooms' loop as a checked message. */
  private final class GalleryReceiver extends LimitedReceiver {
    private final Sender sender;
    private final String address;
    /** Written and read on the rooms' loop only. */
    private Client client;

    GalleryReceiver(String userId, String address) {
      super(rate);
      sender = new Sender(userId, GalleryCodec.literal(userId));
      this.address = address;
    }

    @Override
    protected void connected(Connection connection) {
      loop.execute(() -> client = rooms.connect(connection, sender.id(), address));
    }

    @Override
    protected void accepted(byte[] json) {
      if (!inFlight.admit(json.length)) {
        limited();
        return;
      }
      Inbound message = GalleryParser.parse(json, sender);
      loop.execute(() -> {
        inFlight.done(json.length);
        receive(message);
      });
    }

    /** A failure here is a fault of ours: this client's view can no longer be trusted, so it is sent away to begin anew. */
    private void receive(Inbound message) {
      try {
        rooms.receive(client, message);
      } catch (RuntimeException e) {
        log.error("A message of a Gallery client could not be handled", e);
        connection().close(new CloseReason(1011, "Internal error"));
      }
    }

    /** By way of the rooms' loop, so that it cannot come before {@code connected}. */
    @Override
    protected void limited() {
      loop.execute(() -> connection().send(GalleryCodec.encode(new Fault(Faults.RATE_LIMIT_EXCEEDED, RawJson.ABSENT))));
    }

    @Override
    public void closed(CloseReason reason) {
      loop.execute(() -> rooms.disconnect(client));
    }
  }
}
