package dev.roost.server;

import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

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
  private static final String GROUP = "training";

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
    return client.newWebSocketBuilder().header("token", token("{\"uid\":\"" + userId + "\",\"role\":\"" + role + "\",\"channelIds\":[\"" + GROUP + "\"]}")).header("device_id", "device")
        .buildAsync(URI.create("ws://" + address + "/ptt"), messages).get(LIMIT_SECONDS, TimeUnit.SECONDS);
  }

  private static String token(String claims) throws GeneralSecurityException {
    String signed = encode("{\"alg\":\"HS256\",\"typ\":\"JWT\"}".getBytes(StandardCharsets.UTF_8)) + "." + encode(claims.getBytes(StandardCharsets.UTF_8));
    Mac mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec(SECRET.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
    return signed + "." + encode(mac.doFinal(signed.getBytes(StandardCharsets.US_ASCII)));
  }

  private static String encode(byte[] bytes) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  /** A message of the talker to the group. */
  private static ByteBuffer frame(int type, byte[] payload) {
    ByteArrayOutputStream frame = new ByteArrayOutputStream();
    frame.writeBytes(new byte[] {(byte) 0x95, 0, (byte) type});
    for (String text : new String[] {"talker", GROUP}) {
      frame.write(0xA0 | text.length());
      frame.writeBytes(text.getBytes(StandardCharsets.US_ASCII));
    }
    frame.writeBytes(payload);
    return ByteBuffer.wrap(frame.toByteArray());
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
