package dev.roost.publicrooms;

import dev.roost.core.Loop;
import dev.roost.core.OncePer;
import dev.roost.core.RawJson;
import dev.roost.publicrooms.RestAnswer.Detail;
import dev.roost.transport.ClientAddress;
import dev.roost.transport.HttpRequest;
import dev.roost.transport.HttpResponse;
import dev.roost.transport.Operators;
import dev.roost.transport.Router;
import dev.roost.transport.json.JsonOut;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The server-side methods of section 3.6 for operators, over HTTP; the envelopes are those of the REST interface. No page may read these answers.
 */
final class PublicRoomsAdmin {
  private static final Logger log = LoggerFactory.getLogger(PublicRoomsAdmin.class);
  private static final String PREFIX = "/api/admin/public-rooms";
  private static final String BROADCAST = "/broadcast";

  private final Loop loop;
  private final ServerSideApi api;
  private final Operators operators;
  private final IpHash hash;
  private final OncePer refused = new OncePer(Duration.ofSeconds(1));

  PublicRoomsAdmin(Loop loop, ServerSideApi api, Operators operators, IpHash hash) {
    this.loop = loop;
    this.api = api;
    this.operators = operators;
    this.hash = hash;
  }

  void addTo(Router router) {
    PublicRoomsHttp.allBelow(router, PREFIX, this::handle);
  }

  /** What a body beyond the server's own bound gets; empty if the path is not of this interface. */
  static Optional<HttpResponse> tooLarge(String path) {
    return path.startsWith(PREFIX + "/") ? Optional.of(AnswerHeaders.unkept(RestAnswer.PAYLOAD_TOO_LARGE)) : Optional.empty();
  }

  private CompletionStage<HttpResponse> handle(HttpRequest request) {
    return operators.refusal(request).<CompletionStage<HttpResponse>>map(refusal -> CompletableFuture.completedStage(refused(request, refusal)))
        .orElseGet(() -> PublicRoomsHttp.guarded(() -> route(request))).thenApply(AnswerHeaders::unkept);
  }

  /** The refusal of {@link Operators}, in an envelope. */
  private HttpResponse refused(HttpRequest request, HttpResponse refusal) {
    noteRefused(request);
    String code = refusal.status() == 401 ? "UNAUTHORIZED" : "FORBIDDEN";
    HttpResponse answer = RestAnswer.error(refusal.status(), code, new String(refusal.body(), StandardCharsets.UTF_8).strip());
    return Optional.ofNullable(refusal.headers().get("WWW-Authenticate")).map(scheme -> answer.with("WWW-Authenticate", scheme)).orElse(answer);
  }

  /** Any thread; a line a second tells as much as many. */
  private synchronized void noteRefused(HttpRequest request) {
    if (refused.allow(loop.nanos())) {
      log.warn("An operation of public rooms was asked for by {}, who is no operator", shown(request));
    }
  }

  private CompletionStage<HttpResponse> route(HttpRequest request) {
    String operation = request.path().substring(PREFIX.length());
    return switch (request.method().equals("HEAD") ? "GET" : request.method()) {
      case "GET" -> switch (operation) {
        case "/connections" -> ofAddress(request, ip -> api.getConnectionCount(ip).thenApply(count -> RestAnswer.success(200, out -> out.put("count", count))));
        case "/reconnection" -> ofAddress(request, ip -> api.getReconnectionStatus(ip).thenApply(status -> RestAnswer.success(200, out -> reconnection(out, status))));
        case "/capacity" -> api.getCapacityStatus().thenApply(status -> RestAnswer.success(200, out -> capacity(out, status)));
        default -> unknown();
      };
      case "POST" -> operation.equals("/health-checks/stop") ? stopHealthChecks(request) : operation.endsWith(BROADCAST) ? broadcast(request, operation) : unknown();
      default -> unknown();
    };
  }

  private static CompletionStage<HttpResponse> unknown() {
    return CompletableFuture.completedStage(RestAnswer.NOT_FOUND);
  }

  private CompletionStage<HttpResponse> broadcast(HttpRequest request, String operation) {
    String roomId = operation.substring(1, Math.max(1, operation.length() - BROADCAST.length()));
    if (roomId.isEmpty() || roomId.contains("/")) {
      return unknown();
    }
    // What operators send is bounded by the server alone.
    RestRequest read = RestRequest.read(request, Integer.MAX_VALUE);
    String event = read.event();
    RawJson data = read.data();
    if (!read.faults().isEmpty()) {
      return CompletableFuture.completedStage(RestAnswer.invalid(read.faults()));
    }
    return api.broadcast(PublicRoomsParser.id(roomId), event, data).thenApply(receivers -> {
      log.info("A broadcast to a public room was asked for by {}: {}", shown(request), receivers.isPresent() ? receivers.getAsInt() + " sockets" : "no such room");
      return receivers.isPresent() ? RestAnswer.success(200, out -> out.put("receivers", receivers.getAsInt())) : RestAnswer.error(404, "ROOM_NOT_FOUND", "There is no such room");
    });
  }

  private CompletionStage<HttpResponse> stopHealthChecks(HttpRequest request) {
    return api.stopHealthChecks().thenApply(done -> {
      log.info("The health checks of public rooms were stopped by {}", shown(request));
      return RestAnswer.message("The health checks are stopped");
    });
  }

  private static CompletionStage<HttpResponse> ofAddress(HttpRequest request, Function<String, CompletionStage<HttpResponse>> question) {
    Optional<String> given = request.parameter("ip");
    return given.flatMap(ClientAddress::canonical).map(question).orElseGet(() -> CompletableFuture.completedStage(RestAnswer.invalid(List.of(
        new Detail("ip must be an IP address", "ip", "query", given.map(JsonOut::text).orElse(RawJson.ABSENT))))));
  }

  private static JsonOut capacity(JsonOut out, CapacityStatus status) {
    return out.put("active", status.active()).put("max", status.max()).put("queueLength", status.queueLength()).put("freeSlots", status.freeSlots());
  }

  private static JsonOut reconnection(JsonOut out, ReconnectionStatus status) {
    return out.put("count", status.count()).put("lastAttempt", time(status.lastAttempt())).put("backoffUntil", time(status.backoffUntil()));
  }

  private static Optional<String> time(Optional<Instant> instant) {
    return instant.map(PublicRoomsCodec::time);
  }

  /** Not the address: of public rooms no line of the log has one. */
  private String shown(HttpRequest request) {
    return IpHash.shown(hash.of(request.client().address()));
  }
}
