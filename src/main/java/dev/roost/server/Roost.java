package dev.roost.server;

import dev.roost.cluster.Redis;
import dev.roost.cluster.RedisSettings;
import dev.roost.core.Setting;
import dev.roost.core.SettingException;
import dev.roost.core.Settings;
import dev.roost.mesh.MeshListener;
import dev.roost.publicrooms.PublicRoomsApi;
import dev.roost.publicrooms.PublicRoomsProtocol;
import dev.roost.store.Store;
import dev.roost.store.StoreException;
import dev.roost.store.Stores;
import dev.roost.transport.Protocol;
import dev.roost.transport.Site;
import dev.roost.transport.Transport;
import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A running server. This class creates every part and joins them; a program that embeds Roost needs only {@link #start} and {@link #close}.
 */
public final class Roost implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Roost.class);
  private static final Duration FAREWELL_LIMIT = Duration.ofSeconds(1);
  private static final Duration REDIS_LIMIT = Duration.ofSeconds(3);
  private static final Duration CLOSE_LIMIT = Duration.ofSeconds(3);

  private final Transport transport;
  private final Store store;
  private final Optional<Redis> redis;
  private final Map<String, Protocol> protocols;
  private final Operations operations;
  private final Map<String, Integer> ports = new LinkedHashMap<>();
  private final AtomicBoolean closed = new AtomicBoolean();

  private Roost(Transport transport, Store store, Optional<Redis> redis, Map<String, Protocol> protocols) {
    this.transport = transport;
    this.store = store;
    this.redis = redis;
    this.protocols = protocols;
    operations = new Operations(transport, store, protocols.values());
  }

  /**
   * Starts a server and returns when it listens.
   *
   * @throws SettingException if a setting is wrong or a port is in use; one line for people. Nothing is left running then
   * @throws StoreException if the store cannot be opened, likewise
   */
  public static Roost start(Settings settings) {
    return start(settings, new MeshLog());
  }

  /** The same with somebody who is told what happens in the mesh. */
  static Roost start(Settings settings, MeshListener meshListener) {
    ServerSettings server = ServerSettings.from(settings);
    // Before anything is opened or written: whoever mistyped a setting finds nothing changed.
    Protocols.check(server.protocols(), settings);
    Transport transport = open(server);
    Store store = null;
    Optional<Redis> redis = Optional.empty();
    Map<String, Protocol> protocols = Map.of();
    try {
      store = Stores.open(Protocols.needStore(server.protocols()) ? settings.get(ServerSettings.STORE) : Stores.MEMORY);
      redis = Protocols.needRedis(server.protocols()) ? RedisSettings.target(settings).map(Redis::open) : redis;
      protocols = Protocols.create(server.protocols(), transport, store, redis, settings, meshListener);
      redis.ifPresent(Roost::awaitBriefly);
      Roost roost = new Roost(transport, store, redis, protocols);
      roost.listen(server, settings);
      Protocols.off(settings).forEach(log::info);
      ConfigurationCheck.unknown(settings).forEach(name -> log.warn("{} is no setting of Roost", name));
      return roost;
    } catch (RuntimeException e) {
      transport.close(Duration.ZERO);
      protocols.values().forEach(Protocol::close);
      redis.ifPresent(Redis::close);
      if (store != null) {
        store.close();
      }
      throw e;
    }
  }

  /** The port that all protocols share. */
  public int port() {
    return ports.get("");
  }

  /** What URLs of this server begin with: {@code https} where it has a certificate. */
  public String scheme() {
    return transport.tls().isPresent() ? "https" : "http";
  }

  /** The port that a protocol has for itself, if it was given one. */
  public Optional<Integer> port(String protocol) {
    return Optional.ofNullable(ports.get(protocol));
  }

  /** The server-side API of the public rooms; empty where they are off. */
  public Optional<PublicRoomsApi> publicRooms() {
    return Optional.ofNullable(protocols.get("publicrooms")).map(protocol -> ((PublicRoomsProtocol) protocol).api());
  }

  /** A protocol that runs. */
  Protocol protocol(String name) {
    return protocols.get(name);
  }

  /** Says goodbye to all clients, as the contracts ask, and stops: within 5 s, whatever they do. A second call does nothing. */
  @Override
  public void close() {
    if (closed.getAndSet(true)) {
      return;
    }
    log.info("Stopping: {} WebSockets and all that poll are told", transport.meter().connections.sum());
    operations.drain();
    transport.stopAccepting();
    CompletableFuture<?>[] farewells = protocols.values().stream().map(Protocol::drain).map(CompletionStage::toCompletableFuture).toArray(CompletableFuture[]::new);
    CompletableFuture.allOf(farewells).completeOnTimeout(null, FAREWELL_LIMIT.toMillis(), TimeUnit.MILLISECONDS).exceptionally(failure -> {
      log.error("A protocol could not say goodbye", failure);
      return null;
    }).join();
    transport.close(CLOSE_LIMIT);
    protocols.values().forEach(Protocol::close);
    redis.ifPresent(Redis::close);
    store.close();
    log.info("Stopped");
  }

  /** So that the first clients find their groups; a Redis that is away holds nobody up. */
  private static void awaitBriefly(Redis redis) {
    CompletableFuture<Void> up = new CompletableFuture<>();
    redis.addListener(new Redis.Listener() {
      @Override
      public void lost() {
        // It may come yet.
      }

      @Override
      public void recovered() {
        up.complete(null);
      }
    });
    up.completeOnTimeout(null, REDIS_LIMIT.toMillis(), TimeUnit.MILLISECONDS).join();
  }

  private static Transport open(ServerSettings server) {
    try {
      return new Transport(server.transport());
    } catch (IllegalStateException e) {
      throw new SettingException("IO: " + e.getMessage());
    }
  }

  private void listen(ServerSettings server, Settings settings) {
    PathTable table = new PathTable(protocols, settings);
    bind(server, settings, "", server.port(), new SharedSite(table, operations, protocols));
    server.ownPorts().forEach((name, port) ->
        bind(server, settings, name, port, new OwnSite(protocols.get(name), operations)));
    protocols.forEach((name, protocol) -> protocol.listening(port(name).orElse(port())));
  }

  /** Listens for all protocols, or, with a name, for one. */
  private void bind(ServerSettings server, Settings settings, String name, int port, Site site) {
    try {
      int bound = transport.listen(server.host(), port, site);
      ports.put(name, bound);
      String shown = server.host().contains(":") ? "[" + server.host() + "]" : server.host();
      log.info("Listening on {}://{}:{} for {} ({}, loops: {})", scheme(), shown, bound, name.isEmpty() ? String.join(", ", protocols.keySet()) : name + " only",
          transport.io().name().toLowerCase(Locale.ROOT), transport.loopCount());
    } catch (IOException e) {
      throw unusable(server, settings, name, port, e.getMessage());
    }
  }

  private static SettingException unusable(ServerSettings server, Settings settings, String name, int port, String why) {
    if (why.contains("Unresolved") || why.contains("assign requested address")) {
      return new SettingException("HOST must be an address of this machine, but was \"" + server.host() + "\" (from " + settings.source(ServerSettings.HOST) + ")");
    }
    Setting<?> setting = name.isEmpty() ? ServerSettings.PORT : ServerSettings.ownPortSetting(settings, name);
    return new SettingException(setting.name() + " " + (setting == ServerSettings.LISTEN ? name + "=" : "") + port + " (from " + settings.source(setting) + ") cannot be used on "
        + server.host() + ": " + (why.contains("in use") ? "it is in use already" : why));
  }
}
