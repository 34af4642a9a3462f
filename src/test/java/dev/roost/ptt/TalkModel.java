package dev.roost.ptt;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.TreeMap;

/**
 * What the contract says of talk and presence on one server, written from it and not from the server: who is told what, in words such as {@code "3 A g"} (type, sender, target), and who is online. Times are milliseconds.
 */
final class TalkModel {
  private final long maxAudio;
  private final long busyTimeout;
  private final long inspectInterval;
  private final long ttl;
  private final long spacing;
  private final boolean allowsDuplicates;
  private long now;
  private long nextInspection;
  private long stops;
  /** The connections of each user, oldest first. */
  private final Map<String, List<Link>> links = new TreeMap<>();
  private final Map<String, Set<String>> added = new HashMap<>();
  private final Map<String, Turn> turns = new HashMap<>();
  private final Map<String, String> devices = new HashMap<>();
  /** When the time of each user who is online is over. */
  final Map<String, Long> online = new TreeMap<>();
  private final Map<String, Long> beats = new HashMap<>();
  /** How often what happened: a schedule that misses something would prove nothing of it. */
  final Map<String, Integer> seen = new TreeMap<>();

  TalkModel(long maxAudio, long busyTimeout, long inspectInterval, long ttl, long spacing, boolean allowsDuplicates) {
    this.maxAudio = maxAudio;
    this.busyTimeout = busyTimeout;
    this.inspectInterval = inspectInterval;
    this.ttl = ttl;
    this.spacing = spacing;
    this.allowsDuplicates = allowsDuplicates;
    nextInspection = inspectInterval;
  }

  /** A connection, and what it must have been told since somebody looked. */
  static final class Link {
    final String user;
    private final String device;
    private final Set<String> groups;
    private final Map<String, Speech> speeches = new LinkedHashMap<>();
    private final Queue<Runnable> waiting = new ArrayDeque<>();
    private Optional<Long> stopsAt = Optional.empty();
    private Runnable stop = () -> { };
    /** Of two STOPs that are due at the same time, the one that came first is first. */
    private long stopNumber;
    private long lastRefusal = -1_000_000;
    private boolean isOver;
    List<String> told = new ArrayList<>();

    Link(String user, String device, Set<String> groups) {
      this.user = user;
      this.device = device;
      this.groups = groups;
    }

    boolean isOver() {
      return isOver;
    }
  }

  /** From START on. */
  private static final class Speech {
    private final String target;
    private final boolean isGroup;
    private final long since;
    private boolean isStopped;

    Speech(String target, boolean isGroup, long since) {
      this.target = target;
      this.isGroup = isGroup;
      this.since = since;
    }
  }

  /** Who has the floor. */
  private record Turn(String user, Link link, long since, long lastAudio) {}

  private void count(String what) {
    seen.merge(what, 1, Integer::sum);
  }

  // ---- Who is who

  boolean isMember(String user, String group) {
    return added.getOrDefault(group, Set.of()).contains(user) || links(user).stream().anyMatch(link -> link.groups.contains(group));
  }

  private List<Link> links(String user) {
    return links.getOrDefault(user, List.of());
  }

  Optional<String> holder(String group) {
    return turn(group).map(Turn::user);
  }

  private Optional<Turn> turn(String group) {
    return Optional.ofNullable(turns.get(group)).filter(turn -> now - turn.since <= busyTimeout);
  }

  private void toGroup(String group, String sender, String what) {
    links.forEach((user, theirs) -> {
      if (!user.equals(sender) && isMember(user, group)) {
        theirs.forEach(link -> link.told.add(what));
      }
    });
  }

  private void toUser(String user, String what) {
    links(user).forEach(link -> link.told.add(what));
  }

  // ---- Coming and going

