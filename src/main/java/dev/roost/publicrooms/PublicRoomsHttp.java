package dev.roost.publicrooms;

import dev.roost.core.Loop;
import dev.roost.publicrooms.RestAnswer.Detail;
import dev.roost.transport.HttpHandler;
import dev.roost.transport.HttpRequest;
import dev.roost.transport.HttpResponse;
import dev.roost.transport.Router;
import dev.roost.transport.json.JsonOut;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The REST interface of section 1.4. A request is read on the loop of its socket, and done as one task on the rooms' loop: whoever is served there first has the last seat. Errors are
 * checked in the order of the contract, so a request beyond its budget costs no more than being told so.
 */
final class PublicRoomsHttp {
  private static final Logger log = LoggerFactory.getLogger(PublicRoomsHttp.class);
  static final String PREFIX = "/api/public";
  private static final String ROOMS = PREFIX + "/rooms";
  private static final String USERS = PREFIX + "/users";

  private final Loop loop;
  private final StudyRooms rooms;
  private final IpHash hash;
  private final AnswerHeaders headers;
  private final int maxBodyBytes;

  PublicRoomsHttp(Loop loop, StudyRooms rooms, IpHash hash, PublicRoomsSettings settings) {
    this.loop = loop;
    this.rooms = rooms;
    this.hash = hash;
    headers = new AnswerHeaders(settings.frontendUrl());
    maxBodyBytes = settings.maxBodyBytes();
  }

  void addTo(Router router) {
    allBelow(router, PREFIX, this::handle);
  }

  /** A path and all below it are this protocol's with every method: what has no answer has none in this protocol's form. */
  static void allBelow(Router router, String path, HttpHandler handler) {
    List.of(path, path + "/", path + "/*").forEach(part -> router.onAny(part, handler));
  }

  /** What a body beyond the server's own bound gets; empty if the path is not of this interface. */
  Optional<HttpResponse> tooLarge(String path) {
    return path.startsWith(PREFIX + "/") ? Optional.of(headers.open(RestAnswer.PAYLOAD_TOO_LARGE)) : Optional.empty();
  }

  /** What a request to no path of this protocol gets, where it has the port to itself. */
  HttpResponse notFound(HttpRequest request) {
    return request.method().equals("OPTIONS") ? headers.preflight() : headers.open(RestAnswer.NOT_FOUND);
  }

  private CompletionStage<HttpResponse> handle(HttpRequest request) {
    return guarded(() -> route(request)).thenApply(headers::open);
  }

  /** A failure of ours must look like one, and tell nothing of us. */
  static CompletionStage<HttpResponse> guarded(Supplier<CompletionStage<HttpResponse>> work) {
    try {
      return work.get().exceptionally(PublicRoomsHttp::failed);
    } catch (RuntimeException e) {
      return CompletableFuture.completedStage(failed(e));
    }
  }

  private static HttpResponse failed(Throwable failure) {
    log.error("A request of public rooms failed", failure);
    return RestAnswer.INTERNAL_ERROR;
  }

  private CompletionStage<HttpResponse> route(HttpRequest request) {
    // As Express took it: a slash at the end changes nothing.
    String path = request.path().endsWith("/") ? request.path().substring(0, request.path().length() - 1) : request.path();
    String[] room = path.startsWith(ROOMS + "/") ? path.substring(ROOMS.length() + 1).split("/", -1) : new String[0];
    return switch (request.method()) {
      case "OPTIONS" -> CompletableFuture.completedStage(headers.preflight());
      case "GET", "HEAD" -> path.equals(ROOMS) ? list(request) : unknown();
      case "POST" -> path.equals(USERS) ? enter(request) : room.length == 2 && !room[0].isEmpty() ? atRoom(request, room[0], room[1]) : unknown();
      default -> unknown();
    };
  }

  private CompletionStage<HttpResponse> atRoom(HttpRequest request, String roomId, String action) {
    return switch (action) {
      case "join" -> join(request, roomId);
      case "leave" -> leave(request, roomId);
      default -> unknown();
    };
  }

  private static CompletionStage<HttpResponse> unknown() {
    return CompletableFuture.completedStage(RestAnswer.NOT_FOUND);
  }

  // ---- The four requests

  private CompletionStage<HttpResponse> list(HttpRequest request) {
    return inBudget(request, List.of(), visitor -> RestAnswer.success(200, out -> {
      out.list("rooms");
      rooms.rooms().forEach(room -> room(out.item(), room).end());
      return out.endList();
    }));
  }

