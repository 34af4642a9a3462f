package dev.roost.mesh;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.roost.core.CloseReason;
import dev.roost.core.SettingException;
import dev.roost.core.Settings;
import dev.roost.transport.Handshake;
import dev.roost.transport.Refusal;
import dev.roost.transport.Upgrade;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The upgrade, several organisations, the beginning and the end: sections 1, 3.3 and 4. */
class MeshProtocolTest {
  private final MeshEdge edge = new MeshEdge();

  private static void assertUnauthorized(Handshake answer) {
    assertThat(answer).isInstanceOf(Handshake.Refuse.class);
    Handshake.Refuse refuse = (Handshake.Refuse) answer;
    assertThat(refuse.reason()).isEqualTo(Refusal.UNAUTHORIZED);
    assertThat(refuse.response().status()).isEqualTo(401);
    assertThat(refuse.response().body()).isNotEmpty();
  }

  private static void assertClosed(Handshake answer, String reason) {
    assertThat(answer).isEqualTo(new Handshake.CloseAtOnce(new CloseReason(1008, reason), Optional.empty()));
  }

  // ---- The upgrade

  @ParameterizedTest
  @ValueSource(strings = {"org_2", "Org_1", "ORG_1", " org_1", "org_1 ", ""})
  @DisplayName("3. Another organisation, another case: 401, and nobody hears of it")
  void wrongOrganization(String organization) {
    MeshEdge.Socket a = edge.connect("A").forget();

    assertUnauthorized(edge.handshake("organizationId", organization, "clientId", "B"));
    assertUnauthorized(edge.handshake("organizationId", organization));
    assertThat(a.take()).isEmpty();
    assertThat(edge.figures()).containsEntry("clients", 1L);
  }

  @Test
  @DisplayName("3. No organisation, or the right one second: 401")
  void noOrganization() {
    assertUnauthorized(edge.handshake("clientId", "B"));
    assertUnauthorized(edge.handshake());
    assertUnauthorized(edge.handshake("organizationId", "x", "organizationId", "org_1", "clientId", "B"));
    assertThat(edge.handshake("organizationId", "org_1", "organizationId", "x", "clientId", "B")).isInstanceOf(Handshake.Accept.class);
  }

  @Test
  @DisplayName("4. No id, an empty one, a reserved one, one that cannot be: open, then close 1008; lists unchanged")
  void clientIds() {
    MeshEdge.Socket a = edge.connect("A").forget();

    assertClosed(edge.handshake("organizationId", "org_1"), "Missing client ID");
    assertClosed(edge.handshake("organizationId", "org_1", "clientId", ""), "Missing client ID");
    assertClosed(edge.handshake("organizationId", "org_1", "clientId", "broadcast"), "Reserved client ID");
    assertClosed(edge.handshake("organizationId", "org_1", "clientId", MeshWorld.SERVER), "Reserved client ID");
    for (String invalid : List.of("x".repeat(129), "a\nb", "\u0000", "\u007f", "\u0085", "\ud800")) {
      assertClosed(edge.handshake("organizationId", "org_1", "clientId", invalid), "Invalid client ID");
    }
    assertThat(a.take()).isEmpty();
    assertThat(edge.figures()).containsEntry("clients", 1L).containsEntry("joins", 1L);
  }

  @ParameterizedTest
  @ValueSource(strings = {"a", "128", "ü😀 <b>", " ", "Broadcast", "__proto__", "A,B", "A&B=C"})
  @DisplayName("1. Any other id of 1 to 128 characters is one")
  void validIds(String clientId) {
    String id = clientId.equals("128") ? "x".repeat(128) : clientId;

    assertThat(edge.connect(id).list()).containsExactly(id);
  }

  @Test
  @DisplayName("1. Any path, and the first subprotocol offered, also where it is closed at once")
  void subprotocols() {
    Upgrade offered = new Upgrade(MeshEdge.request("GET", "/any/path", "organizationId", "org_1", "clientId", "A"), List.of("foo", "bar"));
    Upgrade reserved = new Upgrade(MeshEdge.request("GET", "/", "organizationId", "org_1", "clientId", "broadcast"), List.of("foo", "bar"));

    assertThat(((Handshake.Accept) edge.protocol.handshake(offered)).subprotocol()).contains("foo");
    assertThat(((Handshake.CloseAtOnce) edge.protocol.handshake(reserved)).subprotocol()).contains("foo");
    assertThat(edge.connect("A").accept.subprotocol()).isEmpty();
  }

