package dev.roost.bench;

import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a client of public rooms has to know before it comes: which room there is and which user it is. The server says both by REST, the second one for each address. */
final class Guest {
  /** As it stands in a packet: with its comma, or nothing for the namespace {@code /}. */
  static final String NAMESPACE = "{namespace}";
  static final String USER = "{guest}";
  private static final int TIMEOUT_MILLIS = 5_000;
  private static final int MOST_BYTES = 1 << 20;
  private static final Pattern ROOM = Pattern.compile("\"id\"\\s*:\\s*\"([A-Za-z0-9_-]+)\"");
  private static final Pattern USER_ID = Pattern.compile("\"userId\"\\s*:\\s*\"([A-Za-z0-9-]+)\"");

  private Guest() {}

  /** The plan with all that the server has to be asked for; the same one if that is nothing. Throws BenchException if the server does not say. */
  static Plan introduce(Plan plan) {
    Plan known = needs(plan, NAMESPACE) ? inNamespace(plan, "/public-room/" + ask(plan, "GET", "/api/public/rooms", ROOM)) : plan;
    return needs(known, USER) ? known.with(USER, ask(known, "POST", "/api/public/users", USER_ID)) : known;
  }

  /** The plan for clients of this namespace. */
  static Plan inNamespace(Plan plan, String namespace) {
    return plan.with(NAMESPACE, namespace.equals("/") ? "" : namespace + ",");
  }

  private static boolean needs(Plan plan, String placeholder) {
    return plan.texts().anyMatch(text -> text.contains(placeholder));
  }

  private static String ask(Plan plan, String method, String path, Pattern wanted) {
    Target target = plan.receivers().target();
    String url = (target.tls() ? "https://" : "http://") + target.host() + ":" + target.port() + path;
    try {
      HttpURLConnection connection = (HttpURLConnection) URI.create(url).toURL().openConnection();
      connection.setConnectTimeout(TIMEOUT_MILLIS);
      connection.setReadTimeout(TIMEOUT_MILLIS);
      connection.setRequestMethod(method);
      if (method.equals("POST")) {
        connection.setDoOutput(true);
        connection.setRequestProperty("Content-Type", "application/json");
        connection.getOutputStream().write("{\"displayName\":\"bench\"}".getBytes(StandardCharsets.UTF_8));
      }
      try (InputStream answer = connection.getInputStream()) {
        Matcher matcher = wanted.matcher(new String(answer.readNBytes(MOST_BYTES), StandardCharsets.UTF_8));
        if (matcher.find()) {
          return matcher.group(1);
        }
      }
      throw new BenchException(method + " " + url + " names nothing like " + wanted);
    } catch (IOException e) {
      throw new BenchException("the room and the user are asked for by REST, but " + method + " " + url + " failed: " + e.getMessage());
    }
  }
}
