package dev.roost.mesh;

import dev.roost.core.Frame;
import dev.roost.core.RawJson;
import dev.roost.mesh.MeshMessages.AdminHeartbeat;
import dev.roost.mesh.MeshMessages.ClientList;
import dev.roost.mesh.MeshMessages.ClientListUpdate;
import dev.roost.mesh.MeshMessages.FaultAnswer;
import dev.roost.mesh.MeshMessages.HeartbeatAck;
import dev.roost.mesh.MeshMessages.IceServers;
import dev.roost.mesh.MeshMessages.Members;
import dev.roost.mesh.MeshMessages.Outbound;
import dev.roost.mesh.MeshMessages.ServerHeartbeat;
import dev.roost.mesh.MeshMessages.TurnAccess;
import dev.roost.mesh.MeshMessages.Welcome;
import dev.roost.transport.json.JsonOut;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Writes what the server sends: section 3.2 of the contract, and the statistics of section 1. */
final class MeshCodec {
  private static final RawJson ZERO = RawJson.of("0");
  private static final RawJson END_OF_DATA = RawJson.of("}}");

  private MeshCodec() {}

  static Frame encode(Outbound message) {
    return switch (message) {
      case Welcome m -> typed("welcome").object("data").put("serverId", m.serverId()).put("serverName", m.serverName()).put("organizationId", m.organizationId())
          .put("timestamp", m.now().toEpochMilli()).end().toFrame();
      case ClientListUpdate m -> members("client-list-update", m.members());
      case ClientList m -> members("client-list", m.members());
      case ServerHeartbeat m -> typed("server-heartbeat").put("timestamp", m.now().toEpochMilli()).put("clientCount", m.clientCount()).toFrame();
      case HeartbeatAck m -> typed("heartbeat-ack").put("timestamp", m.now().toEpochMilli()).toFrame();
      case AdminHeartbeat m -> typed("admin-heartbeat").object("data").put("deviceId", m.deviceId()).put("timestamp", m.now().toEpochMilli()).put("term", m.term()).end()
          .toFrame();
      case IceServers m -> iceServers(m.access());
      case FaultAnswer m -> typed("error").object("data").put("code", m.fault().name().toLowerCase(Locale.ROOT)).put("message", m.fault().text()).end().toFrame();
    };
  }

  /** What everything begins with that is relayed of a device; made once for a connection, because most of what a mesh does is to relay. */
  record Heads(RawJson peerMessage, RawJson locationUpdate) {}

  static Heads heads(String clientId) {
    return new Heads(head(typed("peer-message").object("data").put("fromId", clientId), "message"),
        head(typed("location-update").object("data").put("clientId", clientId), "location"));
  }

  /** An object as far as the value of its last key, which stands in an object within it. */
  private static RawJson head(JsonOut out, String lastKey) {
    RawJson whole = out.put(lastKey, ZERO).end().toRaw();
    return new RawJson(whole.bytes(), whole.from(), whole.length() - "0}}".length());
  }

  /** A peer message as its receivers get it. */
  static Frame peerMessage(Heads sender, RawJson message) {
    return Frame.text(List.of(sender.peerMessage, message, END_OF_DATA));
  }

  /** A location as the others get it. */
  static Frame locationUpdate(Heads sender, RawJson location, Instant now) {
    return Frame.text(List.of(sender.locationUpdate, location, RawJson.of(",\"timestamp\":" + now.toEpochMilli()), END_OF_DATA));
  }

  private static JsonOut typed(String type) {
    return new JsonOut().put("type", type);
  }

  private static Frame members(String type, Members members) {
    JsonOut out = typed(type).object("data").list("clients");
    for (Client client : members.clients()) {
      texts(out.item().put("id", client.id()).put("name", client.introduction().name()), "capabilities", client.introduction().capabilities().names())
          .put("lastSeen", client.lastSeen().toEpochMilli()).end();
    }
    return out.endList().put("adminId", members.adminId()).put("term", members.term()).end().toFrame();
  }

  /** Ready to be given to an {@code RTCPeerConnection}. */
  private static Frame iceServers(TurnAccess access) {
    JsonOut out = typed("ice-servers").object("data").list("iceServers");
    texts(out.item(), "urls", access.urls()).put("username", access.username()).put("credential", access.credential()).end();
    return out.endList().put("expiresAt", access.expires().toEpochMilli()).end().toFrame();
  }

  private static JsonOut texts(JsonOut out, String key, List<String> values) {
    out.list(key);
    values.forEach(out::item);
    return out.endList();
  }

  // ---- Section 1: HTTP

  /** The original's statistics. */
  static JsonOut statistics(MeshStatistics statistics) {
    JsonOut out = new JsonOut().put("isRunning", statistics.isRunning()).put("clientCount", statistics.clientCount()).put("currentAdmin", statistics.currentAdmin())
        .put("isAdmin", statistics.isAdmin()).list("candidates");
    for (MeshStatistics.CandidateFigures candidate : statistics.candidates()) {
      texts(out.item().put("deviceId", candidate.deviceId()).put("deviceName", candidate.deviceName()), "capabilities", candidate.capabilities())
          .put("joinTime", candidate.joinTime().toEpochMilli()).put("lastSeen", candidate.lastSeen().toEpochMilli()).put("priority", candidate.priority()).end();
    }
    MeshStatistics.Config config = statistics.config();
    return out.endList().object("config").put("port", config.port()).put("organizationId", config.organizationId()).put("deviceId", config.deviceId())
        .put("deviceName", config.deviceName()).put("heartbeatInterval", config.heartbeatInterval().toMillis()).put("clientTimeout", config.clientTimeout().toMillis()).end()
        .put("adminElectionActive", statistics.adminElectionActive()).put("term", statistics.term());
  }

  /** The answer of {@code /health} on the mesh's own port; {@code admin} is null where there are several organisations. */
  static JsonOut health(long clients, Optional<String> admin, double uptimeSeconds) {
    return new JsonOut().put("status", "ok").put("clients", clients).put("admin", admin).put("uptime", uptimeSeconds);
  }
}
