package dev.roost.ptt;

import dev.roost.core.CloseReason;
import dev.roost.core.Frame;
import dev.roost.core.InFlight;
import dev.roost.core.Loop;
import dev.roost.ptt.PttMessages.Audio;
import dev.roost.ptt.PttMessages.ConnectionAck;
import dev.roost.ptt.PttMessages.ConnectionTest;
import dev.roost.ptt.PttMessages.Fault;
import dev.roost.ptt.PttMessages.Heartbeat;
import dev.roost.ptt.PttMessages.Ignored;
import dev.roost.ptt.PttMessages.Image;
import dev.roost.ptt.PttMessages.Inbound;
import dev.roost.ptt.PttMessages.Join;
import dev.roost.ptt.PttMessages.Leave;
import dev.roost.ptt.PttMessages.Malformed;
import dev.roost.ptt.PttMessages.Outbound;
import dev.roost.ptt.PttMessages.Receipt;
import dev.roost.ptt.PttMessages.Start;
import dev.roost.ptt.PttMessages.Stop;
import dev.roost.ptt.PttMessages.Subscribe;
import dev.roost.ptt.PttMessages.Text;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Everybody who is connected, and where what they send goes: the state machine of the contract, on one loop. What it shares with other servers, and what outlives it, is behind its engines, and no message waits for them but those of the same
 * connection.
 */
final class Switchboard implements Presence.Listener, Backbone.Listener {
  /**
   * A STOP is answered a moment later, as the original did (within 100 ms, section 3.1): clients that send one and close at once have no ear for the answer, and some take it for a fault. Whoever has gone by then gets none, and the end of the
   * connection does the rest.
   */
  private static final Duration STOP_DELAY = Duration.ofMillis(50);

  private final Loop loop;
  private final InFlight inFlight = new InFlight();
  private final Map<String, User> users = new HashMap<>();
  private final Map<String, Client> clients = new HashMap<>();
  private final Turns turns;
  private final Engines engines;
  private final Groups groups;
  private final GroupTalk groupTalk;
  private final PrivateTalk privateTalk;
  private final Transmissions transmissions;
  private final Logins logins;
  private final Watchers watchers;
  private final Function<Outbound, Frame> encoder;
  private boolean isShutDown;

  /**
   * @param engines makes what is behind this, which tells this what happens there
   * @param beside runs what would keep the loop from its work
   */
  Switchboard(Loop loop, PttSettings settings, Function<Switchboard, Engines> engines, Recorder recorder, Executor beside, Function<Outbound, Frame> encoder, PttFigures figures) {
    this.loop = loop;
    this.encoder = encoder;
    turns = new Turns(this::handle, inFlight, figures);
    this.engines = engines.apply(this);
    Registry registry = this.engines.registry();
    Backbone backbone = this.engines.backbone();
    Lines lines = new Lines(users, backbone, loop, settings, figures);
    groups = new Groups(users, registry, backbone, () -> new Floor(settings.maxIdle(), settings.groupBusyTimeout()));
    transmissions = new Transmissions(loop, recorder);
    groupTalk = new GroupTalk(loop, settings, groups, lines, turns, registry, this.engines.arbiter(), transmissions, encoder, figures);
    privateTalk = new PrivateTalk(loop, settings, lines, turns, registry, backbone, transmissions, encoder);
    logins = new Logins(loop, settings, registry, this.engines.presence(), lines, this::retire, encoder, figures);
    watchers = new Watchers(loop, settings, this.engines.presence(), groups, beside, encoder, figures.updateLatency);
    groups.onChange(watchers::joined);
    loop.every(settings.groupInspectInterval(), groupTalk::inspect);
  }

  /** What a switchboard stands on. */
  record Engines(Presence presence, Registry registry, FloorArbiter arbiter, Backbone backbone) {}

  Loop loop() {
    return loop;
  }

  /** What may wait for this, of all connections together. Any thread. */
  InFlight inFlight() {
    return inFlight;
  }

  Engines engines() {
    return engines;
  }

  // ---- Connections

  void connect(Client client) {
    if (isShutDown) {
      client.leave();
      client.connection().close(CloseReason.GOING_AWAY);
      return;
    }
    User user = users.get(client.userId());
    if (user == null) {
      user = new User(client.userId());
      users.put(user.id(), user);
      engines.backbone().arrived(user.id());
    }
    user.clients().add(client);
    clients.put(client.token(), client);
    groups.arrived(user, client);
    if (!client.isMobile()) {
      watchers.arrived(client);
    }
    logins.arrived(user, client);
  }

  /** The connection is over; one that was replaced has ended before. */
  void disconnect(Client client) {
    User user = users.get(client.userId());
    if (leave(client)) {
      logins.departed(user, client);
    }
  }

