package dev.roost.bench;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.HdrHistogram.Histogram;

/** A result for people: a table of what, how much, and what it means. */
final class Report {
  private final StringBuilder text = new StringBuilder();

  private Report() {}

  static String of(Result result) {
    Report report = new Report();
    report.head(result);
    result.group().ifPresent(group -> report.opening("connections", group));
    result.crowd().ifPresent(crowd -> report.opening(crowdName(result.plan().preset()), crowd));
    for (Result.Part part : result.parts()) {
      report.part(result, part);
    }
    result.presence().ifPresent(seen -> report.presence(result, seen));
    report.notices(result.oddities().notices());
    result.server().ifPresent(server -> report.server(result, server));
    result.floor().ifPresent(floor -> report.floor(result, floor));
    report.tool(result);
    report.remarks(result);
    return report.text.toString();
  }

  private void head(Result result) {
    Plan plan = result.plan();
    Plan.Shape shape = plan.shape();
    String who = switch (plan.preset()) {
      case FANOUT -> "%,d sender(s) to %,d receivers".formatted(shape.senders(), shape.receivers());
      case ROOMS -> "%,d room(s) of %,d users".formatted(shape.rooms(), shape.senders());
      case MESH -> "%,d clients that write to each other".formatted(shape.senders());
      case SOCKETIO -> "%,d clients of one namespace".formatted(plan.connections());
      case PTT, SNAPSHOT -> "%,d group(s) of one talker and %,d listeners%s".formatted(shape.rooms(), shape.receivers(),
          plan.preset() == Preset.PTT ? "" : ", and %,d watchers of %,d users".formatted(shape.crowd(), shape.measured() + plan.watching().orElseThrow().online()));
      case PRESENCE -> "%,d mobiles and %,d watchers".formatted(shape.senders(), shape.crowd());
      case IDLE -> "%,d connections that only listen".formatted(shape.crowd());
      case STORM -> "%,d connections that arrive while %,d others go on".formatted(shape.crowd(), shape.measured());
    };
    String pace = plan.preset() == Preset.IDLE ? "" : plan.preset() == Preset.PRESENCE ? ", a heartbeat every %s s each".formatted(number(plan.heartbeat().toMillis() / 1000.0))
        : plan.pace().saturates() ? ", as fast as the server delivers, %d bytes".formatted(result.messageBytes())
        : ", %s messages/s %s, %d bytes".formatted(number(plan.pace().rate()),
            plan.pace().together() > 1 ? "each, %d together".formatted(plan.pace().together()) : "each", result.messageBytes());
    line("%s: %s%s, on %s (%s)", word(plan.preset()), who, pace, plan.receivers().target().origin(), word(plan.dialect()));
    if (result.interrupted()) {
      line("Stopped before its time: the figures are of the time until then.");
    }
  }

  private void opening(String name, Result.Opening opening) {
    line("");
    row(name, "%,d of %,d ready, in %.2f s", opening.opened(), opening.wanted(), opening.seconds());
    row("connect", "%s", percentiles(opening.connect()));
    row("ready", "%s", percentiles(opening.ready()));
    if (opening.failed() > 0) {
      row("failed", "%,d; the first: %s", opening.failed(), opening.firstFailure());
    }
  }

  private void part(Result result, Result.Part part) {
    Tally tally = part.tally();
    line("");
    row(part.name(), "%.1f s, %,d messages sent", part.seconds(), tally.sent);
    boolean isHeard = result.plan().preset() != Preset.PRESENCE;
    if (isHeard) {
      row("delivered", "%,d of %,d, %,.0f a second", tally.delivered, part.expected(), part.deliveredPerSecond());
      row("lost", "%,d%s", part.lost(), share(part.lost(), part.expected()));
      row("duplicated", "%,d%s", tally.duplicated, share(tally.duplicated, part.expected()));
      row("out of order", "%,d%s", tally.reordered, share(tally.reordered, part.expected()));
    }
    if (tally.heldBack > 0) {
      row("held back", "%,d messages waited to be sent, because the server took nothing more", tally.heldBack);
    }
    if (part.unsent() > 0) {
      row("not sent", "%,d messages that were due: the server did not take them", part.unsent());
    }
    if (isHeard) {
      row("latency", "%s", result.plan().pace().saturates() ? "means nothing at saturation: messages wait in queues that the tool keeps full"
          : percentiles(tally.latency));
    }
  }

  private void presence(Result result, Result.Presence presence) {
    Watch.Seen seen = presence.seen();
    line("");
    row("snapshots", "%,d users in the largest; %,d watchers without a complete one, %,d updates before one", seen.users(), seen.incomplete(), seen.early());
    if (result.plan().preset() == Preset.PRESENCE) {
      row("changes", "%,d of %,d seen; %,d lost, %,d doubled, %,d that there were not", seen.changes(), presence.changes(), presence.lost(), seen.doubled(),
          seen.unexpected());
      row("seen after", "%s", percentiles(seen.latency()));
      row("heartbeats", "%,d sent with the warm-up%s", presence.beats(),
          presence.accepted().isPresent() ? ", %,d accepted by the server".formatted(presence.accepted().getAsLong()) : "; the server does not say how many it accepted");
    }
    presence.redis().ifPresent(redis -> redis(redis, result.parts().getFirst().tally().sent));
  }

  private void redis(RedisUse redis, long heartbeats) {
    double each = Math.max(1, heartbeats);
    row("Redis", "%.3f reads and %.2f commands a heartbeat, %.3f cores (%,d reads, %,d commands in %.1f s)", redis.reads() / each, redis.commands() / each, redis.cores(), redis.reads(),
        redis.commands(), redis.seconds());
    row("of these", "%s", redis.calls().entrySet().stream().sorted(Map.Entry.<String, Long>comparingByValue().reversed())
        .map(command -> "%,d %s".formatted(command.getValue(), command.getKey())).collect(Collectors.joining(", ")));
  }

