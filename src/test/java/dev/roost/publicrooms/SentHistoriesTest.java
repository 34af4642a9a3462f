package dev.roost.publicrooms;

import static org.assertj.core.api.Assertions.assertThat;

import dev.roost.core.CloseReason;
import dev.roost.core.Frame;
import dev.roost.core.RandomIds;
import dev.roost.core.Settings;
import dev.roost.sim.Json;
import dev.roost.sim.SimConnection;
import dev.roost.sim.SimLoop;
import dev.roost.store.Stores;
import dev.roost.transport.AllowedOrigins;
import dev.roost.transport.Handshake;
import dev.roost.transport.HttpRequest;
import dev.roost.transport.Operators;
import dev.roost.transport.Receiver;
import dev.roost.transport.Router;
import dev.roost.transport.Upgrade;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What a room's history costs those who ask for it again and again: nothing but its way over the wire. Everything is real but time and the connections. */
class SentHistoriesTest {
  private static final String LONG = "\\u0027".repeat(1_000);

  private final SimLoop loop = new SimLoop();
  private PublicRoomsProtocol protocol;
  private final Router router = new Router();
  private String namespace;

  private void start(String window) {
    protocol = new PublicRoomsProtocol(loop, Settings.of(Map.of("SOCKETIO_RECOVERY_WINDOW", window, "PUBLIC_ROOMS_CHAT_LIMIT", "1000")), new RandomIds(new Random(1)), Stores.open(Stores.MEMORY),
        new Operators(""), AllowedOrigins.ALL, new PublicRoomsProtocol.SessionBounds(1_000, 0));
    protocol.routes(router);
    loop.run();
    namespace = "/public-room/" + rest("192.0.2.9", "GET", "/api/public/rooms", "").at("data", "rooms", 0, "id").text();
  }

  private Json rest(String address, String method, String path, String body) {
    var answer = router.handle(new HttpRequest(method, path, Map.of(), Map.of("content-type", List.of("application/json")), Json.quoted(body).getBytes(StandardCharsets.UTF_8),
        new HttpRequest.Client(address, false))).toCompletableFuture();
    loop.run();
    return Json.parse(new String(answer.join().body(), StandardCharsets.UTF_8));
  }

  private long figure(String name) {
    var figures = protocol.figures().toCompletableFuture();
    loop.run();
    return figures.join().get(name).longValue();
  }

  private long logBytes() {
    return figure("recoveryLogBytes");
  }

  /** A client at an address, with a user, in the namespace of the first room. */
  private final class Client {
    private final String address;
    private final String userId;
    private Receiver receiver;
    private SimConnection connection;

    Client(String address) {
      this.address = address;
      userId = rest(address, "POST", "/api/public/users", "{'displayName':'Ann'}").at("data", "userId").text();
    }

    Client connect(String auth) {
      HttpRequest request = new HttpRequest("GET", "/socket.io/", Map.of("EIO", List.of("4"), "transport", List.of("websocket")), Map.of(), new byte[0], new HttpRequest.Client(address, false));
      receiver = ((Handshake.Accept) protocol.handshake(new Upgrade(request, List.of()))).receiver();
      connection = new SimConnection(loop);
      loop.run(() -> receiver.opened(connection));
      return send("40" + namespace + "," + auth);
    }

    Client send(String packet) {
      loop.run(() -> receiver.text(Json.quoted(packet).getBytes(StandardCharsets.UTF_8)));
      return this;
    }

    Client join() {
      return send("42" + namespace + ",['join-room',{'userId':'" + userId + "'}]");
    }

    Client say(String content) {
      return send("42" + namespace + ",['send-message',{'userId':'" + userId + "','content':'" + content + "'}]");
    }

    void cut() {
      loop.run(() -> receiver.closed(CloseReason.LOST));
    }

    /** The frame of the history, which came first, and behind it {@code user-joined} and nothing else. */
    Frame history() {
      List<Frame> frames = connection.takeFrames();
      assertThat(frames).hasSize(2);
      assertThat(frames.getFirst().payloadText()).startsWith("42" + namespace + ",[\"chat-history\",{\"messages\":[");
      assertThat(frames.getLast().payloadText()).startsWith("42" + namespace + ",[\"user-joined\",{\"userId\":\"" + userId + "\"");
      return frames.getFirst();
    }

    Client forget() {
      connection.takeFrames();
      return this;
    }
  }

  @Test
  @DisplayName("5. Everybody gets the same bytes, until something is said")
  void shared() {
    start("0");
    Client ann = new Client("192.0.2.1").connect("").join().say("hello").forget();
    Frame first = ann.join().history();
    assertThat(first.payloadText()).contains("\"content\":\"hello\"").endsWith("}]}]");
    assertThat(ann.join().history()).isSameAs(first);
    Client bob = new Client("192.0.2.2").connect("").forget();
    assertThat(bob.join().history()).as("also the first one of a socket").isSameAs(first);
    bob.say("again");
    assertThat(ann.forget().join().history()).isNotSameAs(first).satisfies(frame -> assertThat(frame.payloadText()).contains("hello", "again"));
  }

  @Test
  @DisplayName("5. Repeated histories, and very long ones, take no room in the log for those who come back")
  void logOfRepeated() {
    start("60000");
    Client ann = new Client("192.0.2.1").connect("").join();
    for (int i = 0; i < 50; i++) {
      ann.say(LONG);
    }
    long before = logBytes();
    ann.forget();
    Frame first = ann.join().history();
    assertThat(first.length()).isGreaterThan(300_000);
    for (int i = 0; i < 99; i++) {
      assertThat(ann.join().history()).isSameAs(first);
    }
    new Client("192.0.2.2").connect("").join();
    assertThat(logBytes() - before).isLessThan(102 * 1_024);
  }

  @Test
  @DisplayName("A socket whose connection breaks before it has read its history gets it when it is back")
  void missed() {
    start("60000");
    new Client("192.0.2.1").connect("").join().say("hello");
    Client bob = new Client("192.0.2.2").connect("");
    String accepted = bob.connection.take().getLast();
    String pid = Json.parse(accepted.substring(accepted.indexOf('{'))).at("pid").text();
    bob.join().cut();
    assertThat(figure("interruptedSockets")).isEqualTo(1);
    List<String> back = bob.connect("{'pid':'" + pid + "'}").connection.take();
    assertThat(back).anySatisfy(text -> assertThat(text).startsWith("42" + namespace + ",[\"chat-history\"").contains("hello"));
    assertThat(back).anySatisfy(text -> assertThat(text).startsWith("42" + namespace + ",[\"user-joined\""));
  }

  @Test
  @DisplayName("A socket that has not joined is not kept for later")
  void unjoined() {
    start("60000");
    new Client("192.0.2.1").connect("").cut();
    assertThat(figure("interruptedSockets")).isZero();
    assertThat(figure("sockets")).isZero();
  }
}
