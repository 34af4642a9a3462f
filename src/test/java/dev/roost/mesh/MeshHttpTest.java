package dev.roost.mesh;

import static org.assertj.core.api.Assertions.assertThat;

import dev.roost.core.RawJson;
import dev.roost.sim.Json;
import dev.roost.transport.HttpRequest;
import dev.roost.transport.HttpResponse;
import dev.roost.transport.Operators;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Sections 1 and 7: what the mesh answers to plain HTTP, on a port of its own and on the shared one. */
class MeshHttpTest {
  private static final String ELECTION = "/api/admin/mesh/election";

  private final MeshEdge edge = new MeshEdge();

  private static HttpRequest withBearer(String method, String path, String token, String... query) {
    return MeshEdge.request(method, path, Map.of("authorization", List.of("Bearer " + token)), false, query);
  }

  private static HttpRequest fromElsewhere(String method, String path, String... query) {
    return MeshEdge.request(method, path, Map.of(), false, query);
  }

  // ---- A port of its own

  @ParameterizedTest
  @CsvSource({"GET, /", "GET, /index.html", "POST, /", "PUT, /any/path", "GET, /mesh", "DELETE, /x"})
  @DisplayName("1. Without upgrade: 426 Upgrade Required")
  void upgradeRequired(String method, String path) {
    HttpResponse response = edge.http(fromElsewhere(method, path, "organizationId", "org_1"));

    assertThat(response.status()).isEqualTo(426);
    assertThat(new String(response.body(), StandardCharsets.UTF_8).strip()).isEqualTo("Upgrade Required");
    assertThat(response.headers()).containsEntry("Upgrade", "websocket");
  }

  @Test
  @DisplayName("1. /health: how many, who is in office, for how long")
  void health() {
    assertThat(MeshEdge.body(edge.http(fromElsewhere("GET", "/health")))).isEqualTo(Json.parse(Json.quoted("{'status':'ok','clients':0,'admin':null,'uptime':0.0}")));
    edge.connect("X", "capabilities", "admin.manage");
    edge.connect("A");
    edge.pass(2_500);

    HttpResponse response = edge.http(fromElsewhere("GET", "/health"));

    assertThat(response.status()).isEqualTo(200);
    assertThat(MeshEdge.body(response)).isEqualTo(Json.parse(Json.quoted("{'status':'ok','clients':2,'admin':'X','uptime':2.5}")));
  }

  @Test
  @DisplayName("1. /stats: the original's statistics")
  void stats() {
    long start = edge.loop.now().toEpochMilli();
    edge.connect("A");
    edge.pass(100);
    MeshEdge.Socket y = edge.connect("Y", "capabilities", "admin.manage,location.view", "clientName", "Yve");
    edge.connect("X", "capabilities", "admin.manage");
    edge.pass(50);
    y.heartbeat();

    HttpResponse response = edge.http(fromElsewhere("GET", "/stats"));

    assertThat(response.status()).isEqualTo(200);
    assertThat(MeshEdge.body(response)).isEqualTo(Json.parse(Json.quoted("{'isRunning':true,'clientCount':3,'currentAdmin':null,'isAdmin':false,'candidates':["
        + "{'deviceId':'Y','deviceName':'Yve','capabilities':['admin.manage','location.view'],'joinTime':" + (start + 100) + ",'lastSeen':" + (start + 150) + ",'priority':17},"
        + "{'deviceId':'X','deviceName':'Unknown Client','capabilities':['admin.manage'],'joinTime':" + (start + 100) + ",'lastSeen':" + (start + 100) + ",'priority':11}],"
        + "'config':{'port':8123,'organizationId':'org_1','deviceId':'server_1','deviceName':'Mini Server','heartbeatInterval':10000,'clientTimeout':30000},"
        + "'adminElectionActive':true,'term':" + start + "}")));
    edge.pass(2_000);
    Json later = MeshEdge.body(edge.http(fromElsewhere("GET", "/stats", "organizationId", "org_1")));
    assertThat(later.at("currentAdmin").text()).isEqualTo("Y");
    assertThat(later.at("adminElectionActive").bool()).isFalse();
    assertThat(later.at("term").number()).isEqualTo(start + 1);
  }

  @Test
  @DisplayName("27. /stats: the own device among the candidates, and isAdmin")
  void ownDevice() {
    MeshEdge own = new MeshEdge("MINI_SERVER_CAPABILITIES", "admin.manage,server.temporary");
    long start = own.loop.now().toEpochMilli();
    own.pass(3_000);
    Json stats = MeshEdge.body(own.http(fromElsewhere("GET", "/stats")));

    assertThat(stats.at("isAdmin").bool()).isTrue();
    assertThat(stats.at("currentAdmin").text()).isEqualTo("server_1");
    assertThat(stats.at("clientCount").number()).isZero();
    assertThat(stats.at("candidates", 0)).isEqualTo(Json.parse(Json.quoted("{'deviceId':'server_1','deviceName':'Mini Server','capabilities':['admin.manage',"
        + "'server.temporary'],'joinTime':" + start + ",'lastSeen':" + (start + 3_000) + ",'priority':15}")));
  }