  Link connect(String user, String device, Set<String> groups) {
    Link link = new Link(user, device, groups);
    List<Link> theirs = links.computeIfAbsent(user, id -> new ArrayList<>());
    List<Link> older = List.copyOf(theirs);
    theirs.add(link);
    boolean isOther = !device.equals(devices.put(user, device));
    if (allowsDuplicates && theirs.size() > 10) {
      end(theirs.getFirst());
    }
    if (!allowsDuplicates) {
      older.forEach(old -> {
        if (isOther) {
          old.told.add("9 0 " + user);
        }
        count(isOther ? "another device" : "the same device");
        end(old);
      });
    }
    online.put(user, now + ttl);
    return link;
  }

  void leave(Link link) {
    if (link.isOver) {
      return;
    }
    end(link);
    if (!links.containsKey(link.user)) {
      online.remove(link.user);
      beats.remove(link.user);
    }
  }

  private void end(Link link) {
    link.isOver = true;
    for (Speech speech : List.copyOf(link.speeches.values())) {
      if (speech.isGroup) {
        stopIfSpeaking(link, speech);
      } else if (!speech.isStopped) {
        toUser(speech.target, "2 " + link.user + " " + speech.target);
      }
    }
    links(link.user).remove(link);
    if (links(link.user).isEmpty()) {
      links.remove(link.user);
    }
  }

  private void stopIfSpeaking(Link link, Speech speech) {
    Turn turn = turns.get(speech.target);
    if (turn != null && turn.link == link) {
      count("a speaker goes");
      turns.remove(speech.target);
      speech.isStopped = true;
      toGroup(speech.target, link.user, "2 " + link.user + " " + speech.target);
    }
  }

  void heartbeat(Link link) {
    if (link.isOver || now - beats.getOrDefault(link.user, now - spacing) < spacing) {
      count("a heartbeat too early");
      return;
    }
    beats.put(link.user, now);
    online.put(link.user, now + ttl);
  }

  // ---- Messages

  /** What a connection sends, in its order: behind a STOP that is not answered yet it waits. */
  void send(Link link, Runnable message) {
    if (link.isOver) {
      return;
    }
    if (link.stopsAt.isPresent()) {
      link.waiting.add(message);
    } else {
      message.run();
    }
  }

  void join(Link link, String group) {
    added.computeIfAbsent(group, id -> new HashSet<>()).add(link.user);
  }

  void quit(Link link, String group) {
    for (Link own : List.copyOf(links(link.user))) {
      Optional.ofNullable(own.speeches.get("0" + group)).ifPresent(speech -> stopIfSpeaking(own, speech));
    }
    added.getOrDefault(group, new HashSet<>()).remove(link.user);
  }

  void start(Link link, String group) {
    String address = link.user + " " + group;
    if (!isMember(link.user, group)) {
      link.told.add("27 " + address);
      link.told.add("8 " + address + " Ack Failed");
      return;
    }
    Optional<Turn> turn = turn(group);
    boolean isFree = turn.isEmpty() || turn.get().user.equals(link.user);
    if (!isFree && now - turn.get().lastAudio < 3_000) {
      count("busy");
      link.told.add("8 " + address + " Busy");
      return;
    }
    count(isFree ? "granted" : "taken over");
    turns.put(group, new Turn(link.user, link, now, now));
    links(link.user).forEach(own -> own.speeches.remove("0" + group));
    link.speeches.put("0" + group, new Speech(group, true, now));
    link.told.add("6 " + address);
    toGroup(group, link.user, "1 " + address);
  }

