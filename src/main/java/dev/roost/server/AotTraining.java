package dev.roost.server;

import dev.roost.core.Settings;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;

/**
 * A short life of the server under load, for the start script to make the AOT cache from: Java then starts with the classes loaded and linked that a real start
 * needs, and knows which methods are worth compiling.
 */
final class AotTraining {
  private static final int LIMIT_SECONDS = 20;
  private static final int LISTENERS = 8;
  private static final int POINTS = 4_000;

  private AotTraining() {}

  static void run() {
    Options options = Options.parse(List.of());
    Logging.configure(ServerSettings.LogLevel.INFO, ServerSettings.LogFormat.TEXT);
    Settings settings = options.settings(Map.of()).with(Map.of("HOST", "127.0.0.1", "STORE", "memory", "PORT", "0", "PARROT_MAX_MESSAGES_PER_SEC", "1000000"));
    HttpClient client = HttpClient.newHttpClient();
    try (Roost roost = Roost.start(settings)) {
      String address = "127.0.0.1:" + roost.port();
      for (String path : new String[] {"/", "/health", "/stats", "/metrics", "/ready"}) {
        client.send(HttpRequest.newBuilder(URI.create("http://" + address + path)).build(), HttpResponse.BodyHandlers.discarding());
      }
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
      sender.seen.get(LIMIT_SECONDS, TimeUnit.SECONDS);
      for (int id = 1; id <= POINTS; id++) {
        user.sendText("{\"type\":\"data\",\"data\":{\"id\":" + id + ",\"gps\":{\"latitude\":47.6062,\"longitude\":-122.3321,\"accuracy\":10},"
            + "\"orientation\":{\"alpha\":1.5,\"beta\":2,\"gamma\":null},\"motion\":{\"accelerationX\":0.1},\"objectsDetected\":[]}}", true).join();
      }
      for (Inbox listener : listeners) {
        listener.seen.get(LIMIT_SECONDS, TimeUnit.SECONDS);
      }
    } catch (Exception e) {
      throw new IllegalStateException("The training run failed", e);
    } finally {
      // Not close(), which would wait for the WebSockets of this client to end by themselves.
      client.shutdownNow();
    }
  }

  private static WebSocket connect(HttpClient client, String address, String path, WebSocket.Listener listener) throws Exception {
    return client.newWebSocketBuilder().buildAsync(URI.create("ws://" + address + path), listener).get(LIMIT_SECONDS, TimeUnit.SECONDS);
  }

  /** Waits for a message that contains a word. */
  private static final class Inbox implements WebSocket.Listener {
    private final String word;
    private final CompletableFuture<Void> seen = new CompletableFuture<>();

    Inbox(String word) {
      this.word = word;
    }

    @Override
    public CompletionStage<?> onText(WebSocket socket, CharSequence text, boolean last) {
      if (text.toString().contains(word)) {
        seen.complete(null);
      }
      socket.request(1);
      return null;
    }
  }
}
