package dev.roost.mesh;

import dev.roost.core.Audience;
import dev.roost.core.ByteBudget;
import dev.roost.core.Connection;
import dev.roost.core.Delivery;
import dev.roost.core.Frame;
import dev.roost.core.Loop;
import dev.roost.mesh.MeshMessages.Fault;
import dev.roost.mesh.MeshMessages.LocationUpdate;
import dev.roost.mesh.MeshMessages.PeerMessage;
import java.util.Map;
import java.util.Optional;

/** What devices say to each other: the way of {@code location-update} and {@code peer-message} (section 3.1 of the contract). On the organisation's loop. */
final class Relay {
  private final Loop loop;
  private final MeshSettings settings;
  private final Map<String, Client> clients;
  private final Audience everybody = new Audience();
  private final Audience locationViewers;
  private final ByteBudget broadcasts;

  /** @param clients who is there, by id; only read */
  Relay(Loop loop, MeshSettings settings, Map<String, Client> clients) {
    this.loop = loop;
    this.settings = settings;
    this.clients = clients;
    locationViewers = settings.locationsForViewersOnly() ? new Audience() : everybody;
    broadcasts = settings.relayBudget(3, loop.nanos());
  }

  Audience everybody() {
    return everybody;
  }

  void join(Client client) {
    everybody.add(client.connection());
    if (client.introduction().capabilities().has(Capabilities.LOCATION_VIEW)) {
      locationViewers.add(client.connection());
    }
  }

  void leave(Connection connection) {
    everybody.remove(connection);
    locationViewers.remove(connection);
  }

  /** Passes a location on; what was wrong if it was not passed on. */
  Optional<Fault> location(Client sender, LocationUpdate update) {
    if (settings.locationRequiresShare() && !sender.introduction().capabilities().has(Capabilities.LOCATION_SHARE)) {
      return Optional.of(Fault.NOT_ALLOWED);
    }
    // What a slow device has no room for is dropped, so it takes no budget of the organisation.
    if (!sender.mayBroadcast(update.relay().length(), settings, loop.nanos())) {
      return Optional.of(Fault.RATE_LIMITED);
    }
    locationViewers.sendToOthers(sender.connection(), update.relay(), Delivery.DROPPABLE);
    return Optional.empty();
  }

  /** Passes a message on; what was wrong if it was not passed on. */
  Optional<Fault> peerMessage(Client sender, PeerMessage message) {
    Frame frame = message.relay();
    if (message.targetId().equals(MeshSettings.BROADCAST)) {
      return broadcast(sender, frame);
    }
    Client target = clients.get(message.targetId());
    if (target == null) {
      return Optional.of(Fault.UNKNOWN_TARGET);
    }
    if (!target.mayReceive(frame.length(), settings, loop.nanos())) {
      return Optional.of(Fault.RATE_LIMITED);
    }
    target.connection().send(frame);
    return Optional.empty();
  }

  private Optional<Fault> broadcast(Client sender, Frame frame) {
    long now = loop.nanos();
    if (!sender.mayBroadcast(frame.length(), settings, now) || !broadcasts.take(frame.length(), now)) {
      return Optional.of(Fault.RATE_LIMITED);
    }
    everybody.sendToOthers(sender.connection(), frame, Delivery.RELIABLE);
    return Optional.empty();
  }
}
