package dev.roost.conformance;

import dev.roost.core.Connection;
import dev.roost.core.Delivery;
import dev.roost.core.Frame;
import dev.roost.core.Loop;
import dev.roost.core.RandomIds;
import dev.roost.core.RawJson;
import dev.roost.core.Setting;
import dev.roost.core.Settings;
import dev.roost.socketio.DisconnectReason;
import dev.roost.socketio.EngineClose;
import dev.roost.socketio.EngineListener;
import dev.roost.socketio.EngineOptions;
import dev.roost.socketio.EngineServer;
import dev.roost.socketio.EngineSocket;
import dev.roost.socketio.Event;
import dev.roost.socketio.NamespaceHandler;
import dev.roost.socketio.Payload;
import dev.roost.socketio.Socket;
import dev.roost.socketio.SocketIoOptions;
import dev.roost.socketio.SocketIoServer;
import dev.roost.socketio.SocketIoSettings;
import dev.roost.transport.AllowedOrigins;
import dev.roost.transport.Handshake;
import dev.roost.transport.HttpResponse;
import dev.roost.transport.Protocol;
import dev.roost.transport.Refusal;
import dev.roost.transport.Router;
import dev.roost.transport.Upgrade;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;

/**
 * What the public conformance suites of Engine.IO and Socket.IO expect to find: at {@code /engine.io/} every message comes back, at {@code /socket.io/} the usual test application, with
 * the short times that the suites count on; other tests are more patient.
 */
public final class ConformanceProtocol implements Protocol {
  public static final String ENGINE_PATH = "/engine.io/";
  public static final String SOCKET_PATH = "/socket.io/";
  private static final int HOUR = 3_600_000;
  private static final Setting<Duration> PING_INTERVAL =
      Setting.millis("CONFORMANCE_PING_INTERVAL", 300, 10, HOUR, "How often clients are pinged; the public suites count on the default");
  private static final Setting<Duration> PING_TIMEOUT =
      Setting.millis("CONFORMANCE_PING_TIMEOUT", 200, 10, HOUR, "How long their answer may take; the public suites count on the default");
  private static final Duration UPGRADE_TIMEOUT = Duration.ofSeconds(10);
  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(1);
  private static final Duration AUTH_DELAY = Duration.ofMillis(50);
  private static final int MAX_PAYLOAD = 1_000_000;
  private static final int MAX_SESSIONS = 10_000;

  private final EngineServer engine;
  private final SocketIoServer sockets;

  /** @param loop where all of it lives */
  public ConformanceProtocol(Loop loop, Settings settings, RandomIds ids) {
    SocketIoSettings common = SocketIoSettings.from(settings);
    EngineOptions options = new EngineOptions(settings.get(PING_INTERVAL), settings.get(PING_TIMEOUT), UPGRADE_TIMEOUT, MAX_PAYLOAD, common.maxQueueBytes(), common.allowsProtocol3(),
        new EngineOptions.Cors("*", false), AllowedOrigins.ALL, MAX_SESSIONS, MAX_SESSIONS);
    engine = new EngineServer(loop, options, ids, Echo::new);
    sockets = new SocketIoServer(loop, new SocketIoOptions(options, CONNECT_TIMEOUT, common.recoveryWindow()), ids);
    sockets.namespace("/", new Application(loop));
    sockets.namespace("/custom", new Application(loop));
  }

  /** The declarations of its own settings. */
  public static List<Setting<?>> settings() {
    return List.of(PING_INTERVAL, PING_TIMEOUT);
  }

  @Override
  public String name() {
    return "conformance";
  }

  @Override
  public Handshake handshake(Upgrade request) {
    return switch (request.path()) {
      case ENGINE_PATH -> engine.handshake(request);
      case SOCKET_PATH -> sockets.handshake(request);
      default -> new Handshake.Refuse(Refusal.NO_PROTOCOL, HttpResponse.text(404, "Not Found: there are " + ENGINE_PATH + " and " + SOCKET_PATH));
    };
  }

  @Override
  public void routes(Router router) {
    router.onAny(ENGINE_PATH, engine.http());
  }

  /** Where other protocols are on, too, this path is that of the public rooms. */
  @Override
  public void ownRoutes(Router router) {
    router.onAny(SOCKET_PATH, sockets.http());
  }

  @Override
  public CompletionStage<Void> drain() {
    return engine.drain().thenCombine(sockets.drain(), (one, other) -> null);
  }

  /** Sends every message back. */
  private record Echo(EngineSocket socket) implements EngineListener {

    @Override
    public void text(byte[] bytes, int from) {
      // With the type of the packet before it, which may not have come in the same bytes.
      byte[] packet = new byte[bytes.length - from + 1];
      packet[0] = '4';
      System.arraycopy(bytes, from, packet, 1, bytes.length - from);
      socket.confirm();
      socket.send(Frame.text(packet, 0, packet.length), Delivery.RELIABLE);
    }

    @Override
    public void binary(byte[] payload) {
      socket.confirm();
      socket.send(Frame.binary(payload, 0, payload.length), Delivery.RELIABLE);
    }

    @Override
    public void moved(Connection from, Connection to) {
      // Asked for with every message.
    }

    @Override
    public void closed(EngineClose reason) {
      // Nothing was kept.
    }
  }

  /** The test application: says what the client showed, sends messages back, and acknowledges. */
  private record Application(Loop loop) implements NamespaceHandler {

    /** A moment later: the suite takes one packet at a time, and loses the second of two that come together, which happens to a client that is not run for a while. */
    @Override
    public void connected(Socket socket, RawJson auth) {
      loop.after(AUTH_DELAY, () -> socket.emit(Payload.of("auth", auth.isPresent() ? auth : RawJson.of("{}"))));
    }

    @Override
    public void event(Socket socket, Event event) {
      switch (event.name()) {
        case "message" -> socket.emit(Payload.of("message-back", event.arguments(), event.attachments()));
        case "message-with-ack" -> event.ack(event.arguments(), event.attachments());
        default -> { }
      }
    }

    @Override
    public void disconnected(Socket socket, DisconnectReason reason) {
      // Nothing was kept.
    }
  }
}
