package dev.roost.parrot;

import dev.roost.core.Audience;
import dev.roost.core.CloseReason;
import dev.roost.core.Connection;
import dev.roost.core.Delivery;
import dev.roost.core.Frame;
import dev.roost.core.Loop;
import dev.roost.core.RandomIds;
import dev.roost.parrot.ParrotMessages.Ack;
import dev.roost.parrot.ParrotMessages.BadData;
import dev.roost.parrot.ParrotMessages.BulkItem;
import dev.roost.parrot.ParrotMessages.BulkListenerConnected;
import dev.roost.parrot.ParrotMessages.Data;
import dev.roost.parrot.ParrotMessages.DataPoint;
import dev.roost.parrot.ParrotMessages.DataReceived;
import dev.roost.parrot.ParrotMessages.DemoteUser;
import dev.roost.parrot.ParrotMessages.Fault;
import dev.roost.parrot.ParrotMessages.FromDashboard;
import dev.roost.parrot.ParrotMessages.FromUser;
import dev.roost.parrot.ParrotMessages.GetStats;
import dev.roost.parrot.ParrotMessages.Handshake;
import dev.roost.parrot.ParrotMessages.KickUser;
import dev.roost.parrot.ParrotMessages.Kicked;
import dev.roost.parrot.ParrotMessages.ListenerConnected;
import dev.roost.parrot.ParrotMessages.Malformed;
import dev.roost.parrot.ParrotMessages.OrientationData;
import dev.roost.parrot.ParrotMessages.OrientationListenerConnected;
import dev.roost.parrot.ParrotMessages.Outbound;
import dev.roost.parrot.ParrotMessages.PromoteUser;
import dev.roost.parrot.ParrotMessages.Rejected;
import dev.roost.parrot.ParrotMessages.Rejection;
import dev.roost.parrot.ParrotMessages.RequestSenderRole;
import dev.roost.parrot.ParrotMessages.SensorData;
import dev.roost.parrot.ParrotMessages.ServerShutdown;
import dev.roost.parrot.ParrotMessages.Target;
import dev.roost.parrot.ParrotMessages.UserNotFound;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * One Pocket Parrot: its users around the {@link SenderSlot}, its dashboards and listeners, and the way of a data point through them. Everything runs on one loop.
 */
final class ParrotSession {
  private final Loop loop;
  private final ParrotSettings settings;
  private final RandomIds ids;
  private final Users users = new Users();
  private final SessionRecords records;
  private final Receivers receivers;
  private final BulkQueue bulk;
  private final StatsBoard stats;
  private final SenderSlot slot;
  private long seq;

  /**
   * @param loop where all methods are called
   * @param encoder makes a frame of a message
   */
  ParrotSession(Loop loop, ParrotSettings settings, RandomIds ids, Function<Outbound, Frame> encoder) {
    this.loop = loop;
    this.settings = settings;
    this.ids = ids;
    records = new SessionRecords(settings.sessionTtl(), settings.kickBan());
    receivers = new Receivers(encoder);
    bulk = new BulkQueue(loop, receivers, settings.batchInterval(), settings.maxBatchSize());
    stats = new StatsBoard(loop, users, receivers, this::sender, bulk::size, settings.maxUsers());
    slot = new SenderSlot(loop, settings, users, records, receivers, stats);
  }

  private Optional<User> sender() {
    return slot.holder();
  }

  // ---- Users

  /** T1 to T3: a connection wants to be a user; empty if it may not. */
  Optional<User> connectUser(Connection connection, String ip) {
    if (slot.isFull()) {
      receivers.send(connection, new Rejected(Rejection.CAPACITY));
      connection.close(CloseReason.tryAgainLater("Server at capacity"));
      return Optional.empty();
    }
    if (records.isAddressBanned(ip, loop.nanos())) {
      refuseBanned(connection);
      return Optional.empty();
    }
    User user = new User("user_" + loop.now().toEpochMilli() + "_" + ids.next(9), ++seq, connection, loop.now(), ip);
    user.receivesData = settings.observerSensorData();
    slot.connected(user);
    return Optional.of(user);
  }

  /** A message of a user. Nothing happens if the user is gone. */
  void receive(User user, FromUser message) {
    if (!users.contains(user)) {
      return;
    }
    switch (message) {
      case Handshake handshake -> handshake(user, handshake);
      case Data data -> data(user, data.point());
      case BadData bad -> badData(user, bad);
      case RequestSenderRole request -> slot.requestRole(user);
      case Malformed malformed -> receivers.send(user, new Fault(malformed.code(), malformed.message()));
    }
  }

  /** The connection of a user has ended. */
  void disconnectUser(User user) {
    slot.left(user);
  }

  private void handshake(User user, Handshake handshake) {
    if (handshake.deviceId().filter(id -> records.isDeviceBanned(id, loop.nanos())).isPresent()) {
      refuseBanned(user.connection);
      slot.left(user);
    } else {
      slot.handshake(user, handshake);
    }
  }

  private void refuseBanned(Connection connection) {
    receivers.send(connection, new Kicked());
    connection.close(CloseReason.policy("Kicked"));
  }

