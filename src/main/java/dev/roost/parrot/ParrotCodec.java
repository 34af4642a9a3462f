package dev.roost.parrot;

import dev.roost.core.Frame;
import dev.roost.core.RawJson;
import dev.roost.parrot.ParrotMessages.Ack;
import dev.roost.parrot.ParrotMessages.BulkDataBatch;
import dev.roost.parrot.ParrotMessages.BulkItem;
import dev.roost.parrot.ParrotMessages.BulkListenerConnected;
import dev.roost.parrot.ParrotMessages.DataReceived;
import dev.roost.parrot.ParrotMessages.Demoted;
import dev.roost.parrot.ParrotMessages.Fault;
import dev.roost.parrot.ParrotMessages.Kicked;
import dev.roost.parrot.ParrotMessages.ListenerConnected;
import dev.roost.parrot.ParrotMessages.ObserverMode;
import dev.roost.parrot.ParrotMessages.OrientationData;
import dev.roost.parrot.ParrotMessages.OrientationListenerConnected;
import dev.roost.parrot.ParrotMessages.Outbound;
import dev.roost.parrot.ParrotMessages.Promoted;
import dev.roost.parrot.ParrotMessages.Rejected;
import dev.roost.parrot.ParrotMessages.SenderChanged;
import dev.roost.parrot.ParrotMessages.SenderPromoted;
import dev.roost.parrot.ParrotMessages.SensorData;
import dev.roost.parrot.ParrotMessages.ServerShutdown;
import dev.roost.parrot.ParrotMessages.Stats;
import dev.roost.parrot.ParrotMessages.StatsUpdate;
import dev.roost.parrot.ParrotMessages.UserConnected;
import dev.roost.parrot.ParrotMessages.UserDisconnected;
import dev.roost.parrot.ParrotMessages.UserNotFound;
import dev.roost.parrot.ParrotMessages.UserStats;
import dev.roost.parrot.ParrotMessages.Welcome;
import dev.roost.transport.json.JsonOut;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Optional;

