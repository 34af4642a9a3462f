package dev.roost.mesh;

import dev.roost.core.Audience;
import dev.roost.core.CloseReason;
import dev.roost.core.Connection;
import dev.roost.core.Delivery;
import dev.roost.core.Frame;
import dev.roost.core.InFlight;
import dev.roost.core.Loop;
import dev.roost.core.OncePer;
import dev.roost.mesh.MeshMessages.AdminHeartbeat;
import dev.roost.mesh.MeshMessages.ClientList;
import dev.roost.mesh.MeshMessages.ClientListUpdate;
import dev.roost.mesh.MeshMessages.Fault;
import dev.roost.mesh.MeshMessages.FaultAnswer;
import dev.roost.mesh.MeshMessages.Faulty;
import dev.roost.mesh.MeshMessages.Heartbeat;
import dev.roost.mesh.MeshMessages.HeartbeatAck;
import dev.roost.mesh.MeshMessages.IceServers;
import dev.roost.mesh.MeshMessages.Inbound;
import dev.roost.mesh.MeshMessages.LocationUpdate;
import dev.roost.mesh.MeshMessages.Members;
import dev.roost.mesh.MeshMessages.Outbound;
import dev.roost.mesh.MeshMessages.PeerMessage;
import dev.roost.mesh.MeshMessages.RequestClientList;
import dev.roost.mesh.MeshMessages.RequestIceServers;
import dev.roost.mesh.MeshMessages.ServerHeartbeat;
import dev.roost.mesh.MeshMessages.Welcome;
import dev.roost.mesh.MeshStatistics.CandidateFigures;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * The devices of one organisation (sections 2.1, 2.4, 2.5 and 3 of the contract), and the {@link Election} among them. On its loop; organisations share nothing.
 */
final class Organization {
  private static final CloseReason REPLACED = CloseReason.policy("Replaced by new connection");
  private static final CloseReason TIMED_OUT = CloseReason.policy("Client timeout");
  private static final CloseReason FULL = CloseReason.tryAgainLater("Server full");
  private static final CloseReason MAIN_ADMIN_RETURNED = new CloseReason(1001, "Main admin returned");
  private static final Frame PING = Frame.ping(new byte[0]);
  private static final Delivery PINGS = Delivery.latest("ping");
  private static final Delivery SERVER_HEARTBEAT = Delivery.latest("server-heartbeat");
  private static final long OWN_SEQ = 0;

  private final String id;
  private final Loop loop;
  private final MeshSettings settings;
  private final Function<Outbound, Frame> encode;
  private final MeshListener listener;
  private final Election election;
  private final Instant startTime;
  private final MeshFigures figures = new MeshFigures();
  /** By id, in the order in which they came. */
  private final Map<String, Client> clients = new LinkedHashMap<>();
  private final InFlight inFlight = new InFlight();
  private final Relay relay;
  private final Audience everybody;
  private final ListUpdates lists;
  private final OncePer fullNotices = new OncePer(Duration.ofMinutes(1));
  private final Punctuality ticks;
  private final Punctuality mainAdminChecks;

  private long nextSeq = OWN_SEQ + 1;
  private long announcedTerm;
  private boolean announcedMain;
  private boolean listChanged;
  private Optional<Long> armedDeadline = Optional.empty();
  private Loop.Cancellable electionTimer = Loop.Cancellable.NONE;

  Organization(String id, Loop loop, MeshSettings settings, Function<Outbound, Frame> encode, MeshListener listener) {
    this.id = id;
    this.loop = loop;
    this.settings = settings;
    this.encode = encode;
    this.listener = listener;
    startTime = loop.now();
    // A server that was restarted must not begin below what its devices remember.
    election = new Election(settings.electionDelay().toNanos(), startTime.toEpochMilli());
    announcedTerm = election.term();
    relay = new Relay(loop, settings, clients);
    everybody = relay.everybody();
    lists = new ListUpdates(loop, everybody, () -> encode.apply(new ClientListUpdate(members())), settings.maxQueueBytes() / 4);
    ticks = new Punctuality(settings.heartbeatInterval(), loop.nanos());
    mainAdminChecks = new Punctuality(settings.mainAdminTimeout().dividedBy(3), loop.nanos());
  }

  String id() {
    return id;
  }

  Loop loop() {
    return loop;
  }

  /** What was read of its devices and waits for the loop; any thread. */
  InFlight inFlight() {
    return inFlight;
  }

  /** From now on time counts, and the server's own device stands, if it is to. */
  void start() {
    loop.every(settings.heartbeatInterval(), this::tick);
    loop.every(mainAdminChecks.interval(), this::checkMainAdmins);
    if (settings.device().isCandidate()) {
      election.stand(new Election.Candidate(settings.device().clientId(), settings.device().capabilities().priority(), OWN_SEQ), loop.nanos());
    }
    settle();
  }

  // ---- 2.1: coming and going

