package dev.roost.server;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The part of the training run that is about public rooms: guests who take a seat by REST, come by WebSocket or by long polling with an upgrade, and chat. Rooms are quiet and their clients few, so without this Java would
 * interpret all that Socket.IO does for as long as anybody watches.
 */
final class PublicRoomsTraining {
  /** Each guest has an address of its own, and nobody is told to be quiet. */
  static final Map<String, String> SETTINGS = Map.of("TRUSTED_PROXIES", "127.0.0.1", "PUBLIC_ROOMS_CHAT_LIMIT", "1000000", "PUBLIC_ROOMS_EVENT_LIMIT", "1000000");
  private static final int LIMIT_SECONDS = 20;
  private static final int GUESTS = 8;
  private static final int POLLED = 200;
  private static final int MESSAGES = 5_000;
  private static final Pattern ROOM = Pattern.compile("\"rooms\":\\[\\{\"id\":\"([^\"]+)");
  private static final Pattern USER = Pattern.compile("\"userId\":\"([^\"]+)");
  private static final Pattern SESSION = Pattern.compile("\"sid\":\"([^\"]+)");

  private final HttpClient client;
  private final String address;
  /** One guest's. */
  private final String from;

  private PublicRoomsTraining(HttpClient client, String address, String from) {
    this.client = client;
    this.address = address;
    this.from = from;
  }

  static void run(HttpClient client, String address) throws Exception {
    List<Messages> heard = new ArrayList<>();
    WebSocket last = null;
    String chat = "";
    for (int i = 1; i <= GUESTS; i++) {
      PublicRoomsTraining guest = new PublicRoomsTraining(client, address, "203.0.113." + i);
      String room = found(ROOM, guest.ask("GET", "/api/public/rooms", ""));
      String userId = found(USER, guest.ask("POST", "/api/public/users", "{\"displayName\":\"Guest " + i + "\"}"));
      guest.ask("POST", "/api/public/rooms/" + room + "/join", "{\"userId\":\"" + userId + "\"}");
      String namespace = "/public-room/" + room + ",";
      String connect = "40" + namespace;
      String join = "42" + namespace + "[\"join-room\",{\"userId\":\"" + userId + "\",\"userName\":\"Guest " + i + "\"}]";
      chat = "42" + namespace + "[\"send-message\",{\"userId\":\"" + userId + "\",\"content\":\"hello, everybody\"}]";
      Messages messages = new Messages();
      if (i == 1) {
        last = guest.poll(messages, connect, join, chat);
      } else {
        last = guest.open("", messages);
        last.sendText(connect, true).join();
        last.sendText(join, true).join();
      }
      heard.add(messages);
    }
    for (int i = 1; i <= MESSAGES; i++) {
      last.sendText(chat, true).join();
    }
    for (Messages messages : heard) {
      messages.await();
    }
  }

  /** Comes by long polling, says something, and goes on by WebSocket. */
  private WebSocket poll(Messages messages, String connect, String join, String chat) throws Exception {
    String session = found(SESSION, ask("GET", "/socket.io/?EIO=4&transport=polling", ""));
    String polling = "/socket.io/?EIO=4&transport=polling&sid=" + session;
    ask("POST", polling, connect);
    ask("POST", polling, join);
    for (int i = 0; i < POLLED; i++) {
      ask("POST", polling, chat);
      ask("GET", polling, "");
    }
    WebSocket socket = open("&sid=" + session, messages);
    socket.sendText("2probe", true).join();
    messages.probed.await(LIMIT_SECONDS, TimeUnit.SECONDS);
    socket.sendText("5", true).join();
    return socket;
  }

  private WebSocket open(String query, Messages messages) throws Exception {
    return client.newWebSocketBuilder().header("X-Forwarded-For", from).buildAsync(URI.create("ws://" + address + "/socket.io/?EIO=4&transport=websocket" + query), messages)
        .get(LIMIT_SECONDS, TimeUnit.SECONDS);
  }

  private String ask(String method, String target, String body) throws IOException, InterruptedException {
    HttpRequest request = HttpRequest.newBuilder(URI.create("http://" + address + target)).method(method, HttpRequest.BodyPublishers.ofString(body))
        .header("X-Forwarded-For", from).header("Content-Type", "application/json").build();
    HttpResponse<String> response = client.send(request, HttpResponse.BodyHandlers.ofString());
    if (response.statusCode() >= 300) {
      throw new IllegalStateException(method + " " + target + " was answered with " + response.statusCode() + " " + response.body());
    }
    return response.body();
  }

  private static String found(Pattern pattern, String text) {
    Matcher matcher = pattern.matcher(text);
    if (!matcher.find()) {
      throw new IllegalStateException("There is no " + pattern + " in " + text);
    }
    return matcher.group(1);
  }

  /** Waits for the chat of the last guest. */
  private static final class Messages implements WebSocket.Listener {
    private final CountDownLatch probed = new CountDownLatch(1);
    private final CountDownLatch missing = new CountDownLatch(MESSAGES);
    private final StringBuilder begun = new StringBuilder();

    void await() throws InterruptedException {
      if (!missing.await(LIMIT_SECONDS, TimeUnit.SECONDS)) {
        throw new IllegalStateException(missing.getCount() + " messages of a public room did not come");
      }
    }

    @Override
    public CompletionStage<?> onText(WebSocket socket, CharSequence text, boolean last) {
      probed.countDown();
      begun.append(text);
      if (last && begun.indexOf("\"new-message\"") >= 0) {
        missing.countDown();
      }
      begun.setLength(last ? 0 : begun.length());
      socket.request(1);
      return null;
    }
  }
}