  /** Section 3.5: the order in which one accepted point goes out. */
  private void data(User user, DataPoint point) {
    if (!slot.accept(user)) {
      return;
    }
    Instant now = loop.now();
    if (point.orientation().isPresent()) {
      receivers.to(receivers.orientation, new OrientationData(now, user.id, user.username, point.orientation()), Delivery.DROPPABLE);
    }
    bulk.add(new BulkItem(now, user.id, user.username, point));
    receivers.stream(new SensorData(now, user.id, user.username, point.whole()), interestedUsers(user));
    receivers.toDashboards(new DataReceived(user.id, user.dataCount), Delivery.DROPPABLE);
    stats.dataAccepted();
    receivers.send(user, new Ack(now, point.id(), user.id));
  }

  private void badData(User user, BadData bad) {
    if (!slot.isHeldBy(user)) {
      receivers.send(user, new Rejected(Rejection.NOT_ACTIVE_SENDER));
    } else if (bad.mayAnswer()) {
      receivers.send(user, new Fault("bad_data", "data must be an object"));
    }
  }

  /** D5: observers who asked for the stream. */
  private List<User> interestedUsers(User sender) {
    return users.all().stream().filter(user -> user.receivesData && user != sender).toList();
  }

  // ---- Dashboards

  /**
   * A dashboard has connected.
   *
   * @param operator whether it may act, and see addresses and devices
   */
  void connectDashboard(Connection connection, boolean operator) {
    (operator ? receivers.operators : receivers.guests).add(connection);
    receivers.stats(connection, stats.stats(), !operator);
  }

  void receive(Connection dashboard, boolean operator, FromDashboard message) {
    switch (message) {
      case GetStats get -> receivers.stats(dashboard, stats.stats(), !operator);
      case Malformed malformed -> receivers.send(dashboard, new Fault(malformed.code(), malformed.message()));
      case FromDashboard action when !operator -> receivers.send(dashboard,
          new Fault("not_allowed", "Without a dashboard token only dashboards on the server's own machine may do this"));
      case KickUser kick -> withUser(dashboard, kick.target(), slot::kick);
      case PromoteUser promote -> withUser(dashboard, promote.target(), slot::promoteByDashboard);
      case DemoteUser demote -> {
        if (!slot.demote()) {
          receivers.send(dashboard, new Fault("no_active_sender", "There is no active sender to demote"));
        }
      }
    }
  }

  void disconnectDashboard(Connection connection) {
    receivers.operators.remove(connection);
    receivers.guests.remove(connection);
  }

  private void withUser(Connection dashboard, Target target, Consumer<User> action) {
    target.id().flatMap(users::find).ifPresentOrElse(action, () -> receivers.send(dashboard, new UserNotFound(target.raw())));
  }

  // ---- Listeners

  void connectListener(Connection connection) {
    receivers.send(connection, new ListenerConnected(loop.now()));
    receivers.listeners.add(connection);
    if (!stats.changedOften()) {
      receivers.stats(connection, stats.stats(), true);
    }
  }

  void connectOrientationListener(Connection connection) {
    receivers.send(connection, new OrientationListenerConnected(loop.now()));
    receivers.orientation.add(connection);
    stats.changedOften();
  }

  void connectBulkListener(Connection connection) {
    receivers.send(connection, new BulkListenerConnected(settings.batchInterval(), settings.maxBatchSize(), loop.now()));
    receivers.bulk.add(connection);
    stats.changedOften();
  }

  void disconnectListener(Connection connection) {
    receivers.listeners.remove(connection);
    receivers.orientation.remove(connection);
    receivers.bulk.remove(connection);
    if (receivers.bulk.isEmpty()) {
      bulk.clear();
    }
    stats.changedOften();
  }

  // ---- The whole

  /** Figures for operators; see {@code Protocol.figures}. */
  Map<String, Number> figures() {
    ParrotMessages.Stats now = stats.stats();
    Map<String, Number> figures = new LinkedHashMap<>();
    figures.put("activeUsers", now.activeUsers());
    figures.put("activeSenders", now.activeSender().isPresent() ? 1 : 0);
    figures.put("dashboards", receivers.dashboards());
    figures.put("passiveListeners", now.passiveListeners());
    figures.put("orientationListeners", now.orientationListeners());
    figures.put("bulkDataListeners", now.bulkDataListeners());
    figures.put("bulkQueueSize", now.bulkQueueSize());
    figures.put("totalDataPoints", now.totalDataPoints());
    figures.put("dataRate", now.dataRate());
    return figures;
  }

  /** Shutdown (section 4): what waits goes out, everybody is told, everybody is closed with 1001. */
  void shutdown() {
    bulk.flush();
    stats.stop();
    Frame notice = receivers.encode(new ServerShutdown());
    Stream<Connection> everybody = Stream.concat(users.all().stream().map(user -> user.connection),
        Stream.of(receivers.operators, receivers.guests, receivers.listeners, receivers.orientation, receivers.bulk)
            .map(Audience::members).flatMap(List::stream));
    for (Connection connection : everybody.toList()) {
      connection.send(notice);
      connection.close(CloseReason.GOING_AWAY);
    }
  }
}