  /** A connection is open. It takes the place of an older one of the same device, or is closed where there is no room. */
  void connect(Connection connection, Introduction introduction) {
    Client known = clients.get(introduction.clientId());
    if (known == null && clients.size() >= settings.maxClients()) {
      turnAway(connection);
      return;
    }
    Client client = known == null ? register(connection, introduction) : replace(known, connection, introduction);
    client.seen(loop.now(), loop.nanos());
    updateCandidacy(client);
    if (known == null) {
      listener.clientConnected(id, MeshClient.of(client));
    }
    connection.send(encode.apply(new Welcome(settings.device().clientId(), settings.device().name(), id, loop.now())));
    listChanged = true;
    settle();
    // Only now does the newcomer belong to everybody, so it sees who is there first, and who is in office after that.
    connection.send(encode.apply(new ClientListUpdate(members())));
    office().ifPresent(connection::send);
    relay.join(client);
  }

  private void turnAway(Connection connection) {
    connection.close(FULL);
    figures.turnedAway++;
    if (fullNotices.allow(loop.nanos())) {
      listener.organizationFull(id, settings.maxClients());
    }
  }

  private Client register(Connection connection, Introduction introduction) {
    Client client = new Client(nextSeq++, introduction, connection, loop.now(), loop.nanos());
    clients.put(client.id(), client);
    figures.joins++;
    return client;
  }

  private Client replace(Client client, Connection connection, Introduction introduction) {
    Connection old = client.connection();
    relay.leave(old);
    old.close(REPLACED);
    client.replaceConnection(introduction, connection);
    figures.replacements++;
    return client;
  }

  /** 2.2, and O7 and O8 where a device says something else of itself than before. */
  private void updateCandidacy(Client client) {
    long now = loop.nanos();
    if (!client.introduction().isCandidate()) {
      election.withdraw(client.id(), now);
      return;
    }
    election.stand(client.candidacy(), now);
    if (client.introduction().isMainAdmin()) {
      election.mainAdminPresent(client.id(), now);
    } else {
      election.mainAdminAbsent(client.id(), now);
    }
  }

  /** A connection is over. Nothing happens if a newer one has taken its place. */
  void disconnect(String clientId, Connection connection) {
    current(clientId, connection).ifPresent(client -> {
      remove(client);
      settle();
    });
  }

  private void remove(Client client) {
    clients.remove(client.id());
    relay.leave(client.connection());
    election.withdraw(client.id(), loop.nanos());
    listChanged = true;
    listener.clientDisconnected(id, client.id());
  }

  private void removeAndClose(Predicate<Client> which, CloseReason reason) {
    for (Client client : List.copyOf(clients.values())) {
      if (which.test(client)) {
        remove(client);
        client.connection().close(reason);
      }
    }
  }

  private Optional<Client> current(String clientId, Connection connection) {
    return Optional.ofNullable(clients.get(clientId)).filter(client -> client.connection() == connection);
  }

  // ---- 3.1: what clients send

  /** A message, faulty ones included. What comes from a connection that has been replaced or removed has no effect. */
  void receive(String clientId, Connection from, Inbound message) {
    current(clientId, from).ifPresent(sender -> {
      heard(sender);
      switch (message) {
        case Heartbeat heartbeat -> from.send(encode.apply(new HeartbeatAck(loop.now())));
        case LocationUpdate update -> relay(sender, update);
        case PeerMessage peerMessage -> relay(sender, peerMessage);
        case RequestClientList request -> answerList(sender);
        case RequestIceServers request -> settings.turn().ifPresentOrElse(
            turn -> from.send(encode.apply(new IceServers(turn.accessFor(clientId, loop.now())))), () -> tell(sender, Fault.UNKNOWN_TYPE));
        case Faulty faulty -> tell(sender, faulty.fault());
      }
    });
  }

  /** The answer to a ping, where that is a sign of life. */
  void pong(String clientId, Connection from) {
    current(clientId, from).ifPresent(this::heard);
  }

  private void heard(Client client) {
    client.seen(loop.now(), loop.nanos());
    if (client.introduction().isMainAdmin()) {
      election.mainAdminPresent(client.id(), loop.nanos());
      settle();
    }
  }

  private void relay(Client sender, LocationUpdate update) {
    relay.location(sender, update).ifPresentOrElse(fault -> tell(sender, fault), () -> {
      figures.locationUpdates++;
      listener.locationUpdated(id, sender.id(), update.location());
    });
  }

  private void relay(Client sender, PeerMessage message) {
    relay.peerMessage(sender, message).ifPresentOrElse(fault -> tell(sender, fault), () -> figures.peerMessages++);
  }

  private void answerList(Client asker) {
    Frame list = encode.apply(new ClientList(members()));
    if (asker.mayTakeList(list.length(), loop.nanos())) {
      asker.connection().send(list);
    } else {
      tell(asker, Fault.RATE_LIMITED);
    }
  }

