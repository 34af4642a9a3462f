package dev.roost.bench;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.stream.Stream;

/**
 * A run that makes sense: what the command line says, checked and completed.
 *
 * @param hear what senders get of their room
 * @param expect how many connections each message reaches; empty: derived
 * @param seed of what is left to chance: to whom a message of mesh goes
 * @param headers {@code Name: value} lines that each upgrade request carries
 * @param heartbeat how often each connection says that it is there, where its side has words for that; zero: never
 * @param watching who is online and who watches that: presence and snapshot only
 * @param pid the server's process, on this machine
 */
record Plan(Preset preset, Dialect dialect, Side receivers, Side senders, Template message, Hear hear, OptionalInt expect, long seed, List<String> headers,
    boolean insecure, Shape shape, Pace pace, Duration heartbeat, Optional<Watching> watching, int atOnce, Duration openLimit, int threads, OptionalLong pid, boolean floor) {

  /**
   * How one kind of connection opens.
   *
   * @param credentials who it says that it is; empty where the path says that
   * @param heartbeat what it says from time to time
   */
  record Side(Target target, List<Step> opening, Optional<Credentials> credentials, Optional<Template> heartbeat) {
    /** Whether the tool gave the clients these names, by path or by token. */
    boolean calls(String client) {
      return target.path().text().contains(client) || credentials.isPresent();
    }

    /** Whether the server asks from time to time, in the words of Engine.IO, whether the client is there. */
    boolean isEngine() {
      return target.path().text().contains(SocketIoTexts.ENGINE);
    }

    private Side with(String placeholder, String value) {
      return new Side(target, opening.stream().map(step -> step.with(placeholder, value)).toList(), credentials, heartbeat);
    }
  }

  /**
   * Who takes part.
   *
   * @param receivers that hear each room, beside its senders
   * @param senders in each room
   * @param crowd connections that only listen (idle), arrive in the middle (storm), or watch (presence, snapshot)
   * @param crowdRoom how many of these share a room
   */
  record Shape(int rooms, int receivers, int senders, int crowd, int crowdRoom) {
    int allSenders() {
      return rooms * senders;
    }

    int measured() {
      return rooms * (receivers + senders);
    }

    private int connections() {
      return measured() + crowd;
    }
  }

  /**
   * How much is sent, and how long.
   *
   * @param rate messages a second of each sender; 0: as many as the server takes
   * @param window with rate 0: how many messages each sender may be ahead of their delivery
   * @param bytes that messages are filled up to
   * @param together how many messages a sender writes at a time, at an accordingly lower pace
   */
  record Pace(double rate, int window, int bytes, int together, double warmUpSeconds, double seconds) {
    boolean saturates() {
      return rate == 0;
    }
  }

  /** All that the connections say and wait for. */
  Stream<String> texts() {
    return Stream.concat(Stream.of(message.text()), Stream.of(receivers, senders).flatMap(side -> side.opening().stream()).map(Step::shown));
  }

  /** The same with this value in place of a placeholder, wherever it stands in what connections say and wait for. */
  Plan with(String placeholder, String value) {
    return new Plan(preset, dialect, receivers.with(placeholder, value), senders.with(placeholder, value), message.with(placeholder, value), hear, expect, seed, headers, insecure, shape, pace,
        heartbeat, watching, atOnce, openLimit, threads, pid, floor);
  }

  /** How many connections there are at most, but for those that warm the server up. */
  int connections() {
    return shape.connections() + watching.map(seen -> seen.connections(preset)).orElse(0);
  }

  /** How many connections hear each message. */
  int hearers() {
    return expect.orElse(preset == Preset.MESH ? 1 : shape.receivers() + hear.count(shape.senders()));
  }

  /** Who hears whom. */
  Routing routing() {
    return preset == Preset.MESH ? new Routing.ToOne(shape.senders(), seed) : new Routing.ToRoom(shape.rooms(), shape.senders(), hear);
  }
}
