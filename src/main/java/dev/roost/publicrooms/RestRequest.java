package dev.roost.publicrooms;

import dev.roost.core.RawJson;
import dev.roost.publicrooms.RestAnswer.Detail;
import dev.roost.transport.HttpRequest;
import dev.roost.transport.Utf8;
import dev.roost.transport.json.JsonIn;
import dev.roost.transport.json.JsonOut;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The input of one REST request, read before it is known whether it counts. What is wrong with it is collected in {@link #faults}; then the values mean nothing.
 */
final class RestRequest {
  private static final String BODY = "body";
  private static final String JSON = "application/json";

  private final Map<String, RawJson> properties = new LinkedHashMap<>();
  private final Map<String, String> texts = new LinkedHashMap<>();
  private final List<Detail> faults = new ArrayList<>(0);
  private final boolean isJson;

  private RestRequest(HttpRequest request, int maxBytes) {
    isJson = request.body().length <= maxBytes && isJson(request) && Utf8.isValid(request.body(), 0, request.body().length) && JsonIn.readObject(request.body(), this::property);
    if (!isJson) {
      faults.add(new Detail("The body must be a JSON object, and its Content-Type " + JSON, "", BODY, RawJson.ABSENT));
    }
  }

  /**
   * Of properties that come twice the last counts.
   *
   * @param maxBytes a longer body is not looked into
   */
  static RestRequest read(HttpRequest request, int maxBytes) {
    return new RestRequest(request, maxBytes);
  }

  List<Detail> faults() {
    return faults;
  }

  /** What it has to be: 1 to 50 characters without the spaces around them. */
  String displayName() {
    Optional<String> name = text("displayName");
    int length = SafeText.length(SafeText.trimmed(name.orElse("")));
    if (length < 1 || length > SafeText.MAX_NAME) {
      refuse("displayName", "displayName must be a text of 1-" + SafeText.MAX_NAME + " characters");
    }
    return name.orElse("");
  }

  /** A user's id, as it is written here. */
  String userId() {
    return uuid("userId", text("userId"), BODY, properties.getOrDefault("userId", RawJson.ABSENT));
  }

  /** A room's id of the path, as it is written here. */
  String roomId(String segment) {
    return uuid("roomId", Optional.of(segment), "params", JsonOut.text(segment));
  }

  /** The name of an event. */
  String event() {
    Optional<String> event = text("event").filter(ServerSideApi::isEvent);
    if (event.isEmpty()) {
      refuse("event", "event must be a name of 1-" + ServerSideApi.MAX_EVENT + " characters that Socket.IO does not keep for itself");
    }
    return event.orElse("");
  }

  /** What is passed on to clients, as it came in; absent if there is nothing. */
  RawJson data() {
    RawJson data = raw("data");
    if (!Nesting.isBounded(data)) {
      faults.add(new Detail("data must not be nested deeper than " + Nesting.MAX_DEPTH + " levels", "data", BODY, RawJson.ABSENT));
    }
    return data.copy();
  }

  private RawJson raw(String name) {
    return properties.getOrDefault(name, RawJson.ABSENT);
  }

  private String uuid(String name, Optional<String> text, String location, RawJson value) {
    Optional<String> id = text.filter(PublicRoomsParser::isUuid);
    if (id.isEmpty() && (isJson || !location.equals(BODY))) {
      faults.add(new Detail(name + " must be a UUID", name, location, value));
    }
    return id.map(PublicRoomsParser::id).orElse("");
  }

  private void refuse(String name, String message) {
    if (isJson) {
      faults.add(new Detail(message, name, BODY, raw(name)));
    }
  }

  private Optional<String> text(String name) {
    return Optional.ofNullable(texts.get(name));
  }

  private void property(String name, JsonIn value) {
    value.text().ifPresentOrElse(text -> texts.put(name, text), () -> texts.remove(name));
    properties.put(name, value.raw());
  }

  /** A form of a page from elsewhere can send a body, but not with this type; that is what makes browsers ask first. */
  private static boolean isJson(HttpRequest request) {
    return request.header("Content-Type").map(type -> type.split(";", 2)[0].strip()).filter(JSON::equalsIgnoreCase).isPresent();
  }
}
