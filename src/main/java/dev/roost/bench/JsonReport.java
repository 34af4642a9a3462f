package dev.roost.bench;

import dev.roost.transport.json.JsonOut;
import java.util.Locale;
import org.HdrHistogram.Histogram;

/** A result for programs: one JSON object. Names carry their units; what was not measured is not there. */
final class JsonReport {
  private final JsonOut json = new JsonOut();

  private JsonReport() {}

  static String of(Result result) {
    JsonReport report = new JsonReport();
    report.plan(result);
    result.floor().ifPresent(report::floor);
    result.group().ifPresent(group -> report.opening("connections", group));
    result.crowd().ifPresent(crowd -> report.opening(crowdName(result.plan().preset()), crowd));
    report.json.list("parts");
    result.parts().forEach(part -> report.part(part, result.plan().pace().saturates()));
    report.json.endList();
    result.server().ifPresent(server -> report.server(server, result));
    result.presence().ifPresent(report::presence);
    report.tool(result);
    return report.json.toText();
  }

  private void plan(Result result) {
    Plan plan = result.plan();
    Plan.Shape shape = plan.shape();
    json.put("preset", plan.preset().name().toLowerCase(Locale.ROOT)).put("protocol", plan.dialect().name().toLowerCase(Locale.ROOT))
        .put("seed", plan.seed()).put("url", plan.receivers().target().origin() + plan.receivers().target().path().text())
        .put("rooms", shape.rooms()).put("receivers", shape.receivers()).put("sendersPerRoom", shape.senders()).put("crowd", shape.crowd())
        .put("ratePerSender", plan.pace().rate()).put("saturate", plan.pace().saturates()).put("together", plan.pace().together()).put("messageBytes", result.messageBytes())
        .put("warmUpSeconds", plan.pace().warmUpSeconds()).put("seconds", plan.pace().seconds()).put("threads", plan.threads()).put("interrupted",
        result.interrupted());
  }

  private void floor(Floor floor) {
    json.object("floor").put("sendMicros", floor.sendMicros()).put("sendsPerSecond", floor.sendsPerSecond()).end();
  }

  private void opening(String key, Result.Opening opening) {
    json.object(key).put("wanted", opening.wanted()).put("ready", opening.opened()).put("failed", opening.failed()).put("firstFailure", opening.firstFailure())
        .put("seconds", opening.seconds());
    millis("connectMs", opening.connect());
    millis("readyMs", opening.ready());
    json.end();
  }

  private void part(Result.Part part, boolean saturated) {
    Tally tally = part.tally();
    json.item().put("name", part.name()).put("seconds", part.seconds()).put("sent", tally.sent).put("unsent", part.unsent()).put("heldBack", tally.heldBack)
        .put("expected", part.expected())
        .put("delivered", tally.delivered).put("deliveredPerSecond", part.deliveredPerSecond()).put("lost", part.lost())
        .put("duplicated", tally.duplicated).put("outOfOrder", tally.reordered)
        .put("bytesPerDelivery", tally.delivered == 0 ? 0 : (double) tally.bytes / tally.delivered).put("latencyMeansSomething", !saturated);
    millis("latencyMs", tally.latency);
    millis("sendLagMs", tally.sendLag);
    json.end();
  }

  private static String crowdName(Preset preset) {
    return switch (preset) {
      case STORM -> "storm";
      case PRESENCE, SNAPSHOT -> "watchers";
      case FANOUT, ROOMS, MESH, IDLE, PTT, SOCKETIO -> "connections";
    };
  }

  private void presence(Result.Presence presence) {
    Watch.Seen seen = presence.seen();
    json.object("presence").put("usersInSnapshot", seen.users()).put("incompleteSnapshots", seen.incomplete()).put("updatesBeforeSnapshot", seen.early())
        .put("changes", presence.changes()).put("changesSeen", seen.changes()).put("changesLost", presence.lost()).put("changesDoubled", seen.doubled())
        .put("changesUnexpected", seen.unexpected()).put("malformed", seen.malformed()).put("visitorsFailed", presence.absent()).put("heartbeats", presence.beats());
    presence.accepted().ifPresent(accepted -> json.put("heartbeatsAccepted", accepted));
    millis("changeMs", seen.latency());
    presence.redis().ifPresent(redis -> {
      json.object("redis").put("seconds", redis.seconds()).put("reads", redis.reads()).put("commands", redis.commands()).put("cores", redis.cores()).object("calls");
      redis.calls().forEach(json::put);
      json.end().end();
    });
    json.end();
  }

  private void server(Result.Server server, Result result) {
    json.object("server").put("cores", server.cores()).put("residentKilobytes", server.residentKilobytes());
    if (!result.parts().isEmpty()) {
      json.put("cpuMicrosPerDelivery", server.micros()).put("userMicrosPerDelivery", server.userMicros()).put("systemMicrosPerDelivery", server.systemMicros());
      result.floor().ifPresent(floor -> json.put("cpuPercentOfFloor", 100 * server.micros() / floor.sendMicros()));
    }
    server.memory().ifPresent(memory -> json.object("memory").put("kilobytesPerConnection", memory.each()).put("kilobytesBefore", memory.before())
        .put("kilobytesAfter", memory.after()).put("connections", memory.connections()).put("settled", memory.settled()).end());
    json.end();
  }

  private void tool(Result result) {
    Result.Tool tool = result.tool();
    result.floor().ifPresent(floor -> result.parts().stream().findFirst()
        .ifPresent(part -> json.put("deliveriesPercentOfFloor", 100 * part.deliveredPerSecond() / floor.sendsPerSecond())));
    oddities(result.oddities());
    json.put("bottleneck", tool.bottleneck())
        .object("tool").put("busiest", tool.busiest()).put("waitedForCore", tool.waited()).put("nanosPerDelivery", tool.nanosPerDelivery()).put("otherCores",
        tool.otherCores())
        .end().list("remarks");
    tool.complaints().forEach(complaint -> json.item().put("text", complaint).end());
    json.endList();
  }

  private void oddities(LoadLoop.Oddities oddities) {
    Notices notices = oddities.notices();
    json.put("strays", oddities.strays()).put("misnamed", oddities.misnamed()).put("otherMessages", notices.all()).object("otherMessagesByKind");
    notices.counts().forEach(json::put);
    json.end().put("errors", notices.errors()).put("firstError", notices.firstError()).put("connectionsEnded", oddities.ended())
        .put("firstEnd", oddities.firstEnd());
  }

  private void millis(String key, Histogram nanos) {
    json.object(key).put("count", nanos.getTotalCount());
    if (nanos.getTotalCount() > 0) {
      json.put("p50", nanos.getValueAtPercentile(50) / 1e6).put("p90", nanos.getValueAtPercentile(90) / 1e6).put("p95", nanos.getValueAtPercentile(95) / 1e6)
          .put("p99", nanos.getValueAtPercentile(99) / 1e6).put("p999", nanos.getValueAtPercentile(99.9) / 1e6).put("max", nanos.getMaxValue() / 1e6);
    }
    json.end();
  }
}