  @Test
  @DisplayName("1. /stats takes the token where there is one; /health does not")
  void statsToken() {
    MeshEdge closed = new MeshEdge("MESH_TOKEN", "secret");

    assertThat(closed.http(fromElsewhere("GET", "/stats")).status()).isEqualTo(401);
    assertThat(closed.http(fromElsewhere("GET", "/stats", "token", "wrong")).status()).isEqualTo(401);
    assertThat(closed.http(fromElsewhere("GET", "/stats", "organizationId", "org_1")).status()).isEqualTo(401);
    assertThat(closed.http(fromElsewhere("GET", "/stats", "organizationId", "org_2", "token", "secret")).status()).isEqualTo(401);
    assertThat(closed.http(fromElsewhere("GET", "/stats", "token", "secret")).status()).isEqualTo(200);
    assertThat(closed.http(fromElsewhere("GET", "/stats", "organizationId", "org_1", "token", "secret")).status()).isEqualTo(200);
    assertThat(closed.http(withBearer("GET", "/stats", "secret")).status()).isEqualTo(200);
    assertThat(closed.http(fromElsewhere("GET", "/health")).status()).isEqualTo(200);
    assertThat(edge.http(fromElsewhere("GET", "/stats", "organizationId", "org_2")).status()).as("of another organisation").isEqualTo(401);
  }

  @Test
  @DisplayName("1. Several organisations: organizationId picks one, /stats needs it")
  void several() {
    MeshEdge two = new MeshEdge("MINI_SERVER_ORGANIZATION_ID", "org_1,org_2", "MESH_TOKEN", "org_1=t1,org_2=t2");
    two.connectTo("org_1", "X", "token", "t1", "capabilities", "admin.manage");
    two.connectTo("org_2", "A", "token", "t2");
    two.connectTo("org_2", "B", "token", "t2");
    two.pass(2_000);

    assertThat(two.http(fromElsewhere("GET", "/stats")).status()).isEqualTo(400);
    assertThat(two.http(fromElsewhere("GET", "/stats", "token", "t1")).status()).isEqualTo(400);
    assertThat(two.http(fromElsewhere("GET", "/stats", "organizationId", "org_2", "token", "t1")).status()).isEqualTo(401);
    assertThat(two.http(fromElsewhere("GET", "/stats", "organizationId", "org_3", "token", "t1")).status()).isEqualTo(401);
    Json second = MeshEdge.body(two.http(fromElsewhere("GET", "/stats", "organizationId", "org_2", "token", "t2")));
    assertThat(second.at("clientCount").number()).isEqualTo(2);
    assertThat(second.at("config", "organizationId").text()).isEqualTo("org_2");
    Json all = MeshEdge.body(two.http(fromElsewhere("GET", "/health")));
    assertThat(all.at("clients").number()).isEqualTo(3);
    assertThat(all.at("admin").isNull()).isTrue();
    Json first = MeshEdge.body(two.http(fromElsewhere("GET", "/health", "organizationId", "org_1", "token", "t1")));
    assertThat(first.at("clients").number()).isEqualTo(1);
    assertThat(first.at("admin").text()).isEqualTo("X");
  }

  @Test
  @DisplayName("1. Statistics of a mini server that is stopped: nobody is there, and it says so")
  void stopped() {
    MeshStatistics statistics = MeshProtocol.stoppedStatistics(MeshWorld.values("HEARTBEAT_INTERVAL", "500"), 8080);

    assertThat(MeshCodec.statistics(statistics).toText()).isEqualTo(Json.quoted("{'isRunning':false,'clientCount':0,'currentAdmin':null,'isAdmin':false,'candidates':[],"
        + "'config':{'port':8080,'organizationId':'org_1','deviceId':'server_1','deviceName':'Mini Server','heartbeatInterval':500,'clientTimeout':30000},"
        + "'adminElectionActive':false,'term':0}"));
  }

  // ---- The shared port

  @Test
  @DisplayName("The shared port: the statistics of an organisation for who belongs to it, the figures alone for others")
  void details() {
    MeshEdge closed = new MeshEdge("MESH_TOKEN", "secret");
    closed.connect("A", "token", "secret");

    assertThat(closed.now(closed.protocol.details(fromElsewhere("GET", "/stats")))).isEmpty();
    assertThat(closed.now(closed.protocol.details(fromElsewhere("GET", "/stats", "organizationId", "org_1")))).isEmpty();
    assertThat(closed.now(closed.protocol.details(fromElsewhere("GET", "/stats", "organizationId", "org_1", "token", "wrong")))).isEmpty();
    assertThat(closed.now(closed.protocol.details(fromElsewhere("GET", "/stats", "organizationId", "org_2", "token", "secret")))).isEmpty();
    Map<String, RawJson> details = closed.now(closed.protocol.details(fromElsewhere("GET", "/stats", "organizationId", "org_1", "token", "secret")));
    assertThat(details.keySet()).containsExactly("organization");
    assertThat(Json.parse(details.get("organization").toString())).isEqualTo(MeshEdge.body(closed.http(fromElsewhere("GET", "/stats", "token", "secret"))));
    assertThat(closed.figures().keySet()).contains("clients", "term", "elections").doesNotContain("organization", "candidates.A");
    assertThat(closed.sharedHttp(fromElsewhere("GET", "/health")).status()).as("belongs to the process").isEqualTo(404);
  }

