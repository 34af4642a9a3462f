package dev.roost.ptt;

import dev.roost.core.CleanText;
import dev.roost.core.RawJson;
import dev.roost.ptt.auth.Authenticator;
import dev.roost.transport.HttpHandler;
import dev.roost.transport.HttpRequest;
import dev.roost.transport.HttpResponse;
import dev.roost.transport.Router;
import dev.roost.transport.json.JsonIn;
import dev.roost.transport.json.JsonOut;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

/** The plain HTTP of the contract's section 1.5: the status of many users at once, and the answers of the protocol's own port. Every answer may be read by every page. */
final class PttHttp {
  private static final String STATUS_PATH = "/api/presence/status";
  private static final int MAX_BODY_BYTES = 64 << 10;
  private static final HttpResponse TOO_LARGE = failure(413, "Request body too large");
  private static final int MAX_ASKING = 32;
  private static final List<String> METHODS = List.of("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT");
  private static final Set<String> KNOWN_METHODS = Set.of("GET", "HEAD", "POST");

  private final Switchboard switchboard;
  private final PttSettings settings;
  private final Authenticator authenticator;
  private final PttFigures figures;
  private final String version;
  /** Requests that wait for an answer about a hundred users each: whoever sends many must not keep phones from logging in. */
  private final AtomicInteger asking = new AtomicInteger();

  /** @param version one line with the name and the version of the product */
  PttHttp(Switchboard switchboard, PttSettings settings, Authenticator authenticator, PttFigures figures, String version) {
    this.switchboard = switchboard;
    this.settings = settings;
    this.authenticator = authenticator;
    this.figures = figures;
    this.version = version;
  }

  /** A text without a line break at its end, as the original sent it. */
  static HttpResponse plain(int status, String text) {
    return HttpResponse.of(status, "text/plain; charset=utf-8", text.getBytes(StandardCharsets.UTF_8));
  }

  /** What holds on every port: the path is this protocol's, with every method. */
  void addStatus(Router router) {
    METHODS.forEach(method -> router.on(method, STATUS_PATH, method.equals("POST") ? this::status : HttpHandler.now(PttHttp::other)));
  }

  /** What holds on a port of its own. */
  void addOwn(Router router) {
    own(router, "/", request -> plain(200, version + "\n"));
    own(router, "/health", request -> HttpResponse.json(200, new JsonOut().put("status", "ok").put("version", version.substring(version.indexOf(' ') + 1)).toText()));
  }

  private static void own(Router router, String path, Function<HttpRequest, HttpResponse> answer) {
    METHODS.forEach(method -> router.on(method, path, HttpHandler.now(method.equals("GET") ? answer : PttHttp::other)));
  }

  /** Every request that has no other answer. */
  static HttpResponse other(HttpRequest request) {
    if (request.method().equals("OPTIONS")) {
      return open(plain(200, ""));
    }
    return open(KNOWN_METHODS.contains(request.method()) ? plain(404, "Not Found") : plain(403, "Forbidden"));
  }

  /** With the headers by which pages from everywhere may read it (CORS). */
  static HttpResponse open(HttpResponse response) {
    return response.with("Access-Control-Allow-Origin", "*").with("Access-Control-Allow-Methods", "GET, POST, OPTIONS")
        .with("Access-Control-Allow-Headers", "Content-Type, Authorization");
  }

  // ---- The status of many users

  private CompletionStage<HttpResponse> status(HttpRequest request) {
    figures.apiRequests.increment();
    if (settings.apiRequiresAuthentication() && !isAuthenticated(request)) {
      return failed(401, "Unauthorized");
    }
    if (request.body().length > MAX_BODY_BYTES) {
      return CompletableFuture.completedStage(TOO_LARGE);
    }
    Asked asked = new Asked();
    if (!JsonIn.readObject(request.body(), asked::property)) {
      return failed(400, "Invalid JSON");
    }
    if (!asked.isValid || !asked.isGiven || asked.userIds.size() > settings.maxUserIds()) {
      return failed(400, "Invalid userIds");
    }
    if (!settings.presenceEnabled()) {
      return CompletableFuture.completedStage(answer(List.of(), List.of()));
    }
    if (asking.incrementAndGet() > MAX_ASKING) {
      asking.decrementAndGet();
      return failed(503, "Too many requests at once");
    }
    return statuses(asked).whenComplete((answer, failure) -> asking.decrementAndGet());
  }

  private CompletionStage<HttpResponse> statuses(Asked asked) {
    return CompletableFuture.supplyAsync(() -> switchboard.engines().presence().statuses(asked.userIds), switchboard.loop()).thenCompose(statuses -> statuses)
        .thenApply(statuses -> answer(asked.written, statuses)).exceptionallyCompose(failure -> failed(500, "Failed to get presence status"));
  }

  private boolean isAuthenticated(HttpRequest request) {
    return request.bearerToken().filter(token -> authenticator.verify(token, Optional.empty()) instanceof Authenticator.Verdict.Accepted).isPresent();
  }

  /** What a body beyond the server's own bound gets. */
  static Optional<HttpResponse> tooLarge(String path) {
    return Optional.of(TOO_LARGE).filter(answer -> path.equals(STATUS_PATH));
  }

  private static CompletionStage<HttpResponse> failed(int status, String error) {
    return CompletableFuture.completedStage(failure(status, error));
  }

  private static HttpResponse failure(int status, String error) {
    return open(HttpResponse.json(status, new JsonOut().put("success", false).put("error", error).toText()));
  }

  private HttpResponse answer(List<RawJson> written, List<Status> statuses) {
    JsonOut out = new JsonOut().put("success", true).list("users");
    for (int i = 0; i < statuses.size(); i++) {
      Status status = statuses.get(i);
      out.item().put("userId", written.get(i)).put("status", status.isOnline() ? "online" : "offline").put("lastSeen", status.lastSeen());
      status.deviceId().ifPresent(deviceId -> out.put("deviceId", deviceId));
      out.end();
    }
    return open(HttpResponse.json(200, out.endList().put("timestamp", switchboard.loop().now().toEpochMilli()).toText()));
  }

  /** The ids of a request, and how they were written: they are answered in their type. */
  private static final class Asked {
    private final List<String> userIds = new ArrayList<>();
    private final List<RawJson> written = new ArrayList<>();
    private boolean isGiven;
    private boolean isValid = true;

    void property(String name, JsonIn value) {
      if (!name.equals("userIds")) {
        return;
      }
      userIds.clear();
      written.clear();
      isGiven = true;
      isValid = value.isArray();
      if (isValid) {
        JsonIn.readList(value.raw(), this::id);
      }
    }

    private void id(JsonIn element) {
      Optional<String> text = element.text();
      boolean isNumber = element.isNumber();
      RawJson raw = element.raw();
      String id = isNumber ? raw.toString() : text.orElse("");
      isValid &= CleanText.isId(id, PttParser.MAX_ID) && (!isNumber || id.chars().noneMatch(c -> c == '.' || c == 'e' || c == 'E'));
      userIds.add(id);
      written.add(raw);
    }
  }
}
