package dev.roost.mesh;

import dev.roost.core.CleanText;
import dev.roost.core.CloseReason;
import dev.roost.core.Loop;
import dev.roost.core.OncePer;
import dev.roost.core.RandomIds;
import dev.roost.core.RawJson;
import dev.roost.core.Setting;
import dev.roost.core.Settings;
import dev.roost.transport.Handshake;
import dev.roost.transport.HttpHandler;
import dev.roost.transport.HttpRequest;
import dev.roost.transport.HttpResponse;
import dev.roost.transport.LimitedReceiver;
import dev.roost.transport.Operators;
import dev.roost.transport.Protocol;
import dev.roost.transport.Refusal;
import dev.roost.transport.Router;
import dev.roost.transport.SocketLimits;
import dev.roost.transport.Upgrade;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Mesh on the network: the upgrade (section 1 of the contract), the way of each connection's messages to the loop of its organisation and back, and the operations over HTTP.
 */
public final class MeshProtocol implements Protocol {
  private static final Logger log = LoggerFactory.getLogger(MeshProtocol.class);
  private static final String ORGANIZATION_ID = "organizationId";

  private final MeshSettings settings;
  private final Operators operators;
  private final SocketLimits limits;
  private final LimitedReceiver.Rate rate;
  private final Map<String, Organization> organizations = new LinkedHashMap<>();
  private final OncePer refusedOperators = new OncePer(Duration.ofSeconds(1));
  private final LongAdder turnedAway = new LongAdder();
  private final Loop clock;
  private final long startNanos;
  private volatile int port;

  /**
   * @param loops where the organisations live: a loop for each
   * @param operators who may force an election over HTTP
   * @throws dev.roost.core.SettingException if a setting is wrong, or there is no organisation
   */
  public MeshProtocol(Supplier<Loop> loops, Settings settings, RandomIds ids, Operators operators, MeshListener listener) {
    this.settings = MeshSettings.from(settings, ids);
    this.operators = operators;
    // Who is silent is for the organisation to judge, which pings by its own clock; this is the net below.
    Duration pingInterval = this.settings.clientTimeout().plus(this.settings.heartbeatInterval());
    limits = new SocketLimits(this.settings.maxMessageBytes(), this.settings.maxQueueBytes(), SocketLimits.STUCK_AFTER, pingInterval, Duration.ZERO);
    rate = new LimitedReceiver.Rate(this.settings.maxMessagesPerSecond(), 2 * this.settings.maxMessagesPerSecond(), this.settings.abuseAfter());
    for (String id : this.settings.tokens().keySet()) {
      Organization organization = new Organization(id, loops.get(), this.settings, MeshCodec::encode, listener);
      organizations.put(id, organization);
    }
    clock = organizations.values().iterator().next().loop();
    startNanos = clock.nanos();
  }

  /** The declarations of all settings. */
  public static List<Setting<?>> settings() {
    return MeshSettings.ALL;
  }

  /** Throws SettingException if settings contradict each other, or there is no organisation. */
  public static void check(Settings settings) {
    MeshSettings.from(settings, new RandomIds(new SplittableRandom()));
  }

  /** Whether there is an organisation in the settings; without one the protocol cannot be made. */
  public static boolean isConfigured(Settings settings) {
    return MeshSettings.hasOrganization(settings);
  }

  @Override
  public String name() {
    return "mesh";
  }

  /** The path on the shared port besides {@code /mesh}; empty if it is any path that no protocol has, for requests with an {@code organizationId}. */
  public static Optional<String> path(Settings settings) {
    return Optional.of(settings.get(MeshSettings.PATH)).filter(path -> !path.equals("*"));
  }

  /** Whether an upgrade request speaks to a mesh, on whatever path. */
  public static boolean isMeant(Upgrade request) {
    return isNamed(request.request());
  }

  @Override
  public Handshake handshake(Upgrade request) {
    HttpRequest http = request.request();
    Optional<Organization> organization = organization(http);
    if (organization.isEmpty()) {
      log.debug("A device at {} is refused: {}", http.client().address(), isOurs(http) ? "wrong token" : "no such organisation");
      return new Handshake.Refuse(Refusal.UNAUTHORIZED, unauthorized());
    }
    Introduction introduction = MeshParser.introduction(http);
    Optional<String> fault = faultOf(introduction.clientId());
    if (fault.isPresent()) {
      turnedAway.increment();
      log.debug("A device at {} is turned away: {}", http.client().address(), fault.get());
      return Handshake.closeAtOnce(request, CloseReason.policy(fault.get()));
    }
    return Handshake.accept(request, new MeshReceiver(organization.get(), introduction, http.client().address(), rate, settings), limits);
  }

