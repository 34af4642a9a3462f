package dev.roost.parrot;

import dev.roost.core.CloseReason;
import dev.roost.core.Connection;
import dev.roost.core.Loop;
import dev.roost.core.RandomIds;
import dev.roost.core.Secrets;
import dev.roost.core.Setting;
import dev.roost.core.Settings;
import dev.roost.parrot.ParrotMessages.FromDashboard;
import dev.roost.parrot.ParrotMessages.FromUser;
import dev.roost.transport.Handshake;
import dev.roost.transport.HttpHandler;
import dev.roost.transport.HttpRequest;
import dev.roost.transport.HttpResponse;
import dev.roost.transport.LimitedReceiver;
import dev.roost.transport.Protocol;
import dev.roost.transport.SocketLimits;
import dev.roost.transport.Upgrade;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Pocket Parrot on the network: which path is which kind of client (section 1 of the contract), and the way of each connection's messages
 * to the session's loop and back.
 */
public final class ParrotProtocol implements Protocol {
  private static final int MAX_SMALL_MESSAGE_BYTES = 65_536;

  private static final Logger log = LoggerFactory.getLogger(ParrotProtocol.class);

  private final Loop loop;
  private final ParrotSettings settings;
  private final ParrotSession session;
  private final LimitedReceiver.Rate rate;
  private final SocketLimits userLimits;
  private final SocketLimits streamLimits;
  /** For the stream that exists for its low latency. */
  private final SocketLimits promptLimits;

  /**
   * @param loop where the session lives
   * @throws dev.roost.core.SettingException if a setting is wrong
   */
  public ParrotProtocol(Loop loop, Settings settings, RandomIds ids) {
    this.loop = loop;
    this.settings = ParrotSettings.from(settings);
    rate = new LimitedReceiver.Rate(this.settings.maxMessagesPerSecond(), 2 * this.settings.maxMessagesPerSecond(), this.settings.abuseAfter());
    userLimits = limits(this.settings.maxMessageBytes(), this.settings.flushDelay());
    streamLimits = limits(MAX_SMALL_MESSAGE_BYTES, this.settings.flushDelay());
    promptLimits = limits(MAX_SMALL_MESSAGE_BYTES, Duration.ZERO);
    session = new ParrotSession(loop, this.settings, ids, ParrotCodec::encode);
  }

  /** The declarations of all settings. */
  public static List<Setting<?>> settings() {
    return ParrotSettings.ALL;
  }

  @Override
  public String name() {
    return "parrot";
  }

  /** Whether paths that no protocol claims are user connections. */
  public boolean catchesAll() {
    return settings.catchAll();
  }

  @Override
  public Handshake handshake(Upgrade request) {
    return switch (request.path()) {
      case "/dashboard" -> dashboard(request);
      case "/listener" -> Handshake.accept(request, new ListenerReceiver(session::connectListener), streamLimits);
      case "/orientation" -> Handshake.accept(request, new ListenerReceiver(session::connectOrientationListener), promptLimits);
      case "/bulk" -> Handshake.accept(request, new ListenerReceiver(session::connectBulkListener), streamLimits);
      default -> Handshake.accept(request, new UserReceiver(request.request().client().address()), userLimits);
    };
  }

  private SocketLimits limits(int maxMessageBytes, Duration flushDelay) {
    return new SocketLimits(maxMessageBytes, settings.maxQueueBytes(), SocketLimits.STUCK_AFTER, settings.pingInterval(), flushDelay);
  }

  private Handshake dashboard(Upgrade request) {
    HttpRequest.Client client = request.request().client();
    String token = settings.dashboardToken();
    boolean operator = token.isEmpty() ? client.isThisMachine() : request.request().parameter("token").filter(given -> Secrets.equal(given, token)).isPresent();
    return token.isEmpty() || operator
        ? Handshake.accept(request, new DashboardReceiver(client, operator), streamLimits)
        : Handshake.closeAtOnce(request, CloseReason.policy("Invalid dashboard token"));
  }

  /** Section 1: what the original answered to every request without upgrade. */
  @Override
  public Optional<HttpHandler> plainHttp() {
    return Optional.of(HttpHandler.now(request -> HttpResponse.of(200, "text/plain", "Pocket Parrot WebSocket Server\n".getBytes(StandardCharsets.US_ASCII))));
  }

