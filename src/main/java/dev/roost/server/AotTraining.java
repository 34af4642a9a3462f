package dev.roost.server;

import dev.roost.core.Settings;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A short life of the server under load, for the start script to make the AOT cache from: Java then starts with the classes loaded and linked that a real start
 * needs, and knows which methods are worth compiling.
 */
final class AotTraining {
  private static final int LIMIT_SECONDS = 20;
  private static final int LISTENERS = 8;
  private static final int POINTS = 10_000;
  private static final int MEMBERS = 8;

  private AotTraining() {}

  static void run() {
    Options options = Options.parse(List.of());
    Logging.configure(ServerSettings.LogLevel.INFO, ServerSettings.LogFormat.TEXT);
    HttpClient client = HttpClient.newHttpClient();
    try {
      Path folder = Files.createTempDirectory("roost");
      Settings settings = options.settings(Map.of()).with(Map.of("HOST", "127.0.0.1", "PORT", "0", "STORE", folder.resolve("training.db").toString(),
          "MAX_MESSAGES_PER_SEC", "1000000", "MINI_SERVER_ORGANIZATION_ID", "training", "ELECTION_DELAY", "10", "SECRET_KEY", PttTraining.SECRET, "PTT_MAX_MESSAGES_PER_SECOND", "1000000"))
          .with(PublicRoomsTraining.SETTINGS);
      try (Roost roost = Roost.start(settings)) {
        String address = "127.0.0.1:" + roost.port();
        for (String path : new String[] {"/", "/health", "/stats", "/metrics", "/ready"}) {
          client.send(HttpRequest.newBuilder(URI.create("http://" + address + path)).build(), HttpResponse.BodyHandlers.discarding());
        }
        parrot(client, address);
        gallery(client, address);
        mesh(client, address);
        PttTraining.run(client, address);
        PublicRoomsTraining.run(client, address);
      } finally {
        delete(folder);
      }
    } catch (Exception e) {
      throw new IllegalStateException("The training run failed", e);
    } finally {
      // Not close(), which would wait for the WebSockets of this client to end by themselves.
      client.shutdownNow();
    }
  }

  private static void parrot(HttpClient client, String address) throws Exception {
    connect(client, address, "/dashboard", new Inbox("stats"));
    connect(client, address, "/orientation", new Inbox("orientation_data"));
    connect(client, address, "/bulk", new Inbox("bulk_data_batch"));
    List<Inbox> listeners = new ArrayList<>();
    for (int i = 0; i < LISTENERS; i++) {
      Inbox listener = new Inbox("\"id\":" + POINTS);
      connect(client, address, "/listener", listener);
      listeners.add(listener);
    }
    Inbox sender = new Inbox("welcome");
    WebSocket user = connect(client, address, "/pocket-parrot", sender);
    user.sendText("{\"type\":\"handshake\",\"username\":\"training\"}", true).join();
    sender.await();
    for (int id = 1; id <= POINTS; id++) {
      user.sendText("{\"type\":\"data\",\"data\":{\"id\":" + id + ",\"gps\":{\"latitude\":47.6062,\"longitude\":-122.3321,\"accuracy\":10},"
          + "\"orientation\":{\"alpha\":1.5,\"beta\":2,\"gamma\":null},\"motion\":{\"accelerationX\":0.1},\"objectsDetected\":[]}}", true).join();
    }
    for (Inbox listener : listeners) {
      listener.await();
    }
  }

  private static void gallery(HttpClient client, String address) throws Exception {
    List<Inbox> members = new ArrayList<>();
    WebSocket last = null;
    for (int i = 0; i < MEMBERS; i++) {
      Inbox joined = new Inbox("room_joined");
      Inbox member = new Inbox("the end");
      last = connect(client, address, "/gallery?userId=u" + i, joined.and(member));
      last.sendText("{\"action\":\"create_room\",\"roomId\":\"training\",\"config\":{\"persistent\":true}}", true).join();
      last.sendText("{\"action\":\"join_room\",\"requestId\":\"r\",\"roomId\":\"training\",\"userInfo\":{\"name\":\"Al\",\"role\":\"editor\"}}", true).join();
      joined.await();
      members.add(member);
    }
    for (int i = 1; i <= POINTS; i++) {
      last.sendText("{\"action\":\"broadcast\",\"message\":{\"type\":\"pose_update\",\"senderId\":\"x\",\"timestamp\":1,\"data\":{\"position\":[0.1,1.7,-2.5]}}}", true).join();
      if (i % 100 == 0) {
        last.sendText("{\"action\":\"broadcast\",\"message\":{\"type\":\"state_update\",\"data\":{\"version\":" + i + ",\"data\":{\"sceneUrl\":\"s\"}}}}", true).join();
      }
    }
    last.sendText("{\"action\":\"broadcast\",\"message\":\"the end\"}", true).join();
    for (Inbox member : members.subList(0, MEMBERS - 1)) {
      member.await();
    }
  }

  private static void mesh(HttpClient client, String address) throws Exception {
    Inbox elected = new Inbox("admin-heartbeat");
    Inbox end = new Inbox("the end");
    connect(client, address, "/mesh?organizationId=training&clientId=a&capabilities=admin.manage,location.view", elected.and(end));
    elected.await();
    WebSocket sender = connect(client, address, "/?organizationId=training&clientId=b&clientName=B&capabilities=location.share", new Inbox("welcome"));
    for (int i = 1; i <= POINTS; i++) {
      sender.sendText("{\"type\":\"peer-message\",\"data\":{\"targetId\":\"a\",\"message\":{\"type\":\"offer\",\"data\":{\"sdp\":\"v=0\"},\"fromPeerId\":\"b\"}}}", true).join();
      if (i % 100 == 0) {
        sender.sendText("{\"type\":\"location-update\",\"data\":{\"latitude\":40.7128,\"longitude\":-74.006,\"accuracy\":10}}", true).join();
        sender.sendText("{\"type\":\"heartbeat\"}", true).join();
      }
    }
    sender.sendText("{\"type\":\"peer-message\",\"data\":{\"targetId\":\"broadcast\",\"message\":\"the end\"}}", true).join();
    end.await();
  }

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  private static WebSocket connect(HttpClient client, String address, String path, WebSocket.Listener listener) throws Exception {
    return client.newWebSocketBuilder().buildAsync(URI.create("ws://" + address + path), listener).get(LIMIT_SECONDS, TimeUnit.SECONDS);
  }

  /** Waits for a message that contains a word. */
  private static final class Inbox implements WebSocket.Listener {
    private final String word;
    private final CompletableFuture<Void> seen = new CompletableFuture<>();
    private Inbox next = this;

    Inbox(String word) {
      this.word = word;
    }

    /** Both words are waited for on one connection. */
    Inbox and(Inbox other) {
      next = other;
      return this;
    }

    void await() throws Exception {
      seen.get(LIMIT_SECONDS, TimeUnit.SECONDS);
    }

    @Override
    public CompletionStage<?> onText(WebSocket socket, CharSequence text, boolean last) {
      for (Inbox inbox : List.of(this, next)) {
        if (text.toString().contains(inbox.word)) {
          inbox.seen.complete(null);
        }
      }
      socket.request(1);
      return null;
    }
  }
}
