package dev.roost.ptt;

import dev.roost.cluster.Redis;
import dev.roost.core.CleanText;
import dev.roost.core.CloseReason;
import dev.roost.core.Loop;
import dev.roost.core.RandomIds;
import dev.roost.core.Setting;
import dev.roost.core.Settings;
import dev.roost.ptt.auth.Authenticator;
import dev.roost.ptt.auth.Authenticator.Verdict;
import dev.roost.ptt.auth.Identity;
import dev.roost.ptt.recording.Recordings;
import dev.roost.transport.Handshake;
import dev.roost.transport.HttpHandler;
import dev.roost.transport.HttpRequest;
import dev.roost.transport.HttpResponse;
import dev.roost.transport.LimitedReceiver;
import dev.roost.transport.Metric;
import dev.roost.transport.Protocol;
import dev.roost.transport.Refusal;
import dev.roost.transport.Router;
import dev.roost.transport.SocketLimits;
import dev.roost.transport.Upgrade;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Push-to-talk and presence on the network: who is let in, and with what (sections 1.1, 1.2 and 1.5 of the contract). */
public final class PttProtocol implements Protocol {
  private static final Logger log = LoggerFactory.getLogger(PttProtocol.class);
  private static final CloseReason NAMELESS = new CloseReason(4401, "The token names no user");
  private static final CloseReason TOO_SLOW = CloseReason.policy("Slow consumer");
  private static final Duration ABUSE_AFTER = Duration.ofSeconds(10);
  private static final int TOKEN_LENGTH = 16;
  /** Three parts of base64url: JWS compact serialization (RFC 7515, section 7.1). */
  private static final Pattern SIGNED = Pattern.compile("[\\w-]+\\.[\\w-]+\\.[\\w-]*");
  private static final int HASH_BYTES = 16;

  private final PttSettings settings;
  private final RandomIds ids;
  private final Authenticator authenticator;
  private final boolean isAuthenticated;
  private final Switchboard switchboard;
  private final Recorder recorder;
  private final PttFigures figures = new PttFigures();
  private final PttHttp http;
  private final SocketLimits limits;
  private final LimitedReceiver.Rate rate;
  private final Optional<Redis> redis;

  /**
   * @param ids makes the names of connections; thread-safe
   * @param redis what is shared with other servers; without it everything is kept in memory
   * @param beside runs what would keep a loop from its work
   * @param version one line with the name and the version of the product
   * @throws dev.roost.core.SettingException if a setting is wrong, or there is no key
   */
  public PttProtocol(Loop loop, Settings given, RandomIds ids, Optional<Redis> redis, Executor beside, String version) {
    settings = PttSettings.from(given);
    this.ids = ids;
    authenticator = Authenticator.open(given, loop);
    isAuthenticated = Authenticator.isOn(given);
    recorder = Recordings.open(given);
    this.redis = redis;
    // On its loop, where its engines call it as soon as they are there.
    switchboard = CompletableFuture.supplyAsync(() -> new Switchboard(loop, settings, board -> engines(board, redis), recorder, beside, PttCodec::encode, figures), loop).join();
    http = new PttHttp(switchboard, settings, authenticator, figures, version);
    limits = new SocketLimits(settings.maxFrameBytes(), settings.maxQueueBytes(), SocketLimits.STUCK_AFTER, settings.pingInterval(), settings.flushDelay(), settings.maxMissedPongs(), TOO_SLOW);
    rate = new LimitedReceiver.Rate(settings.maxMessagesPerSecond(), 2 * settings.maxMessagesPerSecond(), ABUSE_AFTER);
  }

  private Switchboard.Engines engines(Switchboard board, Optional<Redis> redis) {
    return redis.map(shared -> sharedEngines(board, shared)).orElseGet(() -> ownEngines(board));
  }

