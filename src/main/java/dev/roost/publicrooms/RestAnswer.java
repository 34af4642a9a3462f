package dev.roost.publicrooms;

import dev.roost.core.RawJson;
import dev.roost.transport.HttpResponse;
import dev.roost.transport.json.JsonOut;
import java.util.List;
import java.util.function.UnaryOperator;

/** The envelopes in which every answer of the REST interface comes (section 1.4). */
final class RestAnswer {
  static final String INVALID_INPUT = "INVALID_INPUT";
  static final HttpResponse NOT_FOUND = error(404, "NOT_FOUND", "There is nothing at this path for this method");
  static final HttpResponse PAYLOAD_TOO_LARGE = error(413, "PAYLOAD_TOO_LARGE", "The body of the request is too long");
  static final HttpResponse INTERNAL_ERROR = error(500, "INTERNAL_ERROR", "The request failed");
  /** Longer values are not sent back. */
  private static final int MAX_VALUE_BYTES = 256;

  private RestAnswer() {}

  /**
   * What is wrong with one part of a request.
   *
   * @param path its name
   * @param location {@code body}, {@code params} or {@code query}
   * @param value as it came in; absent if there was none
   */
  record Detail(String message, String path, String location, RawJson value) {}

  /** @param data writes what is in it */
  static HttpResponse success(int status, UnaryOperator<JsonOut> data) {
    return HttpResponse.json(status, data.apply(new JsonOut().put("success", true).object("data")).end().toText());
  }

  static HttpResponse message(String message) {
    return HttpResponse.json(200, new JsonOut().put("success", true).put("message", message).toText());
  }

  static HttpResponse error(int status, String code, String message) {
    return HttpResponse.json(status, begin(code, message).end().toText());
  }

  static HttpResponse tooMany(String code, String message, long retryAfterSeconds) {
    return HttpResponse.json(429, begin(code, message).put("retryAfter", retryAfterSeconds).end().toText()).with("Retry-After", Long.toString(retryAfterSeconds));
  }

  static HttpResponse invalid(List<Detail> details) {
    JsonOut out = begin(INVALID_INPUT, details.getFirst().message()).list("details");
    for (Detail detail : details) {
      out.item().put("type", "field").put("msg", detail.message()).put("path", detail.path()).put("location", detail.location());
      if (detail.value().isPresent() && detail.value().length() <= MAX_VALUE_BYTES) {
        out.put("value", detail.value());
      }
      out.end();
    }
    return HttpResponse.json(400, out.endList().end().toText());
  }

  private static JsonOut begin(String code, String message) {
    return new JsonOut().object("error").put("code", code).put("message", message);
  }
}