  @Test
  @DisplayName("1. MESH_TOKEN: 401 without it, as ?token= or Authorization: Bearer")
  void token() {
    MeshEdge closed = new MeshEdge("MESH_TOKEN", "secret");
    Upgrade bearer = new Upgrade(MeshEdge.request("GET", "/", Map.of("authorization", List.of("Bearer secret")), false, "organizationId", "org_1", "clientId",
        "A"), List.of());
    Upgrade both = new Upgrade(MeshEdge.request("GET", "/", Map.of("authorization", List.of("Bearer secret")), false, "organizationId", "org_1", "clientId", "A",
        "token", "x"), List.of());

    for (String wrong : List.of("", "Secret", "secret ", "secre", "secret2")) {
      assertUnauthorized(closed.handshake("organizationId", "org_1", "clientId", "A", "token", wrong));
    }
    assertUnauthorized(closed.handshake("organizationId", "org_1", "clientId", "A"));
    assertUnauthorized(closed.handshake("organizationId", "org_1"));
    assertUnauthorized(closed.handshake("organizationId", "org_2", "clientId", "A", "token", "secret"));
    assertUnauthorized(closed.handshake("organizationId", "org_1", "clientId", "A", "token", "x", "token", "secret"));
    assertUnauthorized(closed.protocol.handshake(both));
    assertThat(closed.protocol.handshake(bearer)).isInstanceOf(Handshake.Accept.class);
    assertThat(closed.connect("A", "token", "secret").types()).startsWith("welcome");
    assertThat(edge.connect("A", "token", "any").types()).startsWith("welcome");
  }

  @Test
  @DisplayName("4. The bounds of a connection; before the transport misses a device, the organisation has")
  void limits() {
    assertThat(edge.connect("A").accept.limits().maxMessageBytes()).isEqualTo(262_144);
    assertThat(edge.connect("A").accept.limits().maxQueueBytes()).isEqualTo(4_194_304);
    assertThat(edge.connect("A").accept.limits().stuckAfter()).isEqualTo(Duration.ofSeconds(30));
    assertThat(edge.connect("A").accept.limits().pingInterval()).isEqualTo(Duration.ofSeconds(40));
    MeshEdge other = new MeshEdge("MESH_MAX_MESSAGE_BYTES", "2048", "MAX_MESSAGE_BYTES", "4096", "MAX_QUEUE_BYTES", "100000", "HEARTBEAT_INTERVAL", "50");
    assertThat(other.connect("A").accept.limits().maxMessageBytes()).isEqualTo(2_048);
    assertThat(other.connect("A").accept.limits().maxQueueBytes()).isEqualTo(100_000);
    assertThat(other.connect("A").accept.limits().pingInterval()).isEqualTo(Duration.ofMillis(30_050));
  }

  @Test
  @DisplayName("D7: with PONG_KEEPS_ALIVE the pings of the server are enough")
  void pongs() {
    MeshEdge lenient = new MeshEdge("PONG_KEEPS_ALIVE", "true");
    MeshEdge.Socket a = lenient.connect("A");
    MeshEdge.Socket b = lenient.connect("B");
    for (int i = 0; i < 5; i++) {
      lenient.pass(10_000);
      a.pong();
    }
    assertThat(a.closed()).isEmpty();
    assertThat(b.closed()).contains(new CloseReason(1008, "Client timeout"));
  }

  // ---- Several organisations

  @Test
  @DisplayName("4. Several organisations: the same id in each, and nothing gets from one to the other")
  void isolation() {
    MeshEdge two = new MeshEdge("MINI_SERVER_ORGANIZATION_ID", "org_1,org_2", "MESH_TOKEN", "org_1=t1,org_2=t2");
    assertUnauthorized(two.handshake("organizationId", "org_1", "clientId", "A", "token", "t2"));
    assertUnauthorized(two.handshake("organizationId", "org_3", "clientId", "A", "token", "t1"));
    MeshEdge.Socket x1 = two.connectTo("org_1", "X", "token", "t1", "capabilities", "admin.manage");
    MeshEdge.Socket x2 = two.connectTo("org_2", "X", "token", "t2", "capabilities", "admin.manage");
    MeshEdge.Socket a2 = two.connectTo("org_2", "A", "token", "t2");
    assertThat(x1.take().getFirst().at("data", "organizationId").text()).isEqualTo("org_1");
    assertThat(x2.take().getFirst().at("data", "organizationId").text()).isEqualTo("org_2");
    two.pass(2_000);
    x1.forget();
    x2.forget();
    a2.forget();

    MeshEdge.Socket m1 = two.connectTo("org_1", "M", "token", "t1", "capabilities", "admin.manage", "deviceType", "admin");
    assertThat(x1.types()).contains("admin-heartbeat");
    assertThat(x2.take()).isEmpty();
    x2.text("{'type':'peer-message','data':{'targetId':'broadcast','message':1}}").text("{'type':'peer-message','data':{'targetId':'M','message':2}}")
        .text("{'type':'location-update','data':{'latitude':1,'longitude':1}}");
    assertThat(x2.take().getFirst().at("data", "code").text()).isEqualTo("unknown_target");
    assertThat(a2.types()).containsExactly("peer-message", "location-update");
    assertThat(x1.take()).isEmpty();
    assertThat(m1.types()).containsExactly("welcome", "client-list-update", "admin-heartbeat");
    x1.leave();
    assertThat(two.now(two.protocol.clients("org_2"))).extracting(MeshClient::id).containsExactly("X", "A");
    assertThat(two.now(two.protocol.statistics("org_2")).currentAdmin()).contains("X");
    assertThat(two.now(two.protocol.statistics("org_1")).currentAdmin()).contains("M");
  }

