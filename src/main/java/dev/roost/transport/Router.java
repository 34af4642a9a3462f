package dev.roost.transport;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.CompletionStage;

/**
 * Finds the handler of a plain HTTP request by path and method. A path that ends in {@code /*} stands for all paths below it that have no route of their own, nearer ones first. A GET route answers HEAD too; a known path with another method gets 405 and
 * the list of methods; an unknown path goes to the fallback, or gets 404.
 */
public final class Router implements HttpHandler {
  public static final HttpHandler NOT_FOUND = HttpHandler.now(request -> HttpResponse.text(404, "Not Found"));

  /** In place of a method; no method is written so. */
  private static final String ANY = "";

  private final Map<String, Map<String, HttpHandler>> routes = new LinkedHashMap<>();
  private HttpHandler fallback = NOT_FOUND;

  public Router get(String path, HttpHandler handler) {
    return on("GET", path, handler);
  }

  public Router on(String method, String path, HttpHandler handler) {
    routes.computeIfAbsent(path, p -> new LinkedHashMap<>()).put(method, handler);
    return this;
  }

  /** Whatever the method is, unless it has a route of its own. */
  public Router onAny(String path, HttpHandler handler) {
    return on(ANY, path, handler);
  }

  /** Who answers what has no route. */
  public Router otherwise(Optional<HttpHandler> handler) {
    handler.ifPresent(given -> fallback = given);
    return this;
  }

  @Override
  public CompletionStage<HttpResponse> handle(HttpRequest request) {
    Map<String, HttpHandler> methods = routes.get(request.path());
    if (methods == null) {
      return below(request).orElse(fallback).handle(request);
    }
    HttpHandler handler = of(methods, request.method().equals("HEAD") ? "GET" : request.method());
    return handler != null ? handler.handle(request) : HttpHandler.now(r -> notAllowed(methods)).handle(request);
  }

  /** Of a path below another only some may exist, so another method there is as unknown as another path. */
  private Optional<HttpHandler> below(HttpRequest request) {
    String path = request.path();
    for (int end = path.lastIndexOf('/', path.length() - 2); end > 0; end = path.lastIndexOf('/', end - 1)) {
      HttpHandler handler = of(routes.getOrDefault(path.substring(0, end) + "/*", Map.of()), request.method());
      if (handler != null) {
        return Optional.of(handler);
      }
    }
    return Optional.empty();
  }

  /** Null if there is none. */
  private static HttpHandler of(Map<String, HttpHandler> methods, String method) {
    return methods.getOrDefault(method, methods.get(ANY));
  }

  private static HttpResponse notAllowed(Map<String, HttpHandler> methods) {
    TreeSet<String> allowed = new TreeSet<>(methods.keySet());
    if (allowed.contains("GET")) {
      allowed.add("HEAD");
    }
    return HttpResponse.text(405, "Method Not Allowed").with("Allow", String.join(", ", allowed));
  }
}
