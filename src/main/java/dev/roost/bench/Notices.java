package dev.roost.bench;

import java.nio.ByteBuffer;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What servers send beside the load: answers, lists, heartbeats, complaints; counted by the kind that each names near its begin, in Socket.IO by its event, or in MessagePack by its type. Not thread-safe: each loop has
 * its own, and they are added up at the end.
 */
final class Notices {
  private static final String ERROR = "error";
  /** What complains in PTT. */
  private static final List<String> ERRORS = List.of(ERROR, "START_FAILED", "UNAUTHORIZED_GROUP", "STATUS", "LOGIN_DUPLICATED");
  private static final String UNKNOWN = "(unknown)";
  private static final Pattern KIND = Pattern.compile("(?:^4\\d[^\\[]{0,100}\\[|\"(?:type|event|action)\"\\s*:\\s*)\"([\\w.:-]{1,40})\"");
  /** Kinds are named at once, lists may be long. */
  private static final int LOOK_AT = 120;
  private static final int SHOWN = 200;
  /** A server that names each message differently names no kinds. */
  private static final int MOST_KINDS = 50;

  private final Map<String, Long> counts = new TreeMap<>();
  private String firstError = "";

  /** Enters a message. */
  void arrived(ByteBuffer bytes, int from, int to) {
    // No text begins with the first byte of a MessagePack array.
    boolean isPacked = to - from >= 3 && (bytes.get(from) & 0xF0) == 0x90;
    Wire wire = isPacked ? Wire.BINARY : Wire.TEXT;
    String kind = isPacked ? PttFrames.name(bytes.get(from + 2)) : kind(text(bytes, from, Math.min(to, from + LOOK_AT), wire));
    if (ERRORS.contains(kind) && firstError.isEmpty()) {
      firstError = wire.shown(text(bytes, from, Math.min(to, from + SHOWN), wire));
    }
    counts.merge(counts.size() < MOST_KINDS || counts.containsKey(kind) ? kind : UNKNOWN, 1L, Long::sum);
  }

  private static String kind(String text) {
    Matcher matcher = KIND.matcher(text);
    return matcher.find() ? matcher.group(1) : UNKNOWN;
  }

  /** The sum of both, which stay as they are. */
  Notices plus(Notices more) {
    Notices sum = new Notices();
    sum.counts.putAll(counts);
    more.counts.forEach((kind, count) -> sum.counts.merge(kind, count, Long::sum));
    sum.firstError = firstError.isEmpty() ? more.firstError : firstError;
    return sum;
  }

  /** How many of each kind came, by the names of the kinds. */
  Map<String, Long> counts() {
    return Collections.unmodifiableMap(counts);
  }

  long all() {
    return counts.values().stream().mapToLong(Long::longValue).sum();
  }

  long errors() {
    return ERRORS.stream().mapToLong(kind -> counts.getOrDefault(kind, 0L)).sum();
  }

  /** What the first error said; empty if there was none. */
  String firstError() {
    return firstError;
  }

  private static String text(ByteBuffer bytes, int from, int to, Wire wire) {
    byte[] text = new byte[to - from];
    bytes.get(from, text);
    return new String(text, wire.charset);
  }
}