  private static String crowdName(Preset preset) {
    return switch (preset) {
      case STORM -> "the storm";
      case PRESENCE, SNAPSHOT -> "watchers";
      case FANOUT, ROOMS, MESH, IDLE, PTT, SOCKETIO -> "connections";
    };
  }

  private void notices(Notices notices) {
    if (notices.all() > 0) {
      row("beside the load", "%s", notices.counts().entrySet().stream().map(kind -> "%,d %s".formatted(kind.getValue(), kind.getKey()))
          .collect(Collectors.joining(", ")));
    }
  }

  private void server(Result result, Result.Server server) {
    line("");
    if (result.plan().preset() == Preset.PRESENCE) {
      row("server CPU", "%.2f %% of a core", server.cores() * 100);
    } else if (result.plan().preset() != Preset.IDLE) {
      row("server CPU", "%.3f µs a delivery (%.3f user, %.3f system), %.2f cores", server.micros(), server.userMicros(), server.systemMicros(), server.cores());
    } else {
      row("server CPU", "%.3f cores", server.cores());
    }
    row("server resident", "%.1f MB at the end", server.residentKilobytes() / 1024.0);
    server.memory().ifPresent(memory -> row("server memory", "%.2f KB a connection: %.1f MB before, %.1f MB with %,d connections%s", memory.each(),
        memory.before() / 1024.0,
        memory.after() / 1024.0, memory.connections(), memory.settled() ? "" : " (still changing)"));
  }

  private void floor(Result result, Floor floor) {
    row("floor", "%.2f µs CPU for a plain loop-back send of as many bytes, %,.0f a second and thread", floor.sendMicros(), floor.sendsPerSecond());
    Optional<Result.Part> part = result.parts().stream().findFirst();
    String rate = part.map(measured -> "%.0f %% of its sends a second".formatted(100 * measured.deliveredPerSecond() / floor.sendsPerSecond())).orElse("");
    String cpu = result.server().map(server -> "; the server's CPU for a delivery is %.0f %% of its send".formatted(100 * server.micros() / floor.sendMicros())).orElse("");
    row("beside the floor", "deliveries are %s%s", rate, cpu);
  }

  private void tool(Result result) {
    Result.Tool tool = result.tool();
    line("");
    row("the tool", "busiest thread %.0f %% computing, %.0f %% waiting for a core%s", tool.busiest() * 100, tool.waited() * 100,
        result.parts().isEmpty() || result.plan().preset() == Preset.PRESENCE ? "" : "; %.0f ns CPU a delivery".formatted(tool.nanosPerDelivery()));
    if (!result.parts().isEmpty() && !result.plan().pace().saturates()) {
      row("sent late by", "%s", percentiles(result.parts().getLast().tally().sendLag));
    }
  }

  private void remarks(Result result) {
    LoadLoop.Oddities oddities = result.oddities();
    if (oddities.strays() > 0) {
      line("! %,d messages came to connections that should not get them (is --hear right?)", oddities.strays());
    }
    if (oddities.misnamed() > 0) {
      line("! %,d messages named another sender than theirs", oddities.misnamed());
    }
    result.presence().ifPresent(this::remarks);
    if (oddities.notices().errors() > 0) {
      line("! %,d error messages came from the server; the first: %s", oddities.notices().errors(), oddities.notices().firstError());
    }
    if (oddities.ended() > 0) {
      line("! %,d connections ended before the run did; the first: %s", oddities.ended(), oddities.firstEnd());
    }
    result.tool().complaints().forEach(complaint -> line("! %s", complaint));
  }

  private void remarks(Result.Presence presence) {
    if (presence.absent() > 0) {
      line("! %,d visitors could not connect", presence.absent());
    }
    if (presence.seen().malformed() > 0) {
      line("! %,d messages to watchers were not what the contract says", presence.seen().malformed());
    }
    if (presence.accepted().isPresent() && presence.accepted().getAsLong() < presence.beats()) {
      line("! the server ignored heartbeats: beats below PRESENCE_MIN_HEARTBEAT_MS (25 s) count as too early");
    }
  }

  private void row(String name, String format, Object... values) {
    text.append("%-18s ".formatted(name)).append(String.format(Locale.ROOT, format, values)).append('\n');
  }

  private void line(String format, Object... values) {
    text.append(String.format(Locale.ROOT, format, values)).append('\n');
  }

  private static String percentiles(Histogram nanos) {
    if (nanos.getTotalCount() == 0) {
      return "-";
    }
    StringBuilder all = new StringBuilder();
    for (double percentile : List.of(50.0, 90.0, 95.0, 99.0, 99.9)) {
      all.append("p%s %s  ".formatted(number(percentile), millis(nanos.getValueAtPercentile(percentile))));
    }
    return all.append("max ").append(millis(nanos.getMaxValue())).append(" ms").toString();
  }

  private static String millis(long nanos) {
    double millis = nanos / 1e6;
    return String.format(Locale.ROOT, millis < 10 ? "%.2f" : millis < 100 ? "%.1f" : "%.0f", millis);
  }

  private static String share(long part, long whole) {
    return part == 0 || whole == 0 ? "" : String.format(Locale.ROOT, " (%.3f %%)", 100.0 * part / whole);
  }

  private static String number(double value) {
    return value == Math.rint(value) ? Long.toString((long) value) : Double.toString(value);
  }

  private static String word(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }
}