/** Makes frames of messages: sections 3.2, 3.4 and 3.5 of the contract. Stateless; any thread. */
final class ParrotCodec {
  /** ISO 8601 in UTC, always with milliseconds. */
  private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);
  private static final RawJson EMPTY_LIST = new RawJson("[]".getBytes(StandardCharsets.US_ASCII), 0, 2);

  private ParrotCodec() {}

  /** The finished text frame of a message. */
  static Frame encode(Outbound message) {
    JsonOut out = new JsonOut();
    switch (message) {
      case ObserverMode m -> note(out, "observer_mode", "You are in observer mode. Another user is the active sender.").put("activeSender", m.activeSender());
      case Welcome m -> note(out.put("type", "welcome").put("clientId", m.clientId()).put("serverTime", time(m.serverTime())), "Connected to Pocket Parrot")
          .put("role", m.role().wire()).put("reconnected", m.reconnected());
      case Promoted m -> note(out, "promoted", "You are now the active sender").put("role", "sender");
      case Demoted m -> note(out, "demoted", "You are no longer the active sender");
      case SenderChanged m -> note(out, "sender_changed", m.activeSender() + " is now the active sender").put("activeSender", m.activeSender());
      case Ack m -> ack(out, m);
      case Rejected m -> note(out, "rejected", m.reason().text).put("code", m.reason().wire());
      case Kicked m -> note(out, "kicked", "You have been disconnected by an administrator");
      case ServerShutdown m -> note(out, "server_shutdown", "The server is shutting down");
      case Fault m -> note(out, "error", m.message()).put("code", m.code());
      case UserNotFound m -> userNotFound(out, m);
      case StatsUpdate m -> stats(out, m);
      case UserConnected m -> out.put("type", "userConnected").put("userId", m.userId()).put("ip", m.ip()).put("isActiveSender", false);
      case UserDisconnected m -> out.put("type", "userDisconnected").put("userId", m.userId()).put("dataCount", m.dataCount())
          .put("wasActiveSender", m.wasActiveSender());
      case SenderPromoted m -> out.put("type", "senderPromoted").put("userId", m.userId()).put("username", m.username());
      case DataReceived m -> out.put("type", "dataReceived").put("userId", m.userId()).put("pointNumber", m.pointNumber());
      case ListenerConnected m -> note(out, "listener_connected", "Connected as passive listener").put("timestamp", time(m.timestamp()));
      case SensorData m -> point(out, "sensor_data", m.timestamp(), m.userId(), m.username()).put("data", m.data());
      case OrientationListenerConnected m -> note(out, "orientation_listener_connected", "Connected to the orientation stream")
          .put("timestamp", time(m.timestamp()));
      case OrientationData m -> point(out, "orientation_data", m.timestamp(), m.userId(), m.username()).put("orientation", m.orientation());
      case BulkListenerConnected m -> note(out, "bulk_listener_connected", "Connected to the bulk data stream")
          .put("batchInterval", m.batchInterval().toMillis()).put("maxBatchSize", m.maxBatchSize()).put("timestamp", time(m.timestamp()));
      case BulkDataBatch m -> bulk(out, m);
    }
    return out.toFrame();
  }

  private static JsonOut note(JsonOut out, String type, String text) {
    return note(out.put("type", type), text);
  }

  private static JsonOut note(JsonOut out, String text) {
    return out.put("message", text);
  }

  private static void ack(JsonOut out, Ack ack) {
    out.put("type", "ack").put("timestamp", time(ack.timestamp()));
    if (ack.received().isPresent()) {
      out.put("received", ack.received());
    }
    out.put("clientId", ack.clientId());
  }

  private static void userNotFound(JsonOut out, UserNotFound fault) {
    note(out, "error", "There is no such user").put("code", "user_not_found");
    if (fault.userId().isPresent()) {
      out.put("userId", fault.userId());
    }
  }

  private static void stats(JsonOut out, StatsUpdate update) {
    Stats stats = update.stats();
    out.put("type", "stats").object("data")
        .put("activeUsers", stats.activeUsers())
        .put("passiveListeners", stats.passiveListeners())
        .put("orientationListeners", stats.orientationListeners())
        .put("bulkDataListeners", stats.bulkDataListeners())
        .put("activeSender", stats.activeSender())
        .put("totalDataPoints", stats.totalDataPoints())
        .put("dataRate", stats.dataRate())
        .put("bulkQueueSize", stats.bulkQueueSize())
        .put("uptime", stats.uptime().toSeconds())
        .list("users");
    for (UserStats user : stats.users()) {
      out.item()
          .put("id", user.id())
          .put("connectedAt", time(user.connectedAt()))
          .put("dataCount", user.dataCount())
          .put("lastData", user.lastData().map(ParrotCodec::time))
          .put("username", user.username())
          .put("isActiveSender", user.isActiveSender())
          .put("deviceId", update.masked() ? Optional.empty() : user.deviceId())
          .put("ip", update.masked() ? Optional.empty() : Optional.of(user.ip()))
          .end();
    }
    out.endList().end();
  }

  private static void bulk(JsonOut out, BulkDataBatch batch) {
    out.put("type", "bulk_data_batch").put("timestamp", time(batch.timestamp())).put("batchSize", batch.items().size()).list("data");
    for (BulkItem item : batch.items()) {
      RawJson objects = item.point().objectsDetected();
      out.item().put("timestamp", time(item.timestamp())).put("userId", item.userId()).put("username", item.username())
          .put("gps", item.point().gps())
          .put("motion", item.point().motion())
          .put("weather", item.point().weather())
          .put("objectsDetected", objects.isPresent() ? objects : EMPTY_LIST)
          .put("photoBase64", item.point().photoBase64())
          .put("audioBase64", item.point().audioBase64());
      if (item.point().colorPalette().isPresent()) {
        out.put("colorPalette", item.point().colorPalette());
      }
      out.end();
    }
    out.endList();
  }

  private static JsonOut point(JsonOut out, String type, Instant timestamp, String userId, Optional<String> username) {
    return out.put("type", type).put("timestamp", time(timestamp)).put("userId", userId).put("username", username);
  }

  private static String time(Instant instant) {
    return TIME.format(instant);
  }
}