  void audio(Link link, String group) {
    String address = link.user + " " + group;
    if (!isMember(link.user, group)) {
      if (now - link.lastRefusal >= 1_000) {
        link.lastRefusal = now;
        link.told.add("27 " + address);
      }
      return;
    }
    Optional<Turn> turn = turn(group);
    // Of one user there is one speech in a group, whichever connection the sound comes by.
    Link speaker = links(link.user).stream().filter(own -> own.speeches.containsKey("0" + group)).findFirst().orElse(link);
    Speech speech = speaker.speeches.get("0" + group);
    if (turn.isPresent() && !turn.get().user.equals(link.user)) {
      count("audio of a non-holder");
    } else if (speech != null && speech.isStopped) {
      count("audio after the limit");
    } else if (speech != null && now - speech.since > maxAudio) {
      count("too long");
      speech.isStopped = true;
      turns.remove(group);
      speaker.told.add("7 " + address);
      toGroup(group, link.user, "2 " + address);
    } else {
      turn.ifPresent(held -> turns.put(group, new Turn(held.user, held.link, held.since, now)));
      count(turn.isPresent() ? "audio" : "audio of nobody");
      toGroup(group, link.user, "3 " + address);
    }
  }

  void stop(Link link, String group) {
    stopLater(link, () -> {
      String address = link.user + " " + group;
      link.told.add("7 " + address);
      if (turn(group).filter(turn -> turn.link == link).isPresent()) {
        count("stop");
        turns.remove(group);
        toGroup(group, link.user, "2 " + address);
      } else {
        count("stop of a non-holder");
      }
      Speech speech = link.speeches.get("0" + group);
      if (speech != null && !speech.isStopped) {
        link.speeches.remove("0" + group);
      }
    });
  }

  private void stopLater(Link link, Runnable stop) {
    link.stopsAt = Optional.of(now + PttWorld.STOP_DELAY);
    link.stopNumber = ++stops;
    link.stop = stop;
  }

  void text(Link link, String group) {
    String address = link.user + " " + group;
    if (isMember(link.user, group)) {
      link.told.add("22 " + address);
      toGroup(group, link.user, "17 " + address);
    } else {
      link.told.add("27 " + address);
    }
  }

  // ---- Calls

  void call(Link link, String user) {
    String address = link.user + " " + user;
    if (links.containsKey(user)) {
      link.speeches.put("1" + user, new Speech(user, false, now));
      link.told.add("6 " + address);
      toUser(user, "1 " + address);
    } else {
      count("recipient offline");
      link.told.add("8 " + address + " Recipient offline");
    }
  }

  void say(Link link, String user) {
    String address = link.user + " " + user;
    Speech speech = link.speeches.get("1" + user);
    if (speech != null && !speech.isStopped && now - speech.since > maxAudio) {
      count("too long a call");
      speech.isStopped = true;
      link.told.add("7 " + address);
      toUser(user, "2 " + address);
    } else if (speech == null || !speech.isStopped) {
      toUser(user, "3 " + address);
    }
  }

  void hangUp(Link link, String user) {
    stopLater(link, () -> {
      String address = link.user + " " + user;
      link.told.add("7 " + address);
      Speech speech = link.speeches.get("1" + user);
      if (speech == null || !speech.isStopped) {
        link.speeches.remove("1" + user);
        toUser(user, "2 " + address);
      }
    });
  }

  // ---- Time

  void pass(long millis) {
    long end = now + millis;
    while (true) {
      Optional<Link> next = links.values().stream().flatMap(List::stream).filter(link -> link.stopsAt.isPresent()).min(Comparator.comparingLong(link -> link.stopNumber));
      long due = Math.min(next.flatMap(link -> link.stopsAt).orElse(Long.MAX_VALUE), nextInspection);
      if (due > end) {
        break;
      }
      now = due;
      if (due == nextInspection) {
        nextInspection += inspectInterval;
        turns.values().removeIf(turn -> now - turn.since > busyTimeout);
      } else {
        stopNow(next.orElseThrow());
      }
    }
    now = end;
    online.values().removeIf(over -> over <= now);
  }

  private void stopNow(Link link) {
    link.stopsAt = Optional.empty();
    link.stop.run();
    while (!link.isOver && link.stopsAt.isEmpty() && !link.waiting.isEmpty()) {
      link.waiting.remove().run();
    }
  }
}
