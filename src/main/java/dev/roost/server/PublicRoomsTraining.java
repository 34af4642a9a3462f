package dev.roost.server;

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

/** The part of the training run that is about public rooms: a user in some tabs, events for all of them over Socket.IO, and a client that polls. */
final class PublicRoomsTraining {
  /** All tabs come from one address, and one of them says everything. */
  static final Map<String, String> SETTINGS = Map.of("PUBLIC_ROOMS_COUNT", "1", "PUBLIC_ROOMS_MAX_CONNECTIONS_PER_IP", "100", "PUBLIC_ROOMS_HARD_MAX_CONNECTIONS_PER_IP", "100",
      "PUBLIC_ROOMS_BACKOFF_THRESHOLD", "1000", "PUBLIC_ROOMS_EVENT_LIMIT", "1000000");
  private static final int LIMIT_SECONDS = 20;
  private static final int TABS = 8;
  private static final int EVENTS = 10_000;
  private static final Pattern ROOM_ID = Pattern.compile("\"id\":\"([^\"]+)\"");
  private static final Pattern USER_ID = Pattern.compile("\"userId\":\"([^\"]+)\"");

  private final HttpClient client;
  private final String address;

  private PublicRoomsTraining(HttpClient client, String address) {
    this.client = client;
    this.address = address;
  }

  static void run(HttpClient client, String address) throws Exception {
    new PublicRoomsTraining(client, address).run();
  }

  private void run() throws Exception {
    String room = ask(HttpRequest.newBuilder(url("/api/public/rooms")), ROOM_ID);
    String user = ask(HttpRequest.newBuilder(url("/api/public/users")).header("Content-Type", "application/json")
        .POST(HttpRequest.BodyPublishers.ofString("{\"displayName\":\"training\"}")), USER_ID);
    ask(HttpRequest.newBuilder(url("/socket.io/?EIO=4&transport=polling")), Pattern.compile("\"sid\":\"([^\"]+)\""));
    String namespace = "/public-room/" + room + ",";
    List<Events> tabs = new ArrayList<>();
    WebSocket last = null;
    for (int i = 0; i < TABS; i++) {
      Events events = new Events();
      last = client.newWebSocketBuilder().buildAsync(URI.create("ws://" + address + "/socket.io/?EIO=4&transport=websocket"), events).get(LIMIT_SECONDS, TimeUnit.SECONDS);
      last.sendText("40" + namespace, true).join();
      last.sendText("42" + namespace + "[\"join-room\",{\"userId\":\"" + user + "\"}]", true).join();
      events.joined();
      tabs.add(events);
    }
    for (int i = 0; i < EVENTS; i++) {
      last.sendText("42" + namespace + "[\"toggle-" + (i % 2 == 0 ? "audio" : "video") + "\",{\"userId\":\"" + user + "\",\"enabled\":" + (i % 4 < 2) + "}]", true).join();
    }
    for (Events events : tabs) {
      events.ended();
    }
  }

  private URI url(String path) {
    return URI.create("http://" + address + path);
  }

  private String ask(HttpRequest.Builder request, Pattern wanted) throws Exception {
    String answer = client.send(request.build(), HttpResponse.BodyHandlers.ofString()).body();
    Matcher matcher = wanted.matcher(answer);
    if (!matcher.find()) {
      throw new IllegalStateException("no " + wanted + " in " + answer);
    }
    return matcher.group(1);
  }

  /** Waits for the answer to the join, and for all events. */
  private static final class Events implements WebSocket.Listener {
    private final CountDownLatch unjoined = new CountDownLatch(1);
    private final CountDownLatch missing = new CountDownLatch(EVENTS);
    /** A message comes in parts where a read ended in it. */
    private final StringBuilder said = new StringBuilder();

    void joined() throws InterruptedException {
      await(unjoined);
    }

    void ended() throws InterruptedException {
      await(missing);
    }

    private static void await(CountDownLatch latch) throws InterruptedException {
      if (!latch.await(LIMIT_SECONDS, TimeUnit.SECONDS)) {
        throw new IllegalStateException(latch.getCount() + " messages of public rooms did not come");
      }
    }

    @Override
    public CompletionStage<?> onText(WebSocket socket, CharSequence text, boolean last) {
      said.append(text);
      if (last) {
        if (said.indexOf("[\"user-joined\"") >= 0) {
          unjoined.countDown();
        } else if (said.indexOf("-toggle\"") >= 0) {
          missing.countDown();
        }
        said.setLength(0);
      }
      socket.request(1);
      return null;
    }
  }
}
