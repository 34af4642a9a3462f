package dev.roost.socketio;

import dev.roost.core.Delivery;
import dev.roost.core.Outbox;
import java.util.Locale;
import java.util.Map;

/** Counts what happens to sessions. On the loop of the server. */
final class EngineFigures implements Outbox.Drops {
  private long opened;
  private long upgrades;
  private long dropped;
  private final long[] ended = new long[EngineClose.values().length];

  void opened() {
    opened++;
  }

  void upgraded() {
    upgrades++;
  }

  void ended(EngineClose reason) {
    ended[reason.ordinal()]++;
  }

  @Override
  public void dropped(Delivery.Kind kind, int bytes) {
    dropped++;
  }

  void addTo(Map<String, Number> all) {
    all.put("sessionsOpened", opened);
    all.put("upgrades", upgrades);
    all.put("pollingFramesDropped", dropped);
    for (EngineClose reason : EngineClose.values()) {
      all.put("endedBy" + camelCase(reason), ended[reason.ordinal()]);
    }
  }

  private static String camelCase(EngineClose reason) {
    StringBuilder name = new StringBuilder();
    for (String word : reason.name().split("_")) {
      name.append(word.charAt(0)).append(word.substring(1).toLowerCase(Locale.ROOT));
    }
    return name.toString();
  }
}