  private Optional<String> faultOf(String clientId) {
    if (clientId.isEmpty()) {
      return Optional.of("Missing client ID");
    }
    if (!CleanText.isId(clientId, MeshSettings.MAX_ID)) {
      return Optional.of("Invalid client ID");
    }
    return settings.isReserved(clientId) ? Optional.of("Reserved client ID") : Optional.empty();
  }

  private boolean isOurs(HttpRequest request) {
    return request.parameter(ORGANIZATION_ID).filter(organizations::containsKey).isPresent();
  }

  /** The organisation of a request, if it is one of this server's and the token is right. */
  private Optional<Organization> organization(HttpRequest request) {
    return request.parameter(ORGANIZATION_ID).filter(id -> settings.admits(id, token(request))).map(organizations::get);
  }

  private static boolean isNamed(HttpRequest request) {
    return request.parameter(ORGANIZATION_ID).isPresent();
  }

  private static Optional<String> token(HttpRequest request) {
    return request.parameter("token").or(request::bearerToken);
  }

  private static HttpResponse unauthorized() {
    return HttpResponse.text(401, "Unauthorized: organizationId, and the token where there is one, must be this server's").with("WWW-Authenticate", "Bearer");
  }

  // ---- HTTP

  @Override
  public void routes(Router router) {
    router.on("POST", "/api/admin/mesh/election", this::forceElection);
  }

  @Override
  public void ownRoutes(Router router) {
    router.get("/health", this::health).get("/stats", this::stats);
  }

  /** Section 1: what the original answered to every request without upgrade. */
  @Override
  public Optional<HttpHandler> plainHttp() {
    return Optional.of(HttpHandler.now(request -> HttpResponse.text(426, "Upgrade Required").with("Upgrade", "websocket")));
  }

  @Override
  public void listening(int bound) {
    port = bound;
    organizations.values().forEach(organization -> organization.loop().execute(organization::start));
    boolean hasTokens = settings.tokens().values().stream().noneMatch(String::isEmpty);
    log.info("Mesh serves {} ({}, TURN: {})", String.join(", ", organizations.keySet()), hasTokens ? "with token" : "without token: whoever knows the id is a member",
        settings.turn().isPresent() ? "yes" : "no");
    if (settings.clientTimeout().compareTo(settings.heartbeatInterval()) <= 0) {
      log.warn("CLIENT_TIMEOUT is not above HEARTBEAT_INTERVAL: devices that are heard of as often as the server are removed all the time");
    }
  }

  private CompletionStage<HttpResponse> forceElection(HttpRequest request) {
    Optional<HttpResponse> refusal = operators.refusal(request);
    if (refusal.isPresent()) {
      noteRefusedOperator(request);
      return CompletableFuture.completedStage(refusal.get());
    }
    Optional<Organization> organization = isNamed(request) ? request.parameter(ORGANIZATION_ID).map(organizations::get) : onlyOrganization();
    if (organization.isEmpty()) {
      log.info("An election was asked for by {}, but in no organisation of this server", request.client().address());
      return CompletableFuture.completedStage(HttpResponse.text(404, "Not Found: organizationId must be one of this server's"));
    }
    return forceElection(organization.get()).thenApply(electing -> {
      log.info("An election in {} was asked for by {}: {}", organization.get().id(), request.client().address(), electing ? "it is held" : "there is none");
      return electing ? HttpResponse.text(202, "Accepted: the election is held after the delay")
          : HttpResponse.text(409, "Conflict: a main admin is in office, or no device stands");
    });
  }

  /** Any thread; a line a second tells as much as many. */
  private synchronized void noteRefusedOperator(HttpRequest request) {
    if (refusedOperators.allow(clock.nanos())) {
      log.warn("An election was asked for by {}, who is no operator", request.client().address());
    }
  }

