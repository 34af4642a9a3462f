package dev.roost.mesh;

import static org.assertj.core.api.Assertions.assertThat;

import dev.roost.core.RawJson;
import dev.roost.mesh.MeshMessages.AdminHeartbeat;
import dev.roost.mesh.MeshMessages.ClientList;
import dev.roost.mesh.MeshMessages.ClientListUpdate;
import dev.roost.mesh.MeshMessages.Fault;
import dev.roost.mesh.MeshMessages.FaultAnswer;
import dev.roost.mesh.MeshMessages.HeartbeatAck;
import dev.roost.mesh.MeshMessages.IceServers;
import dev.roost.mesh.MeshMessages.Members;
import dev.roost.mesh.MeshMessages.Outbound;
import dev.roost.mesh.MeshMessages.ServerHeartbeat;
import dev.roost.mesh.MeshMessages.TurnAccess;
import dev.roost.mesh.MeshMessages.Welcome;
import dev.roost.sim.Json;
import dev.roost.sim.SimConnection;
import dev.roost.sim.SimLoop;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Section 3.2, and the statistics of section 1: exactly these keys. In what is expected single quotes stand for double ones. */
class MeshCodecTest {
  private static final Instant NOW = Instant.ofEpochMilli(1_700_000_000_123L);

  private static String text(Outbound message) {
    return MeshCodec.encode(message).payloadText();
  }

  private static Client client(String id, String name, List<String> capabilities) {
    Client client = new Client(1, new Introduction(id, name, new Capabilities(capabilities), true), new SimConnection(new SimLoop()), NOW.minusMillis(999), 0);
    client.seen(NOW, 0);
    return client;
  }

  @Test
  @DisplayName("3.2 The small ones, byte by byte")
  void small() {
    assertThat(text(new Welcome("s\"1", "Mini <Server>", "org_1", NOW))).isEqualTo(
        "{\"type\":\"welcome\",\"data\":{\"serverId\":\"s\\\"1\",\"serverName\":\"Mini <Server>\",\"organizationId\":\"org_1\",\"timestamp\":1700000000123}}");
    assertThat(text(new ServerHeartbeat(7, NOW))).isEqualTo(Json.quoted("{'type':'server-heartbeat','timestamp':1700000000123,'clientCount':7}"));
    assertThat(text(new HeartbeatAck(NOW))).isEqualTo(Json.quoted("{'type':'heartbeat-ack','timestamp':1700000000123}"));
    assertThat(text(new AdminHeartbeat("ü😀", 42, NOW))).isEqualTo(Json.quoted("{'type':'admin-heartbeat','data':{'deviceId':'ü😀','timestamp':1700000000123,'term':42}}"));
  }

  @Test
  @DisplayName("3.2 Lists: who is there, and who is in office; no deviceType, no priority, no address")
  void lists() {
    List<Client> clients = List.of(client("A", "Ann", List.of("admin.manage", "x")), client("ü", "Unknown Client", List.of()));
    String data = Json.quoted("'data':{'clients':[{'id':'A','name':'Ann','capabilities':['admin.manage','x'],'lastSeen':1700000000123},"
        + "{'id':'ü','name':'Unknown Client','capabilities':[],'lastSeen':1700000000123}],'adminId':'A','term':5}}");

    assertThat(text(new ClientListUpdate(new Members(clients, Optional.of("A"), 5)))).isEqualTo("{\"type\":\"client-list-update\"," + data);
    assertThat(text(new ClientList(new Members(clients, Optional.of("A"), 5)))).isEqualTo("{\"type\":\"client-list\"," + data);
    assertThat(text(new ClientList(new Members(List.of(), Optional.empty(), 5))))
        .isEqualTo(Json.quoted("{'type':'client-list','data':{'clients':[],'adminId':null,'term':5}}"));
  }

  @Test
  @DisplayName("3.2 What is relayed: the bytes that came")
  void relayed() {
    RawJson raw = RawJson.of("[ 1.50,{\"b\":\"\\ud800\",\"b\":2} ]");

    assertThat(MeshCodec.peerMessage("A\"", raw).payloadText()).isEqualTo("{\"type\":\"peer-message\",\"data\":{\"fromId\":\"A\\\"\",\"message\":[ 1.50,{\"b\":\"\\ud800\",\"b\":2} ]}}");
    assertThat(MeshCodec.locationUpdate("A", RawJson.of("{ }"), NOW).payloadText())
        .isEqualTo(Json.quoted("{'type':'location-update','data':{'clientId':'A','location':{ },'timestamp':1700000000123}}"));
  }

  @Test
  @DisplayName("ice-servers: ready for an RTCPeerConnection")
  void iceServers() {
    assertThat(text(new IceServers(new TurnAccess(List.of("turn:a", "turns:b"), "1:A", "c=", NOW)))).isEqualTo(Json.quoted(
        "{'type':'ice-servers','data':{'iceServers':[{'urls':['turn:a','turns:b'],'username':'1:A','credential':'c='}],'expiresAt':1700000000123}}"));
  }

  @ParameterizedTest
  @EnumSource(Fault.class)
  @DisplayName("3.2 error: a code in small letters, and a sentence")
  void error(Fault fault) {
    Json error = Json.parse(text(new FaultAnswer(fault)));

    assertThat(error.keys()).containsExactlyInAnyOrder("type", "data");
    assertThat(error.at("data").keys()).containsExactlyInAnyOrder("code", "message");
    assertThat(List.of("bad_message", "unknown_type", "bad_location", "not_allowed", "unknown_target", "rate_limited")).contains(error.at("data", "code").text());
    assertThat(error.at("data", "code").text()).isEqualToIgnoringCase(fault.name());
    assertThat(error.at("data", "message").text()).isNotBlank();
  }

  @Test
  @DisplayName("1. Statistics in the original's shape")
  void statistics() {
    MeshStatistics statistics = new MeshStatistics(true, 3, Optional.of("A"), false,
        List.of(new MeshStatistics.CandidateFigures("A", "Ann", List.of("admin.manage"), NOW.minusMillis(23), NOW, 11)),
        new MeshStatistics.Config(8080, "org_1", "s", "Mini Server", Duration.ofSeconds(10), Duration.ofSeconds(30)), true, 9);

    assertThat(MeshCodec.statistics(statistics).toText()).isEqualTo(Json.quoted("{'isRunning':true,'clientCount':3,'currentAdmin':'A','isAdmin':false,"
        + "'candidates':[{'deviceId':'A','deviceName':'Ann','capabilities':['admin.manage'],'joinTime':1700000000100,'lastSeen':1700000000123,'priority':11}],'config':{'port':8080,'organizationId':'org_1','deviceId':'s',"
        + "'deviceName':'Mini Server','heartbeatInterval':10000,'clientTimeout':30000},'adminElectionActive':true,'term':9}"));
  }

  @Test
  @DisplayName("1. Health")
  void health() {
    assertThat(MeshCodec.health(2, Optional.empty(), 1.5).toText()).isEqualTo(Json.quoted("{'status':'ok','clients':2,'admin':null,'uptime':1.5}"));
    assertThat(MeshCodec.health(2, Optional.of("A"), 0).toText()).startsWith(Json.quoted("{'status':'ok','clients':2,'admin':'A','uptime':0"));
  }
}