  private Switchboard.Engines ownEngines(Switchboard board) {
    Presence presence = settings.presenceEnabled() ? new MemoryPresence(board.loop(), settings.presenceTtl(), board) : Presence.none(board.loop());
    return new Switchboard.Engines(presence, new MemoryRegistry(), FloorArbiter.LOCAL, Backbone.NONE);
  }

  private Switchboard.Engines sharedEngines(Switchboard board, Redis redis) {
    Loop loop = board.loop();
    Presence presence = settings.presenceEnabled() ? new RedisPresence(loop, redis, settings.presenceTtl(), settings.snapshotCache(), settings.sweep(), board) : Presence.none(loop);
    return new Switchboard.Engines(presence, new RedisRegistry(loop, redis), new RedisFloorArbiter(loop, redis, settings.maxIdle(), settings.groupBusyTimeout()),
        new RedisBackbone(loop, redis, board));
  }

  /** The declarations of all settings. */
  public static List<Setting<?>> settings() {
    List<Setting<?>> all = new ArrayList<>(PttSettings.ALL);
    all.addAll(Authenticator.settings());
    all.addAll(Recordings.settings());
    return all;
  }

  /** Throws SettingException if settings contradict each other, or there is no key. */
  public static void check(Settings settings) {
    PttSettings.from(settings);
    Authenticator.check(settings);
  }

  /** Whether there is a key in the settings, or authentication is switched off; without either the protocol cannot be made. */
  public static boolean isConfigured(Settings settings) {
    return Authenticator.isConfigured(settings);
  }

  @Override
  public String name() {
    return "ptt";
  }

  /** Whether an upgrade request speaks to this protocol, on whatever path: it carries a token as only its clients do. Clients of others offer two subprotocols, too, so the first has to look like a token. */
  public static boolean isMeant(Upgrade request) {
    return headerToken(request.request()).isPresent() || request.subprotocols().size() == 2 && SIGNED.matcher(request.subprotocols().getFirst()).matches();
  }

  /** The same where this protocol runs: without authentication anything is a token. */
  public boolean takes(Upgrade request) {
    return isMeant(request) || !isAuthenticated && request.subprotocols().size() == 2;
  }

  @Override
  public Handshake handshake(Upgrade request) {
    HttpRequest http = request.request();
    Optional<String> token = headerToken(http).or(() -> item(request, 0));
    if (token.isEmpty()) {
      return unauthorized("Unauthorized");
    }
    Optional<String> role = http.header("role").or(() -> http.parameter("role"));
    return switch (authenticator.verify(token.get(), role)) {
      case Verdict.Refused refused -> {
        log.debug("A client at {} is refused: {}", http.client().address(), refused.why());
        yield unauthorized("Unauthorized User");
      }
      case Verdict.Nameless nameless -> {
        log.debug("A client at {} is closed at once: its token names no user", http.client().address());
        yield Handshake.closeAtOnce(request, NAMELESS);
      }
      case Verdict.Accepted accepted -> accept(request, token.get(), accepted.identity());
    };
  }

  private Handshake accept(Upgrade request, String token, Identity identity) {
    Introduction introduction =
        new Introduction(identity.userId(), identity.role() == Identity.Role.WATCHER, identity.channelIds(), deviceId(request, token));
    String address = request.request().client().address();
    return Handshake.accept(request, new PttReceiver(switchboard, introduction, ids.next(TOKEN_LENGTH), address, rate, settings, figures), limits);
  }

  private static Handshake unauthorized(String body) {
    return new Handshake.Refuse(Refusal.UNAUTHORIZED, PttHttp.plain(401, body).with("WWW-Authenticate", "Bearer"));
  }

  private static Optional<String> headerToken(HttpRequest request) {
    return nonEmpty(request.header("token")).or(() -> nonEmpty(request.header("voicepingtoken")));
  }

