package dev.roost.publicrooms;

import dev.roost.transport.HttpResponse;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The headers of section 1.4: for every answer of this protocol those that keep browsers from mischief, for the public ones those by which the pages of the front end may read them.
 *
 * @param frontendUrl the origin of these pages; {@code *} for all
 */
record AnswerHeaders(String frontendUrl) {
  private static final String EVERY_ORIGIN = "*";
  private static final Map<String, String> SECURITY = Map.of(
      "Strict-Transport-Security", "max-age=31536000; includeSubDomains; preload",
      "X-Frame-Options", "DENY",
      "X-Content-Type-Options", "nosniff",
      "Content-Security-Policy", "default-src 'self'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'; object-src 'none'",
      "Referrer-Policy", "strict-origin-when-cross-origin");
  private static final Map<String, String> PREFLIGHT = Map.of(
      "Access-Control-Allow-Methods", "GET,POST,PUT,DELETE,OPTIONS",
      "Access-Control-Allow-Headers", "Content-Type,Authorization",
      "Access-Control-Max-Age", "86400");

  /** Any answer of this protocol. */
  static HttpResponse secured(HttpResponse response) {
    return with(response, SECURITY);
  }

  /** An answer that is made for this moment: nobody keeps it. */
  static HttpResponse unkept(HttpResponse response) {
    return secured(response).with("Cache-Control", "no-store");
  }

  /** An answer that pages may read. */
  HttpResponse open(HttpResponse response) {
    Map<String, String> headers = new LinkedHashMap<>(Map.of(
        "Access-Control-Allow-Origin", frontendUrl,
        "Access-Control-Expose-Headers", "X-RateLimit-Limit,X-RateLimit-Remaining,X-RateLimit-Reset,Retry-After"));
    // A browser takes no asterisk together with credentials (Fetch standard, section 3.3.5), and there are none to be shown.
    if (!frontendUrl.equals(EVERY_ORIGIN)) {
      headers.put("Access-Control-Allow-Credentials", "true");
      headers.put("Vary", "Origin");
    }
    return unkept(with(response, headers));
  }

  /** The answer to a browser that asks whether a page may ask. */
  HttpResponse preflight() {
    return open(new HttpResponse(204, PREFLIGHT, new byte[0]));
  }

  /** The same answer with what is left of a budget. */
  static HttpResponse budget(HttpResponse response, Permit permit) {
    return response.with("X-RateLimit-Limit", Integer.toString(permit.limit())).with("X-RateLimit-Remaining", Integer.toString(permit.remaining()))
        .with("X-RateLimit-Reset", PublicRoomsCodec.time(permit.resetAt()));
  }

  private static HttpResponse with(HttpResponse response, Map<String, String> more) {
    Map<String, String> all = new LinkedHashMap<>(response.headers());
    all.putAll(more);
    return new HttpResponse(response.status(), all, response.body());
  }
}
