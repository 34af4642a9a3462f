package dev.roost.mesh;

import dev.roost.core.CleanText;
import dev.roost.core.CloseReason;
import dev.roost.core.Connection;
import dev.roost.core.InFlight;
import dev.roost.core.Loop;
import dev.roost.core.RandomIds;
import dev.roost.core.RawJson;
import dev.roost.core.Setting;
import dev.roost.core.Settings;
import dev.roost.mesh.MeshMessages.Fault;
import dev.roost.mesh.MeshMessages.Faulty;
import dev.roost.mesh.MeshMessages.Inbound;
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
import java.util.function.Function;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Mesh on the network: the upgrade (section 1 of the contract), the way of each connection's messages to the loop of its organisation and back, and the operations over HTTP.
 */
public final class MeshProtocol implements Protocol {
  private static final Logger log = LoggerFactory.getLogger(MeshProtocol.class);
  /** A silent peer is dropped after one to two of its pings; on a busy machine an answer takes its time, however short the heartbeats are. */
  private static final Duration SHORTEST_PING_INTERVAL = Duration.ofSeconds(1);
  private static final String ORGANIZATION_ID = "organizationId";

  private final MeshSettings settings;
  private final Operators operators;
  private final SocketLimits limits;
  private final LimitedReceiver.Rate rate;
  private final Map<String, Organization> organizations = new LinkedHashMap<>();
  private final InFlight inFlight = new InFlight();
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
    Duration heartbeat = this.settings.heartbeatInterval();
    boolean pingsMustBeShort = this.settings.pongKeepsAlive() || heartbeat.compareTo(SHORTEST_PING_INTERVAL) > 0;
    limits = new SocketLimits(this.settings.maxMessageBytes(), this.settings.maxQueueBytes(), SocketLimits.STUCK_AFTER,
        pingsMustBeShort ? heartbeat : SHORTEST_PING_INTERVAL, Duration.ZERO);
    rate = new LimitedReceiver.Rate(this.settings.maxMessagesPerSecond(), 2 * this.settings.maxMessagesPerSecond(), this.settings.abuseAfter());
    for (String id : this.settings.tokens().keySet()) {
      Organization organization = new Organization(id, loops.get(), this.settings, MeshCodec::encode, listener);
      organizations.put(id, organization);
      organization.loop().execute(organization::start);
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
  public Optional<String> path() {
    return Optional.of(settings.path()).filter(path -> !path.equals("*"));
  }

  /** Whether an upgrade request speaks to a mesh, on whatever path. */
  public static boolean isMeant(Upgrade request) {
    return isNamed(request.request());
  }

  @Override
  public Handshake handshake(Upgrade request) {
    Optional<Organization> organization = organization(request.request());
    if (organization.isEmpty()) {
      return new Handshake.Refuse(Refusal.UNAUTHORIZED, unauthorized());
    }
    Introduction introduction = MeshParser.introduction(request.request());
    String id = introduction.clientId();
    if (id.isEmpty()) {
      return Handshake.closeAtOnce(request, CloseReason.policy("Missing client ID"));
    }
    if (!CleanText.isId(id, MeshSettings.MAX_ID)) {
      return Handshake.closeAtOnce(request, CloseReason.policy("Invalid client ID"));
    }
    if (settings.isReserved(id)) {
      return Handshake.closeAtOnce(request, CloseReason.policy("Reserved client ID"));
    }
    return Handshake.accept(request, new MeshReceiver(organization.get(), introduction), limits);
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
  }

  private CompletionStage<HttpResponse> forceElection(HttpRequest request) {
    Optional<HttpResponse> refusal = operators.refusal(request);
    if (refusal.isPresent()) {
      return CompletableFuture.completedStage(refusal.get());
    }
    Optional<Organization> organization = isNamed(request) ? request.parameter(ORGANIZATION_ID).map(organizations::get) : onlyOrganization();
    if (organization.isEmpty()) {
      return CompletableFuture.completedStage(HttpResponse.text(404, "Not Found: organizationId must be one of this server's"));
    }
    return forceElection(organization.get()).thenApply(electing -> {
      log.info("An election in {} was asked for by {}: {}", organization.get().id(), request.client().address(), electing ? "it is held" : "there is none");
      return electing ? HttpResponse.text(202, "Accepted: the election is held after the delay")
          : HttpResponse.text(409, "Conflict: a main admin is in office, or no device stands");
    });
  }

  /** Of several organisations it tells the sum, and no admin, unless one is named. */
  private CompletionStage<HttpResponse> health(HttpRequest request) {
    double uptime = (clock.nanos() - startNanos) / 1e9;
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
    Map<String, Number> none = new LinkedHashMap<>(Map.of("organizations", organizations.size()));
    CompletableFuture<Map<String, Number>> sum = CompletableFuture.completedFuture(none);
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

  /** A device; what it sends reaches the organisation's loop as a checked message. */
  private final class MeshReceiver extends LimitedReceiver {
    private final Organization organization;
    private final Introduction introduction;

    MeshReceiver(Organization organization, Introduction introduction) {
      super(rate);
      this.organization = organization;
      this.introduction = introduction;
    }

    @Override
    protected void connected(Connection connection) {
      onLoop(() -> organization.connect(connection, introduction));
    }

    @Override
    protected void accepted(byte[] json) {
      if (!inFlight.admit(json.length)) {
        limited();
        return;
      }
      Inbound message = MeshParser.parse(json, introduction.clientId(), connection().loop().now());
      onLoop(() -> {
        inFlight.done(json.length);
        organization.receive(introduction.clientId(), connection(), message);
      });
    }

    @Override
    protected void limited() {
      onLoop(() -> organization.receive(introduction.clientId(), connection(), new Faulty(Fault.RATE_LIMITED)));
    }

    @Override
    public void pong() {
      onLoop(() -> organization.pong(introduction.clientId(), connection()));
    }

    @Override
    public void closed(CloseReason reason) {
      onLoop(() -> organization.disconnect(introduction.clientId(), connection()));
    }

    /** A failure here is a fault of ours: this device's view can no longer be trusted, so it is sent away to begin anew. */
    private void onLoop(Runnable task) {
      organization.loop().execute(() -> {
        try {
          task.run();
        } catch (RuntimeException e) {
          log.error("Something that a device of {} did could not be handled", organization.id(), e);
          connection().close(new CloseReason(1011, "Internal error"));
        }
      });
    }
  }
}
