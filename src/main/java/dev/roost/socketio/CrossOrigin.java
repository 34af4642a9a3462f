package dev.roost.socketio;

import dev.roost.transport.HttpRequest;
import dev.roost.transport.HttpResponse;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;

/** Lets web pages of another origin read the answers (Fetch Standard, 3.2). */
final class CrossOrigin {
  /** A list of names of headers, of a length that no page needs. */
  private static final Pattern HEADER_NAMES = Pattern.compile("[A-Za-z0-9!#$%&'*+.^_`|~, -]{1,1000}");

  private final EngineOptions.Cors cors;

  CrossOrigin(EngineOptions.Cors cors) {
    this.cors = cors;
  }

  /** An answer that pages may read; it holds for one moment only. */
  HttpResponse open(HttpResponse response) {
    Map<String, String> headers = new LinkedHashMap<>(response.headers());
    headers.put("Access-Control-Allow-Origin", cors.origin());
    if (cors.credentials()) {
      headers.put("Access-Control-Allow-Credentials", "true");
    }
    if (!cors.origin().equals("*")) {
      headers.put("Vary", "Origin");
    }
    headers.put("Cache-Control", "no-store");
    return new HttpResponse(response.status(), headers, response.body());
  }

  /** What a page may send. */
  HttpResponse preflight(HttpRequest request) {
    HttpResponse response = new HttpResponse(204, Map.of("Access-Control-Allow-Methods", "GET,POST"), new byte[0]);
    return request.header("Access-Control-Request-Headers").filter(names -> HEADER_NAMES.matcher(names).matches())
        .map(names -> response.with("Access-Control-Allow-Headers", names)).orElse(response);
  }
}