  @Test
  @DisplayName("Figures are sums over the organisations, and the highest term")
  void figures() {
    MeshEdge two = new MeshEdge("MINI_SERVER_ORGANIZATION_ID", "org_1,org_2");
    two.connectTo("org_1", "X", "capabilities", "admin.manage");
    two.connectTo("org_2", "X", "capabilities", "admin.manage", "deviceType", "admin");
    two.connectTo("org_2", "A").text("{bad");
    two.pass(2_000);
    long start = two.loop.now().toEpochMilli() - 2_000;

    assertThat(two.figures()).containsEntry("organizations", 2L).containsEntry("clients", 3L).containsEntry("candidates", 2L).containsEntry("admins", 2L)
        .containsEntry("mainAdmins", 1L)
        .containsEntry("elections", 1L).containsEntry("faults", 1L).containsEntry("joins", 3L);
    assertThat(two.figures().get("term")).isEqualTo(start + 1);
  }

  // ---- The beginning and the end

  @Test
  @DisplayName("29. Without an organisation, or with settings that contradict each other, there is no protocol")
  void noStart() {
    assertThatThrownBy(() -> new MeshEdge("MINI_SERVER_ORGANIZATION_ID", "")).isInstanceOf(SettingException.class).hasMessageContaining("MINI_SERVER_ORGANIZATION_ID");
    assertThatThrownBy(() -> new MeshEdge("TURN_SECRET", "s")).isInstanceOf(SettingException.class);
  }

  @ParameterizedTest
  @CsvSource({"*, ''", "/devices, /devices"})
  @DisplayName("4. MESH_PATH")
  void path(String setting, String path) {
    assertThat(MeshProtocol.path(Settings.of(Map.of("MESH_PATH", setting))).orElse("")).isEqualTo(path);
    assertThat(MeshProtocol.isMeant(MeshEdge.upgrade("organizationId", ""))).isTrue();
    assertThat(MeshProtocol.isMeant(MeshEdge.upgrade("clientId", "A"))).isFalse();
    assertThat(MeshProtocol.seemsMeant(MeshEdge.upgrade("clientId", "A"))).isTrue();
  }

  @Test
  @DisplayName("A restarted server's terms are higher than those of the one before")
  void terms() {
    MeshEdge.Socket x = edge.connect("X", "capabilities", "admin.manage");
    edge.pass(2_000);
    long first = x.take().getLast().at("data", "term").number();
    assertThat(first).isEqualTo(edge.loop.now().toEpochMilli() - 2_000 + 1);
  }

  @Test
  @DisplayName("4. Shutdown: all of all organisations are closed 1001, and nothing is taken any more")
  void drain() {
    MeshEdge two = new MeshEdge("MINI_SERVER_ORGANIZATION_ID", "org_1,org_2");
    List<MeshEdge.Socket> sockets = List.of(two.connectTo("org_1", "A", "capabilities", "admin.manage"), two.connectTo("org_1", "B"), two.connectTo("org_2", "A"));
    sockets.forEach(MeshEdge.Socket::forget);

    two.now(two.protocol.drain());

    sockets.forEach(socket -> assertThat(socket.closed()).contains(new CloseReason(1001, "Server shutting down")));
    sockets.forEach(socket -> socket.heartbeat().leave());
    two.pass(100_000);
    sockets.forEach(socket -> assertThat(socket.take()).isEmpty());
    assertThat(two.figures()).containsEntry("clients", 0L);
  }
}
