package dev.roost.server;

import dev.roost.core.RawJson;
import dev.roost.mesh.MeshClient;
import dev.roost.mesh.MeshListener;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings what happens on the loop to the listeners, on a thread of their own, for one run of a server. What happens before {@link #started} waits for it; of a run that never starts nobody hears.
 */
final class MiniServerEvents implements MeshListener {
  static final int MOST_WAITING = 10_000;
  /** What may come often, and be long, leaves room for what matters. */
  static final int MOST_LOCATIONS_WAITING = MOST_WAITING / 2;
  static final int MOST_LOCATION_BYTES_WAITING = 4 << 20;

  private static final Logger log = LoggerFactory.getLogger(MiniServerEvents.class);
  private static final Event END = new Event(0, listener -> {});

  private final List<MiniServerListener> listeners;
  private final String ownDeviceId;
  private final BlockingQueue<Event> queue = new LinkedBlockingQueue<>();
  private final AtomicLong locationBytesWaiting = new AtomicLong();
  /** On the loop only. */
  private boolean isOwnDeviceAdmin;
  private boolean dropping;

  private record Event(int locationBytes, Consumer<MiniServerListener> telling) {}

  MiniServerEvents(List<MiniServerListener> listeners, String ownDeviceId) {
    this.listeners = listeners;
    this.ownDeviceId = ownDeviceId;
  }

  /**
   * The first event, whatever has happened since.
   *
   * @param before when the listeners have heard all of the run before, which may still keep them
   * @return when they have heard all of this one
   */
  CompletableFuture<Void> started(int port, CompletableFuture<Void> before) {
    CompletableFuture<Void> heard = new CompletableFuture<>();
    // Not a daemon, or a program could end before its listeners have heard that the server has stopped.
    Thread.ofPlatform().name("mini-server-events").daemon(false).start(() -> {
      before.join();
      tell(listener -> listener.started(port));
      for (Event event = next(); event != END; event = next()) {
        locationBytesWaiting.addAndGet(-event.locationBytes);
        tell(event.telling);
      }
      heard.complete(null);
    });
    return heard;
  }

  /** The last event; the thread ends after it. */
  void stopped() {
    queue.add(new Event(0, MiniServerListener::stopped));
    queue.add(END);
  }

  @Override
  public void clientConnected(String organizationId, MeshClient client) {
    offer(listener -> listener.clientConnected(client));
  }

  @Override
  public void clientDisconnected(String organizationId, String clientId) {
    offer(listener -> listener.clientDisconnected(clientId));
  }

  @Override
  public void officeChanged(String organizationId, Optional<String> deviceId, boolean isMainAdmin, long term) {
    offer(deviceId.<Consumer<MiniServerListener>>map(id -> listener -> listener.adminElected(id, isMainAdmin, term)).orElse(listener -> listener.officeVacant(term)));
    boolean isOwn = deviceId.filter(ownDeviceId::equals).isPresent();
    if (isOwn != isOwnDeviceAdmin) {
      isOwnDeviceAdmin = isOwn;
      offer(listener -> {
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
    if (mayWait(queue.size() < MOST_LOCATIONS_WAITING && locationBytesWaiting.get() < MOST_LOCATION_BYTES_WAITING)) {
      locationBytesWaiting.addAndGet(location.length());
      // The bytes belong to a whole message, which is not to be kept.
      String json = location.toString();
      queue.add(new Event(location.length(), listener -> listener.locationUpdated(clientId, json)));
    }
  }

  private void offer(Consumer<MiniServerListener> telling) {
    if (mayWait(queue.size() < MOST_WAITING)) {
      queue.add(new Event(0, telling));
    }
  }

  /** Says that there is no room, once until the listeners have caught up. */
  private boolean mayWait(boolean hasRoom) {
    if (!hasRoom && !dropping) {
      log.warn("The listeners of the mini server are too slow: events are dropped");
    }
    dropping = !hasRoom || dropping && !queue.isEmpty();
    return hasRoom;
  }

  private void tell(Consumer<MiniServerListener> telling) {
    for (MiniServerListener listener : listeners) {
      try {
        telling.accept(listener);
      } catch (Throwable e) {
        // Also an error, such as a failed assertion: the others, and what comes later, have nothing to do with it.
        log.error("A listener of the mini server failed", e);
      }
      // A listener that interrupts itself, as who catches an InterruptedException should, does not mean this thread.
      Thread.interrupted();
    }
  }

  private Event next() {
    while (true) {
      try {
        return queue.take();
      } catch (InterruptedException e) {
        // By a listener that has told others of its thread. What ends the thread is the end of the run.
      }
    }
  }
}