  /** Of several organisations it tells the sum, and no admin, unless one is named. */
  private CompletionStage<HttpResponse> health(HttpRequest request) {
    double uptime = Duration.ofNanos(clock.nanos() - startNanos).toMillis() / 1000.0;
    Optional<Organization> asked = isNamed(request) ? organization(request) : onlyOrganization();
    if (asked.isPresent()) {
      return statistics(asked.get()).thenApply(statistics -> HttpResponse.json(200, MeshCodec.health(statistics.clientCount(), statistics.currentAdmin(), uptime).toText()));
    }
    return isNamed(request) ? CompletableFuture.completedStage(unauthorized())
        : figures().thenApply(figures -> HttpResponse.json(200, MeshCodec.health(figures.get("clients").longValue(), Optional.empty(), uptime).toText()));
  }

  private CompletionStage<HttpResponse> stats(HttpRequest request) {
    Optional<Organization> only = onlyOrganization().filter(organization -> settings.admits(organization.id(), token(request)));
    Optional<Organization> asked = isNamed(request) ? organization(request) : only;
    if (asked.isEmpty()) {
      return CompletableFuture.completedStage(isNamed(request) || organizations.size() == 1 ? unauthorized()
          : HttpResponse.text(400, "Bad Request: there are several organisations, so say which: ?organizationId="));
    }
    return statistics(asked.get()).thenApply(statistics -> HttpResponse.json(200, MeshCodec.statistics(statistics).toText()));
  }

  /** On the shared port everybody may see the figures, but only who belongs to an organisation its devices. */
  @Override
  public CompletionStage<Map<String, RawJson>> details(HttpRequest request) {
    return organization(request).<CompletionStage<Map<String, RawJson>>>map(
        asked -> statistics(asked).thenApply(statistics -> Map.of("organization", MeshCodec.statistics(statistics).toRaw()))).orElse(CompletableFuture.completedStage(Map.of()));
  }

  @Override
  public CompletionStage<Map<String, Number>> figures() {
    Map<String, Number> figures = new LinkedHashMap<>(Map.of("organizations", organizations.size()));
    figures.put(MeshFigures.TURNED_AWAY, turnedAway.sum());
    CompletableFuture<Map<String, Number>> sum = CompletableFuture.completedFuture(figures);
    for (Organization organization : organizations.values()) {
      sum = sum.thenCombine(ask(organization, Organization::figures), MeshProtocol::add);
    }
    return sum;
  }

  private static Map<String, Number> add(Map<String, Number> sum, Map<String, Number> figures) {
    figures.forEach((name, value) -> sum.merge(name, value,
        (a, b) -> name.equals(MeshFigures.TERM) ? Math.max(a.longValue(), b.longValue()) : a.longValue() + b.longValue()));
    return sum;
  }

  private Optional<Organization> onlyOrganization() {
    return organizations.size() == 1 ? Optional.of(organizations.values().iterator().next()) : Optional.empty();
  }

  // ---- For the program that runs it; any thread

  /** The statistics of an organisation of this server. */
  public CompletionStage<MeshStatistics> statistics(String organizationId) {
    return statistics(organizations.get(organizationId));
  }

  /** The devices of an organisation of this server, in the order in which they came. */
  public CompletionStage<List<MeshClient>> clients(String organizationId) {
    return ask(organizations.get(organizationId), Organization::clients);
  }

  /**
   * Holds an election, after the usual delay, though an elected admin is in office; it stays a candidate and may win again.
   *
   * @return false if a main admin is in office, on whom nobody votes, or nobody stands
   */
  public CompletionStage<Boolean> forceElection(String organizationId) {
    return forceElection(organizations.get(organizationId));
  }

  /** What the statistics of the first organisation in these settings are while no server runs. */
  public static MeshStatistics stoppedStatistics(Settings settings, int port) {
    MeshSettings given = MeshSettings.from(settings, new RandomIds(new SplittableRandom()));
    return new MeshStatistics(false, 0, Optional.empty(), false, List.of(), given.config(given.tokens().keySet().iterator().next(), port), false, 0);
  }

  private CompletionStage<Boolean> forceElection(Organization organization) {
    return ask(organization, Organization::forceElection);
  }

  private CompletionStage<MeshStatistics> statistics(Organization organization) {
    return ask(organization, asked -> asked.statistics(port));
  }

  private static <T> CompletableFuture<T> ask(Organization organization, Function<Organization, T> question) {
    return CompletableFuture.supplyAsync(() -> question.apply(organization), organization.loop());
  }

  @Override
  public CompletionStage<Void> drain() {
    return CompletableFuture.allOf(organizations.values().stream()
        .map(organization -> CompletableFuture.runAsync(organization::shutdown, organization.loop())).toArray(CompletableFuture[]::new));
  }
}