  // ---- 7: the forced election

  private MeshEdge.Socket admin(MeshEdge at) {
    MeshEdge.Socket x = at.connect("X", "capabilities", "admin.manage");
    at.pass(2_000);
    return x.forget();
  }

  @Test
  @DisplayName("7. Forced election: 202, and it is held after the delay; on both ports")
  void forced() {
    MeshEdge.Socket x = admin(edge);
    HttpResponse response = edge.sharedHttp(MeshEdge.request("POST", ELECTION, "organizationId", "org_1"));

    assertThat(response.status()).isEqualTo(202);
    List<Json> heard = x.take();
    assertThat(heard).hasSize(1);
    assertThat(heard.getFirst().at("data", "adminId").isNull()).isTrue();
    edge.pass(2_000);
    assertThat(x.types()).contains("admin-heartbeat");
    assertThat(edge.http(MeshEdge.request("POST", ELECTION)).status()).as("there is only one organisation").isEqualTo(202);
    assertThat(edge.http(MeshEdge.request("POST", ELECTION)).status()).as("one is pending").isEqualTo(202);
  }

  @Test
  @DisplayName("7. Forced election: 409 where nobody stands, or a main admin is in office")
  void conflict() {
    assertThat(edge.sharedHttp(MeshEdge.request("POST", ELECTION, "organizationId", "org_1")).status()).isEqualTo(409);
    MeshEdge.Socket m = edge.connect("M", "capabilities", "admin.manage", "deviceType", "admin").forget();

    assertThat(edge.sharedHttp(MeshEdge.request("POST", ELECTION, "organizationId", "org_1")).status()).isEqualTo(409);
    assertThat(m.take()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"org_2", "", "ORG_1"})
  @DisplayName("7. Forced election: 404 for another organisation, and none is held")
  void unknown(String organization) {
    MeshEdge.Socket x = admin(edge);

    assertThat(edge.sharedHttp(MeshEdge.request("POST", ELECTION, "organizationId", organization)).status()).isEqualTo(404);
    assertThat(x.take()).isEmpty();
  }

  @Test
  @DisplayName("7. Forced election: with ADMIN_TOKEN by who has it, from anywhere")
  void token() {
    MeshEdge guarded = new MeshEdge(new Operators("secret"), "MESH_TOKEN", "mesh");
    MeshEdge.Socket x = guarded.connect("X", "capabilities", "admin.manage", "token", "mesh");
    guarded.pass(2_000);
    x.forget();

    assertThat(guarded.sharedHttp(MeshEdge.request("POST", ELECTION, "organizationId", "org_1")).status()).isEqualTo(401);
    assertThat(guarded.sharedHttp(withBearer("POST", ELECTION, "wrong", "organizationId", "org_1")).status()).isEqualTo(401);
    assertThat(guarded.sharedHttp(withBearer("POST", ELECTION, "mesh", "organizationId", "org_1", "token", "secret")).status()).isEqualTo(401);
    assertThat(x.take()).isEmpty();
    assertThat(guarded.sharedHttp(withBearer("POST", ELECTION, "secret", "organizationId", "org_1")).status()).isEqualTo(202);
    assertThat(x.take()).hasSize(1);
  }

  @Test
  @DisplayName("7. Forced election: without ADMIN_TOKEN from this machine only")
  void thisMachine() {
    MeshEdge.Socket x = admin(edge);

    assertThat(edge.sharedHttp(fromElsewhere("POST", ELECTION, "organizationId", "org_1")).status()).isEqualTo(403);
    assertThat(edge.sharedHttp(withBearer("POST", ELECTION, "", "organizationId", "org_1")).status()).isEqualTo(403);
    assertThat(x.take()).isEmpty();
    assertThat(edge.sharedHttp(MeshEdge.request("GET", ELECTION, "organizationId", "org_1")).status()).isEqualTo(405);
    assertThat(x.take()).isEmpty();
  }

  @Test
  @DisplayName("7. Forced election: in one organisation, not in the others")
  void isolated() {
    MeshEdge two = new MeshEdge("MINI_SERVER_ORGANIZATION_ID", "org_1,org_2");
    MeshEdge.Socket x1 = two.connectTo("org_1", "X", "capabilities", "admin.manage");
    MeshEdge.Socket x2 = two.connectTo("org_2", "X", "capabilities", "admin.manage");
    two.pass(2_000);
    x1.forget();
    x2.forget();

    assertThat(two.sharedHttp(MeshEdge.request("POST", ELECTION)).status()).isEqualTo(404);
    assertThat(two.sharedHttp(MeshEdge.request("POST", ELECTION, "organizationId", "org_2")).status()).isEqualTo(202);
    assertThat(x1.take()).isEmpty();
    assertThat(x2.take()).hasSize(1);
    assertThat(two.now(two.protocol.forceElection("org_1"))).isTrue();
    assertThat(x1.take()).hasSize(1);
  }
}
