package dev.roost.server;

import dev.roost.transport.msgpack.MsgPackOut;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * The part of the training run that is about PTT: one talker to a group, heartbeats, and a watcher. A talker sends fifty frames a second, so without this Java would interpret their way through the server
 * for minutes before it knew that it is worth compiling.
 */
final class PttTraining {
  static final String SECRET = "the key of a training run, of no use elsewhere";
  private static final int LIMIT_SECONDS = 20;
  private static final int LISTENERS = 8;
  private static final int FRAMES = 10_000;
  private static final int HEARTBEAT_EACH = 50;
  private static final int AUDIO_BYTES = 80;

  private PttTraining() {}

  static void run(HttpClient client, String address) throws Exception {
    Messages watching = new Messages(1);
    connect(client, address, "watcher", "dashboard", watching);
    watching.await();
    List<Messages> listening = new ArrayList<>();
    for (int i = 0; i < LISTENERS; i++) {
      Messages messages = new Messages(FRAMES + 1);
      connect(client, address, "listener" + i, "mobile", messages);
      listening.add(messages);
    }
    Messages answers = new Messages(1);
    WebSocket talker = connect(client, address, "talker", "mobile", answers);
    talker.sendBinary(frame(1, new byte[] {7}), true).join();
    answers.await();
    byte[] audio = new byte[AUDIO_BYTES + 2];
    audio[0] = (byte) 0xC4;
    audio[1] = AUDIO_BYTES;
    for (int i = 1; i <= FRAMES; i++) {
      talker.sendBinary(frame(3, audio), true).join();
      if (i % HEARTBEAT_EACH == 0) {
        talker.sendBinary(frame(30, new byte[] {(byte) 0x80}), true).join();
      }
    }
    for (Messages messages : listening) {
      messages.await();
    }
  }

  private static WebSocket connect(HttpClient client, String address, String userId, String role, Messages messages) throws Exception {
    return client.newWebSocketBuilder().header("token", DemoToken.signed(SECRET, userId, role)).header("device_id", "device")
        .buildAsync(URI.create("ws://" + address + "/ptt"), messages).get(LIMIT_SECONDS, TimeUnit.SECONDS);
  }

  /** A message of the talker to the group. */
  private static ByteBuffer frame(int type, byte[] payload) {
    return ByteBuffer.wrap(new MsgPackOut(128).array(5).integer(0).integer(type).string("talker").string(DemoToken.GROUP).raw(payload, 0, payload.length).toBytes());
  }

  /** Waits for so many messages. */
  private static final class Messages implements WebSocket.Listener {
    private final CountDownLatch missing;

    Messages(int count) {
      missing = new CountDownLatch(count);
    }

    void await() throws InterruptedException {
      if (!missing.await(LIMIT_SECONDS, TimeUnit.SECONDS)) {
        throw new IllegalStateException(missing.getCount() + " messages of PTT did not come");
      }
    }

    @Override
    public CompletionStage<?> onBinary(WebSocket socket, ByteBuffer bytes, boolean last) {
      if (last) {
        missing.countDown();
      }
      socket.request(1);
      return null;
    }
  }
}
