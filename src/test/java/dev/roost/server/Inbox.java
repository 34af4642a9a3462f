package dev.roost.server;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/** A client that keeps whole messages until somebody asks. */
final class Inbox implements WebSocket.Listener {
  private static final long LIMIT_SECONDS = 10;

  private final LinkedBlockingQueue<String> messages = new LinkedBlockingQueue<>();
  private final StringBuilder partial = new StringBuilder();
  private WebSocket socket;

  static Inbox connect(HttpClient client, int port, String path) throws Exception {
    Inbox inbox = new Inbox();
    inbox.socket = client.newWebSocketBuilder().buildAsync(URI.create("ws://127.0.0.1:" + port + path), inbox).get(LIMIT_SECONDS, TimeUnit.SECONDS);
    return inbox;
  }

  void close() {
    socket.abort();
  }

  Inbox send(String text) {
    socket.sendText(text, true).join();
    return this;
  }

  String await(Predicate<String> wanted) throws InterruptedException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(LIMIT_SECONDS);
    for (String text = next(end); text != null; text = next(end)) {
      if (wanted.test(text)) {
        return text;
      }
    }
    throw new AssertionError("Nothing like it came within " + LIMIT_SECONDS + " s");
  }

  private String next(long end) throws InterruptedException {
    return messages.poll(end - System.nanoTime(), TimeUnit.NANOSECONDS);
  }

  @Override
  public CompletionStage<?> onText(WebSocket webSocket, CharSequence text, boolean last) {
    partial.append(text);
    if (last) {
      messages.add(partial.toString());
      partial.setLength(0);
    }
    webSocket.request(1);
    return null;
  }

  @Override
  public CompletionStage<?> onClose(WebSocket webSocket, int code, String reason) {
    messages.add("closed " + code);
    return null;
  }
}
