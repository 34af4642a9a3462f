package dev.roost.server;

import dev.roost.core.RandomIds;
import dev.roost.core.Settings;
import dev.roost.ptt.PttProtocol;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * {@code --demo}: the keys that are not set are generated for this run and printed.
 *
 * @param settings what the server starts with
 * @param generated the secrets, by environment name
 */
record Demo(Settings settings, Map<String, String> generated) {
  /** As many as HS256 asks of a key that tokens are signed with. */
  private static final int SECRET_LENGTH = 32;
  /** Secrets without which something is switched off, and the protocols that they belong to; an organisation is one, too, for who has no token. A host key is none: without one everybody may be host. */
  private static final Map<String, String> KEYS = Map.of("PARROT_DASHBOARD_TOKEN", "parrot", "GALLERY_API_KEY", "gallery", "MINI_SERVER_ORGANIZATION_ID", "mesh",
      "PTT_SECRET_KEY", "ptt");

  /** The settings as given, with secrets where the demo is asked for. */
  static Demo of(Settings given) {
    if (!given.get(ServerSettings.DEMO)) {
      return new Demo(given, Map.of());
    }
    RandomIds ids = new RandomIds(new SecureRandom());
    List<String> only = given.get(ServerSettings.ONLY);
    Map<String, String> generated = Options.all().stream().filter(setting -> !given.isSet(setting)).map(setting -> setting.names().getFirst())
        .filter(name -> KEYS.containsKey(name) && (only.isEmpty() || only.contains(KEYS.get(name))) && !(KEYS.get(name).equals("ptt") && PttProtocol.isConfigured(given)))
        .collect(Collectors.toMap(name -> name, name -> ids.next(SECRET_LENGTH), (a, b) -> a, LinkedHashMap::new));
    return new Demo(given.with(generated), generated);
  }

  /** Tells people what to open. */
  void print(Roost roost) {
    if (generated.isEmpty()) {
      return;
    }
    String server = roost.scheme() + "://localhost:" + roost.port();
    System.out.println("\nDemo with keys that are valid for this run only:");
    generated.forEach((name, value) -> System.out.println("  " + name + "=" + value));
    Map<String, String> what = new LinkedHashMap<>();
    what.put("parrot", "Open " + server + "/sender on a phone or here, and watch at " + server + "/listener and "
        + server + "/dashboard?token=" + generated.getOrDefault("PARROT_DASHBOARD_TOKEN", "..."));
    what.put("gallery", "Gallery's rooms are at " + server.replaceFirst("http", "ws") + "/gallery?userId=you; DELETE " + server + "/rooms/ID takes the API key");
    what.put("mesh", "Mesh's devices meet at " + server.replaceFirst("http", "ws") + "/mesh; this, in the console of the browser at " + server + ", is one:\n" + device(server));
    what.put("publicrooms", "Public rooms are listed at " + server + "/api/public/rooms, their Socket.IO is at " + server + "/socket.io/ (a guest to try: docs/public-rooms.md)");
    what.put("ptt", "PTT's users connect at " + server.replaceFirst("http", "ws") + "/ptt with a token, as header or first subprotocol:\n"
        + "  anna, a phone:     " + DemoToken.of(generated, "anna", "mobile") + "\n  desk, a dashboard: " + DemoToken.of(generated, "desk", "dashboard")
        + "\n  Who is online: curl -d '{\"userIds\":[\"anna\"]}' " + server + "/api/presence/status (a radio to try: docs/ptt.md)");
    what.forEach((protocol, text) -> {
      if (roost.protocol(protocol) != null) {
        System.out.println(text);
      }
    });
    System.out.println();
  }

  /** A device of the mesh that stands for office, as a browser's console takes it: with a heartbeat, without which it would be gone in half a minute. */
  private String device(String server) {
    String organization = text("MINI_SERVER_ORGANIZATION_ID").split(",")[0].strip();
    String url = server.replaceFirst("http", "ws") + "/mesh?clientId=you&capabilities=admin.manage&organizationId=" + URLEncoder.encode(organization, StandardCharsets.UTF_8)
        + (text("MESH_TOKEN").isEmpty() ? "" : "&token=...");
    return "  const mesh = new WebSocket('" + url + "'); mesh.onmessage = (event) => console.log(event.data);\n"
        + "  setInterval(() => mesh.send('{\"type\":\"heartbeat\"}'), 10000)";
  }

  private String text(String name) {
    return Options.all().stream().filter(setting -> setting.name().equals(name)).map(settings::text).findFirst().orElseThrow();
  }
}