  private CompletionStage<HttpResponse> enter(HttpRequest request) {
    RestRequest read = RestRequest.read(request, maxBodyBytes);
    String given = read.displayName();
    return inBudget(request, read.faults(), ipHash -> SafeText.name(given).map(name -> {
      Visitor visitor = rooms.enter(ipHash, name);
      return RestAnswer.success(201, out -> out.put("userId", visitor.id()).put("displayName", visitor.displayName()));
    }).orElseGet(() -> RestAnswer.error(400, "INVALID_DISPLAY_NAME", "Nothing of the name is left that could be shown")));
  }

  private CompletionStage<HttpResponse> join(HttpRequest request, String segment) {
    RestRequest read = RestRequest.read(request, maxBodyBytes);
    String roomId = read.roomId(segment);
    String userId = read.userId();
    Budget budget = new Budget(rooms::permitJoin, "JOIN_LIMIT_EXCEEDED", "Too many joins from your address");
    return within(budget, request, read.faults(), ipHash -> switch (rooms.join(ipHash, roomId, userId)) {
      case JoinOutcome.Joined joined -> RestAnswer.success(200, out -> joined(out, joined));
      case JoinOutcome.Refused refused -> refused(refused.fault());
    });
  }

  private CompletionStage<HttpResponse> leave(HttpRequest request, String segment) {
    RestRequest read = RestRequest.read(request, maxBodyBytes);
    String roomId = read.roomId(segment);
    String userId = read.userId();
    return inBudget(request, read.faults(), ipHash -> rooms.leave(ipHash, roomId, userId).map(PublicRoomsHttp::refused).orElseGet(() -> RestAnswer.message("You are not in the room any more")));
  }

  // ---- Budgets

  /** What a request is counted under, and what one too many gets. */
  private record Budget(Function<String, Permit> permit, String code, String message) {}

  private CompletionStage<HttpResponse> inBudget(HttpRequest request, List<Detail> faults, Function<String, HttpResponse> work) {
    return within(new Budget(rooms::permitApi, "RATE_LIMIT_EXCEEDED", "Too many requests from your address"), request, faults, work);
  }

  /** @param work is given the hash of who asks; on the rooms' loop */
  private CompletionStage<HttpResponse> within(Budget budget, HttpRequest request, List<Detail> faults, Function<String, HttpResponse> work) {
    String ipHash = hash.of(request.client().address());
    boolean isTooLarge = request.body().length > maxBodyBytes;
    return CompletableFuture.supplyAsync(() -> {
      Permit permit = budget.permit.apply(ipHash);
      if (!permit.isGranted()) {
        return AnswerHeaders.budget(RestAnswer.tooMany(budget.code, budget.message, permit.retryAfterSeconds()), permit);
      }
      return AnswerHeaders.budget(isTooLarge ? RestAnswer.PAYLOAD_TOO_LARGE : faults.isEmpty() ? work.apply(ipHash) : RestAnswer.invalid(faults), permit);
    }, loop);
  }

  // ---- Answers

  private static HttpResponse refused(RestFault fault) {
    return switch (fault) {
      case USER_NOT_FOUND -> RestAnswer.error(404, fault.name(), "There is no such user");
      case INVALID_USER -> RestAnswer.error(403, fault.name(), "This user is not yours");
      case ROOM_NOT_FOUND -> RestAnswer.error(404, fault.name(), "There is no such room");
      case ALREADY_IN_ROOM -> RestAnswer.error(409, fault.name(), "You are in a room already");
      case ROOM_FULL -> RestAnswer.error(409, fault.name(), "The room is full");
    };
  }

  private static JsonOut joined(JsonOut out, JoinOutcome.Joined joined) {
    room(out.object("room"), joined.room()).end().list("participants");
    joined.participants().forEach(participant -> out.item().put("id", participant.id()).put("displayName", participant.displayName())
        .put("isVideoEnabled", participant.isVideoEnabled()).put("isAudioEnabled", participant.isAudioEnabled())
        .put("joinedAt", PublicRoomsCodec.time(participant.joinedAt())).end());
    return out.endList();
  }

  private static JsonOut room(JsonOut out, RoomView room) {
    return out.put("id", room.id()).put("name", room.name()).put("currentOccupancy", room.currentOccupancy()).put("capacity", room.capacity()).put("isFull", room.isFull());
  }
}