  private void tell(Client client, Fault fault) {
    figures.faults++;
    if (client.mayHearOfFault(loop.nanos())) {
      client.connection().send(encode.apply(new FaultAnswer(fault)));
    }
  }

  // ---- 2.4 and 2.5: what time does

  private void tick() {
    long now = loop.nanos();
    if (ticks.isPunctual(now)) {
      int before = clients.size();
      removeAndClose(client -> client.isSilentFor(settings.clientTimeout(), now), TIMED_OUT);
      figures.timeouts += before - clients.size();
      settle();
    }
    everybody.send(PING, PINGS);
    everybody.send(encode.apply(new ServerHeartbeat(clients.size(), loop.now())), SERVER_HEARTBEAT);
    // Reliable, because a newer list that takes the place of a waiting one must not come before it.
    office().ifPresent(frame -> everybody.send(frame, Delivery.RELIABLE)); // O10
  }

  private void checkMainAdmins() {
    long now = loop.nanos();
    if (mainAdminChecks.isPunctual(now)) {
      clients.values().stream().filter(client -> client.introduction().isMainAdmin() && client.isSilentFor(settings.mainAdminTimeout(), now))
          .forEach(client -> election.mainAdminAbsent(client.id(), now));
      settle();
    }
  }

  // ---- 2.3: the office

  /** An operator's word: an election though there is an admin, who may win again. False if a main admin is in office, or nobody stands. */
  boolean forceElection() {
    boolean electing = election.force(loop.nanos());
    settle();
    return electing;
  }

  /** After everything that may have changed who is in office or who is there: makes it known, the office first. */
  private void settle() {
    armElection();
    boolean officeChanged = election.term() != announcedTerm;
    announcedTerm = election.term();
    if (officeChanged) {
      announceOffice();
    } else if (listChanged) {
      lists.send();
    }
    listChanged = false;
    handOff();
  }

  private void armElection() {
    if (!election.deadline().equals(armedDeadline)) {
      electionTimer.cancel();
      armedDeadline = election.deadline();
      electionTimer = armedDeadline.map(deadline -> loop.after(Duration.ofNanos(Math.max(0, deadline - loop.nanos())), this::endVacancy)).orElse(Loop.Cancellable.NONE);
    }
  }

  private void endVacancy() {
    armedDeadline = Optional.empty();
    election.passTime(loop.nanos());
    settle();
  }

  /** O3 and O7; a vacancy is seen in the list. Who has only just come is made known first: a list that names it may still wait, or may have been replaced by this one. */
  private void announceOffice() {
    Optional<String> holder = election.office().holder();
    if (holder.map(clients::get).filter(client -> client.isNew(loop.nanos())).isPresent()) {
      lists.sendAhead();
    }
    office().ifPresent(frame -> everybody.send(frame, Delivery.RELIABLE));
    lists.send();
    figures.officeChanges++;
    figures.elections += election.office() instanceof Election.Temporary ? 1 : 0;
    listener.officeChanged(id, election.office().holder(), election.office() instanceof Election.Main, election.term());
  }

  /** 2.4: on its return the main admin finds everybody, unless it is to find nobody. */
  private void handOff() {
    boolean isMain = election.office() instanceof Election.Main;
    if (isMain && !announcedMain) {
      figures.handOffs++;
      if (settings.handOffCloses()) {
        removeAndClose(client -> !client.introduction().isMainAdmin(), MAIN_ADMIN_RETURNED);
      }
    }
    announcedMain = isMain;
    if (listChanged) {
      settle();
    }
  }

  private Optional<Frame> office() {
    return election.office().holder().map(deviceId -> encode.apply(new AdminHeartbeat(deviceId, election.term(), loop.now())));
  }

  private Members members() {
    return new Members(clients.values(), election.office().holder(), election.term());
  }

  // ---- The whole

  /** The server stops: everybody is told, and nothing that comes of it is news. */
  void shutdown() {
    clients.values().forEach(client -> client.connection().close(CloseReason.GOING_AWAY));
    clients.clear();
    electionTimer.cancel();
  }

  List<MeshClient> clients() {
    return clients.values().stream().map(MeshClient::of).toList();
  }

  Map<String, Number> figures() {
    return figures.toMap(clients.size(), election);
  }

  /** Of the candidates the own device is first: it came before all others. */
  MeshStatistics statistics(int port) {
    Stream<CandidateFigures> own = Stream.of(CandidateFigures.of(settings.device(), startTime, loop.now()));
    Stream<CandidateFigures> others = clients.values().stream().map(client -> CandidateFigures.of(client.introduction(), client.joinTime(), client.lastSeen()));
    List<CandidateFigures> candidates = Stream.concat(own, others).filter(figures -> election.hasCandidate(figures.deviceId())).toList();
    Optional<String> admin = election.office().holder();
    return new MeshStatistics(true, clients.size(), admin, admin.filter(settings.device().clientId()::equals).isPresent(), candidates, settings.config(id, port),
        election.deadline().isPresent(), election.term());
  }
}
