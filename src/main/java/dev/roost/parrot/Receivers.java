package dev.roost.parrot;

import dev.roost.core.Audience;
import dev.roost.core.Connection;
import dev.roost.core.Delivery;
import dev.roost.core.Frame;
import dev.roost.parrot.ParrotMessages.Outbound;
import dev.roost.parrot.ParrotMessages.Stats;
import dev.roost.parrot.ParrotMessages.StatsUpdate;
import dev.roost.parrot.ParrotMessages.UserConnected;
import java.util.function.Function;

/** Everybody who gets something, and how it reaches them: each message is encoded once for all its receivers. */
final class Receivers {
  private static final Delivery STATS = Delivery.latest("stats");

  private final Function<Outbound, Frame> encoder;
  /** Dashboards that may act and see addresses. */
  final Audience operators = new Audience();
  /** Dashboards that only look. */
  final Audience guests = new Audience();
  final Audience listeners = new Audience();
  final Audience orientation = new Audience();
  final Audience bulk = new Audience();

  Receivers(Function<Outbound, Frame> encoder) {
    this.encoder = encoder;
  }

  /** A frame for receivers that are addressed one by one. */
  Frame encode(Outbound message) {
    return encoder.apply(message);
  }

  /** To one client; it must arrive. */
  void send(Connection to, Outbound message) {
    to.send(encoder.apply(message));
  }

  void send(User to, Outbound message) {
    send(to.connection, message);
  }

  /** To all users but one. */
  void toOthers(Users users, User except, Outbound message) {
    Frame frame = encoder.apply(message);
    for (User user : users.all()) {
      if (user != except) {
        user.connection.send(frame);
      }
    }
  }

  /** An event that must arrive, to all dashboards. */
  void toDashboards(Outbound event) {
    toDashboards(event, Delivery.RELIABLE);
  }

  void toDashboards(Outbound event, Delivery delivery) {
    if (!operators.isEmpty() || !guests.isEmpty()) {
      Frame frame = encoder.apply(event);
      operators.send(frame, delivery);
      guests.send(frame, delivery);
    }
  }

  void announce(User connected) {
    to(operators, new UserConnected(connected.id, connected.ip), Delivery.RELIABLE);
    to(guests, new UserConnected(connected.id, ""), Delivery.RELIABLE);
  }

  /** To one group; nothing is encoded where nobody listens. */
  void to(Audience audience, Outbound message, Delivery delivery) {
    if (!audience.isEmpty()) {
      audience.send(encoder.apply(message), delivery);
    }
  }

  /** The stream itself, to listeners and to the users who asked for it. */
  void stream(Outbound data, Iterable<User> interested) {
    boolean anyUser = interested.iterator().hasNext();
    if (!anyUser && listeners.isEmpty()) {
      return;
    }
    Frame frame = encoder.apply(data);
    listeners.send(frame, Delivery.DROPPABLE);
    for (User user : interested) {
      user.connection.send(frame, Delivery.DROPPABLE);
    }
  }

  /** Statistics to all who get them; only operators see addresses and devices. */
  void stats(Stats stats) {
    to(operators, new StatsUpdate(stats, false), STATS);
    if (!listeners.isEmpty() || !guests.isEmpty()) {
      Frame masked = encoder.apply(new StatsUpdate(stats, true));
      listeners.send(masked, STATS);
      guests.send(masked, STATS);
    }
  }

  /** Statistics to one. */
  void stats(Connection to, Stats stats, boolean masked) {
    to.send(encoder.apply(new StatsUpdate(stats, masked)), STATS);
  }

  int dashboards() {
    return operators.size() + guests.size();
  }
}
