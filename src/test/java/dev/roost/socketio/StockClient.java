package dev.roost.socketio;

import static org.assertj.core.api.Assertions.assertThat;

import dev.roost.sim.Json;
import dev.roost.socketio.SioWorld.Link;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * What the stock client (socket.io-client 4) does about recovery, and no more: it keeps the pid and, over all its sessions, the last argument of the last event without acknowledgement that
 * is a string, and shows both whenever it connects.
 */
final class StockClient {
  private final SioWorld world;
  private final Map<String, Space> spaces = new LinkedHashMap<>();
  private Link link;
  String address = SioWorld.ADDRESS;
  /** Hears of every answer to a CONNECT. */
  Consumer<Space> onConnected = space -> { };

  StockClient(SioWorld world) {
    this.world = world;
  }

  /** Events without arguments, as {@link Space#take} tells them. */
  static List<String> events(String... names) {
    return Arrays.stream(names).map(name -> "[\"" + name + "\"]").toList();
  }

  /** One namespace of the client. */
  static final class Space {
    final String name;
    String id;
    private String lastId;
    String pid;
    String offset;
    boolean connected;
    boolean recovered;
    /** Events without their offsets, as they came, over all sessions. */
    final List<String> events = new ArrayList<>();
    /** Events that are not complete yet. */
    private String incomplete;
    private int attachments;

    private Space(String name) {
      this.name = name;
    }

    /** Events since the last look. */
    List<String> take() {
      List<String> taken = List.copyOf(events);
      events.clear();
      return taken;
    }

    private String connectPacket() {
      String prefix = name.equals("/") ? "" : name + ",";
      String shown = offset == null ? "" : ",\"offset\":\"" + offset + "\"";
      return "0" + prefix + (pid == null ? "" : "{\"pid\":\"" + pid + "\"" + shown + "}");
    }
  }

  Space space(String name) {
    return spaces.computeIfAbsent(name, Space::new);
  }

  Link link() {
    return link;
  }

  /** Goes to these namespaces on a new link, and reads what it gets at once; the old link may still be there, as far as the server knows. */
  StockClient connect(String... namespaces) {
    return connectUnread(namespaces).read();
  }

  StockClient connectUnread(String... namespaces) {
    link = world.linkFrom(address);
    return enter(namespaces);
  }

  /** Goes to these on the link that there is. */
  StockClient enter(String... namespaces) {
    for (String namespace : namespaces) {
      link.say(space(namespace).connectPacket());
    }
    return this;
  }

  /** Reads all that has arrived. */
  StockClient read() {
    return read(Integer.MAX_VALUE);
  }

  /** Reads so many packets at most; the others are still under way. */
  StockClient read(int most) {
    for (int i = 0; i < most; i++) {
      Optional<String> packet = link.next();
      if (packet.isEmpty()) {
        return this;
      }
      arrived(packet.get());
    }
    return this;
  }

  /** The link breaks; what was under way is lost. */
  void cut() {
    link.cut();
    lost();
  }

  /** The same, but the server does not notice. */
  void vanish() {
    link.vanish();
    lost();
  }

  private void lost() {
    spaces.values().forEach(space -> {
      space.connected = false;
      space.incomplete = null;
    });
  }

  private void arrived(String packet) {
    if (packet.startsWith("[")) {
      attachment(packet);
    } else if (packet.startsWith("4")) {
      socketPacket(packet.substring(1));
    }
  }

  private void attachment(String bytes) {
    Space space = spaces.values().stream().filter(one -> one.incomplete != null).findFirst().orElseThrow();
    space.incomplete += bytes;
    if (--space.attachments == 0) {
      String whole = space.incomplete;
      space.incomplete = null;
      int list = whole.indexOf("][") + 1;
      event(space, whole.substring(0, list), whole.substring(list));
    }
  }

  private void socketPacket(String packet) {
    int at = 1;
    int attachments = 0;
    if (packet.charAt(0) == '5') {
      at = packet.indexOf('-') + 1;
      attachments = Integer.parseInt(packet.substring(1, at - 1));
    }
    String name = "/";
    if (at < packet.length() && packet.charAt(at) == '/') {
      int comma = packet.indexOf(',', at);
      name = packet.substring(at, comma);
      at = comma + 1;
    }
    Space space = space(name);
    String payload = packet.substring(at);
    switch (packet.charAt(0)) {
      case '0' -> {
        connected(space, Json.parse(payload));
        onConnected.accept(space);
      }
      case '1' -> space.connected = false;
      case '2' -> event(space, payload, "");
      case '5' -> {
        space.incomplete = payload;
        space.attachments = attachments;
      }
      default -> throw new AssertionError(packet);
    }
  }

  private static void connected(Space space, Json answer) {
    assertThat(space.connected).as("connected twice").isFalse();
    String pid = answer.has("pid") ? answer.at("pid").text() : null;
    space.recovered = pid != null && pid.equals(space.pid);
    if (space.recovered) {
      assertThat(answer.at("sid").text()).as("the same socket").isEqualTo(space.lastId);
    }
    space.id = answer.at("sid").text();
    space.lastId = space.id;
    space.pid = pid;
    space.connected = true;
  }

  private static void event(Space space, String payload, String attachments) {
    assertThat(space.connected).isTrue();
    if (!payload.startsWith("[")) {
      return;
    }
    Json last = Json.parse(payload).items().getLast();
    String shown = payload;
    if (space.pid != null && last.value() instanceof String offset) {
      space.offset = offset;
      shown = payload.substring(0, payload.lastIndexOf(",\"" + space.offset)) + "]";
    }
    space.events.add(shown + attachments);
  }
}
