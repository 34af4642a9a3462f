package dev.roost.server;

import dev.roost.transport.HttpHandler;
import dev.roost.transport.HttpRequest;
import dev.roost.transport.HttpResponse;
import dev.roost.transport.Router;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The web pages, read once at the start and served from memory, each with an ETag of its content. Browsers may keep them but have to ask: after an update nobody sees
 * a mixture of old and new files.
 */
final class StaticFiles {
  private static final String CONTENT_SECURITY_POLICY =
      "default-src 'self'; img-src 'self' data:; connect-src 'self' ws: wss:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

  private StaticFiles() {}

  /** Adds a page, or a file that pages need, to the router. */
  static void add(Router router, String path, String file) {
    Content content = read(file);
    router.get(path, HttpHandler.now(content::answer));
  }

  /** Adds files under the paths of their names. */
  static void addAssets(Router router, List<String> names) {
    names.forEach(name -> add(router, "/assets/" + name, "assets/" + name));
  }

  private static Content read(String file) {
    try (InputStream in = StaticFiles.class.getResourceAsStream("/web/" + file)) {
      if (in == null) {
        throw new IllegalStateException("The page " + file + " is not in the jar");
      }
      byte[] bytes = in.readAllBytes();
      String hash = HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes), 0, 12);
      return new Content(bytes, type(file), "\"" + hash + "\"");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java has SHA-256", e);
    }
  }

  private static String type(String file) {
    return switch (file.substring(file.lastIndexOf('.') + 1)) {
      case "html" -> "text/html; charset=utf-8";
      case "css" -> "text/css; charset=utf-8";
      case "js" -> "text/javascript; charset=utf-8";
      case "svg" -> "image/svg+xml";
      case "json" -> "application/json";
      default -> "application/octet-stream";
    };
  }

  private record Content(byte[] bytes, String type, String etag) {

    HttpResponse answer(HttpRequest request) {
      Map<String, String> headers = new LinkedHashMap<>();
      headers.put("ETag", etag);
      headers.put("Cache-Control", "no-cache");
      headers.put("Content-Security-Policy", CONTENT_SECURITY_POLICY);
      headers.put("X-Content-Type-Options", "nosniff");
      headers.put("Referrer-Policy", "no-referrer");
      if (request.header("if-none-match").filter(this::matches).isPresent()) {
        return new HttpResponse(304, headers, new byte[0]);
      }
      headers.put("Content-Type", type);
      return new HttpResponse(200, headers, bytes);
    }

    /** RFC 9110, section 13.1.2: a list, and the comparison is weak. */
    private boolean matches(String condition) {
      return condition.equals("*") || List.of(condition.replace("W/", "").split("\\s*,\\s*")).contains(etag);
    }
  }
}