  /** What the client calls its device; else something that is the same for the same token and says nothing of it. */
  private static String deviceId(Upgrade request, String token) {
    HttpRequest http = request.request();
    return nonEmpty(http.header("device_id")).or(() -> nonEmpty(http.header("deviceid"))).or(() -> item(request, 1))
        .filter(id -> CleanText.isId(id, PttParser.MAX_ID)).orElseGet(() -> hash(token));
  }

  private static Optional<String> item(Upgrade request, int index) {
    return index < request.subprotocols().size() ? nonEmpty(Optional.of(request.subprotocols().get(index))) : Optional.empty();
  }

  private static Optional<String> nonEmpty(Optional<String> text) {
    return text.filter(value -> !value.isBlank());
  }

  private static String hash(String token) {
    try {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(("device:" + token).getBytes(StandardCharsets.UTF_8));
      return Base64.getUrlEncoder().withoutPadding().encodeToString(Arrays.copyOf(digest, HASH_BYTES));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every JDK has SHA-256", e);
    }
  }

  // ---- HTTP

  @Override
  public void routes(Router router) {
    http.addStatus(router);
  }

  @Override
  public void ownRoutes(Router router) {
    http.addOwn(router);
  }

  @Override
  public Optional<HttpHandler> plainHttp() {
    return Optional.of(HttpHandler.now(PttHttp::other));
  }

  @Override
  public Optional<HttpResponse> tooLarge(String path) {
    return PttHttp.tooLarge(path);
  }

  @Override
  public HttpResponse onOwnPort(HttpResponse response) {
    return PttHttp.open(response);
  }

  @Override
  public boolean showsMetrics() {
    return true;
  }

  // ---- Figures

  @Override
  public CompletionStage<Map<String, Number>> figures() {
    return ask(this::counted).thenApply(counted -> {
      Map<String, Number> all = new TreeMap<>(counted);
      all.putAll(figures.all());
      all.putAll(recorder.figures());
      redis.ifPresent(shared -> {
        all.put("redisUp", shared.isUp() ? 1 : 0);
        all.put("redisInFlight", shared.inFlight());
      });
      return all;
    });
  }

  /** What belongs to the loop. */
  private Map<String, Number> counted() {
    Map<String, Number> all = new TreeMap<>(switchboard.figures());
    all.putAll(switchboard.engines().registry().figures());
    all.putAll(switchboard.engines().backbone().figures());
    return all;
  }

  private <T> CompletableFuture<T> ask(Supplier<T> question) {
    return CompletableFuture.supplyAsync(question, switchboard.loop());
  }

  @Override
  public CompletionStage<List<Metric>> metrics() {
    return ask(() -> {
      Presence presence = switchboard.engines().presence();
      return metrics(presence.online(), presence.expired());
    });
  }

  /** Those that the guide of presence names (section 7 of the contract). */
  private List<Metric> metrics(long online, long expired) {
    return List.of(new Metric.Gauge("presence_online_total", "Users who are online", online),
        new Metric.Counter("presence_heartbeat_received_total", "Heartbeats that kept a user online", figures.heartbeats.sum()),
        new Metric.Counter("presence_ttl_expired_total", "Users found offline because their time was over", expired),
        new Metric.Counter("presence_api_requests_total", "Requests for the status of users", figures.apiRequests.sum()),
        new Metric.Histogram("presence_update_latency_seconds", "From a change to the last watcher that was told",
            figures.updateLatency.boundsSeconds(), figures.updateLatency.counts(), figures.updateLatency.sumSeconds()));
  }

  // ---- Life

  @Override
  public void listening(int port) {
    log.info("PTT keeps presence, logins and groups {}", redis.isPresent() ? "in Redis, shared with other servers" : "in memory, for this server alone");
    settings.doubts().forEach(log::warn);
  }

  @Override
  public CompletionStage<Void> drain() {
    return CompletableFuture.runAsync(switchboard::shutdown, switchboard.loop());
  }

  @Override
  public void close() {
    recorder.close();
    authenticator.close();
  }
}
