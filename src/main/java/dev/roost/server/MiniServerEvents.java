package dev.roost.server;

import dev.roost.core.RawJson;
import dev.roost.mesh.MeshClient;
import dev.roost.mesh.MeshListener;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Brings what happens on the loop to the listeners, on a thread of their own, from the start of a server to its stop. */
final class MiniServerEvents implements MeshListener {
  private static final Logger log = LoggerFactory.getLogger(MiniServerEvents.class);
  private static final int MOST_WAITING = 10_000;
  /** What may come often leaves room for what matters. */
  private static final int MOST_LOCATIONS_WAITING = MOST_WAITING / 2;

  private final List<MiniServerListener> listeners;
  private final String ownDeviceId;
  private final BlockingQueue<Consumer<MiniServerListener>> queue = new LinkedBlockingQueue<>();
  /** On the loop only. */
  private boolean isOwnDeviceAdmin;
  private boolean dropping;
  /** On the thread of the listeners only. */
  private boolean ended;

  MiniServerEvents(List<MiniServerListener> listeners, String ownDeviceId) {
    this.listeners = listeners;
    this.ownDeviceId = ownDeviceId;
    Thread.ofVirtual().name("mini-server-events").start(this::deliver);
  }

  void started(int port) {
    queue.add(listener -> listener.started(port));
  }

  /** The last event; the thread ends after it. */
  void stopped() {
    queue.add(MiniServerListener::stopped);
    end();
  }

  /** The thread ends after what waits. */
  void end() {
    queue.add(listener -> ended = true);
  }

  @Override
  public void clientConnected(String organizationId, MeshClient client) {
    offer(MOST_WAITING, listener -> listener.clientConnected(client));
  }

  @Override
  public void clientDisconnected(String organizationId, String clientId) {
    offer(MOST_WAITING, listener -> listener.clientDisconnected(clientId));
  }

  @Override
  public void officeChanged(String organizationId, Optional<String> deviceId, boolean isMainAdmin, long term) {
    offer(MOST_WAITING, deviceId.<Consumer<MiniServerListener>>map(id -> listener -> listener.adminElected(id, isMainAdmin, term))
        .orElse(listener -> listener.officeVacant(term)));
    boolean isOwn = deviceId.filter(ownDeviceId::equals).isPresent();
    if (isOwn != isOwnDeviceAdmin) {
      isOwnDeviceAdmin = isOwn;
      offer(MOST_WAITING, listener -> {
        if (isOwn) {
          listener.promoted(term);
        } else {
          listener.demoted(term);
        }
      });
    }
  }

  @Override
  public void locationUpdated(String organizationId, String clientId, RawJson location) {
    // The bytes belong to a whole message, which is not to be kept.
    String json = location.toString();
    offer(MOST_LOCATIONS_WAITING, listener -> listener.locationUpdated(clientId, json));
  }

  private void offer(int most, Consumer<MiniServerListener> event) {
    if (queue.size() < most) {
      queue.add(event);
      dropping = false;
    } else if (!dropping) {
      dropping = true;
      log.warn("The listeners of the mini server are too slow: events are dropped");
    }
  }

  private void deliver() {
    try {
      while (!ended) {
        deliver(queue.take());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void deliver(Consumer<MiniServerListener> event) {
    for (MiniServerListener listener : listeners) {
      try {
        event.accept(listener);
      } catch (RuntimeException e) {
        log.error("A listener of the mini server failed", e);
      }
    }
  }
}