  @Override
  public CompletionStage<Map<String, Number>> figures() {
    return CompletableFuture.supplyAsync(session::figures, loop);
  }

  @Override
  public CompletionStage<Void> drain() {
    return CompletableFuture.runAsync(session::shutdown, loop);
  }

  /** A user; what it sends reaches the session's loop as a checked message. */
  private final class UserReceiver extends LimitedReceiver {
    private final String ip;
    /** Written and read on the session's loop only. */
    private Optional<User> user = Optional.empty();

    UserReceiver(String ip) {
      super(rate);
      this.ip = ip;
    }

    @Override
    protected void connected(Connection connection) {
      loop.execute(() -> user = session.connectUser(connection, ip));
    }

    @Override
    protected void accepted(byte[] json) {
      switch (ParrotParser.fromUser(json)) {
        // Only the session knows whether this is a fault or an observer's usual rejection.
        case ParrotMessages.BadData bad -> pass(new ParrotMessages.BadData(mayAnswerFault()));
        case ParrotMessages.Malformed malformed when !mayAnswerFault() -> { }
        case FromUser message -> pass(message);
      }
    }

    private void pass(FromUser message) {
      loop.execute(() -> user.ifPresent(known -> session.receive(known, message)));
    }

    @Override
    protected void limited() {
      connection().send(ParrotCodec.encode(new ParrotMessages.Rejected(ParrotMessages.Rejection.RATE_LIMITED)));
    }

    @Override
    public void closed(CloseReason reason) {
      loop.execute(() -> user.ifPresent(session::disconnectUser));
    }
  }

  private final class DashboardReceiver extends LimitedReceiver {
    private final boolean operator;

    private final String address;

    DashboardReceiver(HttpRequest.Client client, boolean operator) {
      super(rate);
      this.operator = operator;
      address = client.address();
    }

    @Override
    protected void connected(Connection connection) {
      loop.execute(() -> session.connectDashboard(connection, operator));
    }

    @Override
    protected void accepted(byte[] json) {
      FromDashboard message = ParrotParser.fromDashboard(json);
      if (operator && isAction(message)) {
        log.info("A dashboard at {} asks: {}", address, message.getClass().getSimpleName());
      }
      if (!isFaulty(message) || mayAnswerFault()) {
        loop.execute(() -> session.receive(connection(), operator, message));
      }
    }

    /** Whether the answer will be an error whatever the state is. */
    private boolean isFaulty(FromDashboard message) {
      return switch (message) {
        case ParrotMessages.Malformed malformed -> true;
        case ParrotMessages.KickUser kick -> !operator || kick.target().id().isEmpty();
        case ParrotMessages.PromoteUser promote -> !operator || promote.target().id().isEmpty();
        case ParrotMessages.DemoteUser demote -> !operator;
        case ParrotMessages.GetStats get -> false;
      };
    }

    private static boolean isAction(FromDashboard message) {
      return message instanceof ParrotMessages.KickUser || message instanceof ParrotMessages.PromoteUser || message instanceof ParrotMessages.DemoteUser;
    }

    @Override
    protected void limited() {
      connection().send(ParrotCodec.encode(new ParrotMessages.Fault("rate_limited", "Too many messages")));
    }

    @Override
    public void closed(CloseReason reason) {
      loop.execute(() -> session.disconnectDashboard(connection()));
    }
  }

  /** A listener of one of three kinds; whatever it sends is ignored, as long as it is not a flood. */
  private final class ListenerReceiver extends LimitedReceiver {
    private final Consumer<Connection> join;

    ListenerReceiver(Consumer<Connection> join) {
      super(rate);
      this.join = join;
    }

    @Override
    protected void connected(Connection connection) {
      loop.execute(() -> join.accept(connection));
    }

    @Override
    protected void accepted(byte[] json) {
      // Stock listener scripts send a handshake; it must not be answered.
    }

    @Override
    protected void limited() {
      // Listeners are never answered.
    }

    @Override
    public void closed(CloseReason reason) {
      loop.execute(() -> session.disconnectListener(connection()));
    }
  }
}
