package dev.roost.ptt;

import dev.roost.core.CloseReason;
import dev.roost.core.Frame;
import dev.roost.core.Loop;
import dev.roost.ptt.PttMessages.Fault;
import dev.roost.ptt.PttMessages.LoginDuplicated;
import dev.roost.ptt.PttMessages.Outbound;
import dev.roost.ptt.PttMessages.Refused;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Function;

/** Who is here, once or twice, and alive: duplicate logins and the presence of mobile users (sections 2.1 and 2.2 of the contract). On the loop of the switchboard. */
final class Logins {
  private static final CloseReason REPLACED = new CloseReason(1000, "Replaced by a newer connection");
  private static final CloseReason TOO_MANY_MOBILES = new CloseReason(1000, "Too many connections of this user");
  /** Of one user, where duplicate logins are allowed: what each of them says is kept from all of them. */
  private static final int MAX_MOBILES_PER_USER = 10;
  private static final CloseReason TOO_MANY_WATCHERS = new CloseReason(1000, "Too many dashboards of this user");

  private final Loop loop;
  private final PttSettings settings;
  private final Registry registry;
  private final Presence presence;
  private final Lines lines;
  private final BiConsumer<Client, CloseReason> retire;
  private final Function<Outbound, Frame> encoder;
  private final PttFigures figures;
  private final LateLogins late;

  /** @param retire takes a connection out of everything, and closes it */
  Logins(Loop loop, PttSettings settings, Registry registry, Presence presence, Lines lines, BiConsumer<Client, CloseReason> retire, Function<Outbound, Frame> encoder,
      PttFigures figures) {
    this.loop = loop;
    this.settings = settings;
    this.registry = registry;
    this.presence = presence;
    this.lines = lines;
    this.retire = retire;
    this.encoder = encoder;
    this.figures = figures;
    late = new LateLogins(loop, registry, this::loggedInLate);
  }

  /** A connection has come, and is one of its user's already. */
  void arrived(User user, Client client) {
    if (client.isMobile()) {
      client.logsIn(loop.nanos());
      registry.login(new Registry.Arrival(user.id(), client.introduction().deviceId(), client.token(), Duration.ZERO), login -> loggedIn(user, client, login));
    } else {
      List<Client> watchers = user.watchers();
      if (watchers.size() > settings.maxWatchersPerUser()) {
        retire.accept(watchers.getFirst(), TOO_MANY_WATCHERS);
      }
    }
    if (client.isMobile() && settings.allowsDuplicateLogins() && user.mobiles().size() > MAX_MOBILES_PER_USER) {
      retire.accept(user.mobiles().getFirst(), TOO_MANY_MOBILES);
    }
  }

  private void loggedIn(User user, Client client, Registry.Login login) {
    boolean hasHeartbeat = client.loggedIn();
    if (client.isGone()) {
      return;
    }
    if (isNewest(user, client, login)) {
      setOnline(user, client);
      if (hasHeartbeat) {
        heartbeat(user, client);
      }
    }
    if (!login.isKnown()) {
      late.add(user, client);
    }
  }

  /** Without a heartbeat within the time to live the user is not online any more, and the next one is news. */
  private void loggedInLate(User user, Client client, Registry.Login login) {
    if (isNewest(user, client, login) && loop.nanos() - client.aliveNanos() < settings.presenceTtl().toNanos()) {
      setOnline(user, client);
    }
  }

  private void setOnline(User user, Client client) {
    presence.online(client.session());
    user.online(client.session());
  }

  /** The number of a login is known, or will not be known for now: older ones are over. False if this one is an older one itself. */
  private boolean isNewest(User user, Client client, Registry.Login login) {
    client.login(login);
    if (settings.allowsDuplicateLogins()) {
      return true;
    }
    if (user.isOutdated(login.order())) {
      // The newer one is on another server, which has told everybody before this answer came.
      retire.accept(client, REPLACED);
      return false;
    }
    boolean isOtherDevice = !login.device().equals(Optional.of(client.introduction().deviceId()));
    replaceOlder(user, client, login, isOtherDevice);
    if (login.isKnown()) {
      lines.tellOthers(new PeerMessage.LoggedIn(user.id(), client.introduction().deviceId(), login.order(), isOtherDevice));
    }
    return true;
  }

  /** While nobody knows the device of the last login, those of the connections here count. */
  private void replaceOlder(User user, Client client, Registry.Login login, boolean isOtherDevice) {
    String deviceId = client.introduction().deviceId();
    for (Client older : user.mobiles()) {
      if (older == client) {
        return;
      }
      replace(older, deviceId, login.isKnown() ? isOtherDevice : !older.introduction().deviceId().equals(deviceId));
    }
  }

  private void replace(Client older, String deviceId, boolean isOtherDevice) {
    if (isOtherDevice) {
      figures.duplicateLogins.increment();
      older.send(encoder.apply(new LoginDuplicated(older.userId(), deviceId)));
    }
    retire.accept(older, REPLACED);
  }

  /** What another server says. */
  void loggedInElsewhere(User user, PeerMessage.LoggedIn login) {
    if (settings.allowsDuplicateLogins()) {
      return;
    }
    user.loggedInElsewhere(login.order());
    for (Client client : user.mobiles()) {
      // One whose own number is not known yet is judged when it is.
      if (user.isOutdated(client.login().order())) {
        replace(client, login.deviceId(), login.isOtherDevice());
      }
    }
  }

  /** A connection has gone by itself, and is none of its user's any more. */
  void departed(User user, Client client) {
    if (!client.isMobile()) {
      return;
    }
    if (user.mobiles().isEmpty()) {
      // By whichever connection the user was set online, which need not be the last one to go.
      List<Presence.Session> sessions = user.online();
      (sessions.isEmpty() ? List.of(client.session()) : sessions).forEach(presence::offline);
    }
  }

  void heartbeat(User user, Client client) {
    if (!client.isMobile()) {
      figures.heartbeatsRefused.increment();
      refuse(client, Fault.HEARTBEAT_NOT_ALLOWED);
      return;
    }
    long now = loop.nanos();
    client.alive(now);
    if (client.postponesHeartbeat()) {
      return;
    }
    if (!settings.presenceEnabled() || !user.beats(now, settings.minHeartbeat().toNanos())) {
      figures.heartbeatsIgnored.increment();
      return;
    }
    Presence.Session session = client.session();
    user.online(session);
    presence.heartbeat(session, written -> {
      user.beaten(written, now);
      if (written) {
        user.written(session);
        figures.heartbeats.increment();
      }
    });
  }

  void pong(Client client) {
    if (settings.refreshOnPong() && client.isMobile()) {
      client.alive(loop.nanos());
      presence.extend(client.session());
    }
  }

  /** The shared state can be reached again: logins that it has not heard of are told. */
  void recovered() {
    late.hurry();
  }

  void refuse(Client client, Fault fault) {
    if (client.mayHear(fault, loop.nanos())) {
      client.send(encoder.apply(new Refused(client.userId(), fault)));
    }
  }
}