  private void retire(Client client, CloseReason reason) {
    leave(client);
    client.connection().close(reason);
  }

  /** Takes a connection out of everything; false if it was taken out before. */
  private boolean leave(Client client) {
    if (clients.remove(client.token()) == null) {
      return false;
    }
    client.leave();
    turns.forget(client);
    User user = users.get(client.userId());
    groupTalk.departed(client);
    privateTalk.departed(client);
    transmissions.departed(client);
    user.clients().remove(client);
    groups.departed(client);
    watchers.departed(client);
    if (user.clients().isEmpty()) {
      users.remove(user.id());
      engines.backbone().departed(user.id());
    }
    return true;
  }

  // ---- Messages

  /** Of a message that {@link #inFlight} has let in. */
  void receive(Client client, Inbound message, int length) {
    turns.take(client, message, length);
  }

  private void handle(Client client, Inbound message) {
    switch (message) {
      case Audio audio -> {
        if (audio.head().isGroup()) {
          groupTalk.audio(client, audio);
        } else {
          privateTalk.audio(client, audio);
        }
      }
      case Start start -> {
        if (start.head().isGroup()) {
          groupTalk.start(client, start);
        } else {
          privateTalk.start(client, start);
        }
      }
      case Stop stop -> {
        Consumer<Stop> then = turns.held(client, due -> stop(client, due));
        loop.after(STOP_DELAY, () -> then.accept(stop));
      }
      case Text text -> {
        if (text.head().isGroup()) {
          groupTalk.text(client, text);
        } else {
          privateTalk.text(client, text);
        }
      }
      case Image image -> {
        if (image.head().isGroup()) {
          groupTalk.image(client, image);
        } else {
          privateTalk.image(client, image);
        }
      }
      case Receipt receipt -> privateTalk.receipt(receipt);
      case Join join -> groupTalk.join(client, join.head());
      case Leave leave -> groupTalk.leave(client, leave.head());
      case ConnectionTest test -> client.send(encoder.apply(new ConnectionAck(client.userId(), test.payload())));
      case Heartbeat heartbeat -> logins.heartbeat(users.get(client.userId()), client);
      case Subscribe subscribe -> subscribe(client, subscribe);
      case Ignored ignored -> {
        // Counted where it came in.
      }
      case Malformed malformed -> {
        // Likewise.
      }
    }
  }

  private void stop(Client client, Stop stop) {
    if (stop.head().isGroup()) {
      groupTalk.stop(client, stop);
    } else {
      privateTalk.stop(client, stop);
    }
  }

  private void subscribe(Client client, Subscribe subscribe) {
    if (client.isMobile()) {
      logins.refuse(client, Fault.SUBSCRIBE_NOT_ALLOWED);
    } else if (subscribe.subscription().isEmpty()) {
      logins.refuse(client, Fault.INVALID_SUBSCRIPTION);
    } else {
      watchers.subscribe(client, subscribe.subscription().get());
    }
  }

  void pong(Client client) {
    if (!client.isGone()) {
      logins.pong(client);
    }
  }

  // ---- From the engines

  @Override
  public void changed(Update update) {
    watchers.changed(update);
  }

  @Override
  public void lost() {
    // Watchers keep what they know.
  }

  @Override
  public void recovered() {
    watchers.recovered();
  }

  @Override
  public void received(PeerMessage message) {
    switch (message) {
      case PeerMessage.ToGroup toGroup -> groupTalk.received(toGroup, binary(toGroup.payload()));
      case PeerMessage.ToUser toUser -> privateTalk.received(toUser, binary(toUser.payload()));
      case PeerMessage.LoggedIn login -> {
        User user = users.get(login.userId());
        if (user != null) {
          logins.loggedInElsewhere(user, login);
        }
      }
      case PeerMessage.MembershipChanged change -> groupTalk.changed(change);
    }
  }

  @Override
  public void resumed() {
    logins.recovered();
    groups.reload();
  }

  private static Frame binary(byte[] payload) {
    return Frame.binary(payload, 0, payload.length);
  }

  // ---- The end

  /** Says goodbye to everybody; each user is offline at once. */
  void shutdown() {
    isShutDown = true;
    for (Client client : new ArrayList<>(clients.values())) {
      User user = users.get(client.userId());
      leave(client);
      logins.departed(user, client);
      client.connection().close(CloseReason.GOING_AWAY);
    }
    engines.backbone().close();
  }

  // ---- Figures

  Map<String, Number> figures() {
    Map<String, Number> figures = new HashMap<>();
    figures.put("users", users.size());
    figures.put("mobiles", clients.size() - watchers.size());
    figures.put("watchers", watchers.size());
    figures.put("groups", groups.size());
    return figures;
  }
}
