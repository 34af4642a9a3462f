package dev.roost.socketio;

import dev.roost.core.Loop;
import dev.roost.core.RawJson;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The answers that a socket still owes. On the loop of the server. */
final class Acknowledgements {
  private static final Logger log = LoggerFactory.getLogger(Acknowledgements.class);
  /** Who leaves so many unanswered does not answer at all. */
  private static final int MOST = 1_000;

  private final Loop loop;
  private final Map<Long, Waiting> waiting = new HashMap<>();
  private long next;

  private record Waiting(AckListener listener, Loop.Cancellable timeout) {}

  Acknowledgements(Loop loop) {
    this.loop = loop;
  }

  /** Waits for an answer; the id that it will name. Past the bound there is nobody to wait for: the listener hears at once that nothing came. */
  long expect(Duration timeout, AckListener listener) {
    long id = next++;
    if (waiting.size() >= MOST) {
      loop.execute(listener::missing);
    } else {
      waiting.put(id, new Waiting(listener, loop.after(timeout, () -> missed(id))));
    }
    return id;
  }

  /** An answer came; one that nobody waits for means nothing. */
  void received(long id, List<RawJson> arguments, List<byte[]> attachments) {
    Waiting found = waiting.remove(id);
    if (found != null) {
      found.timeout.cancel();
      found.listener.acknowledged(arguments, attachments);
    }
  }

  private static void missing(AckListener listener) {
    try {
      listener.missing();
    } catch (RuntimeException e) {
      log.error("Who waited for an answer failed", e);
    }
  }

  private void missed(long id) {
    Waiting found = waiting.remove(id);
    if (found != null) {
      found.listener.missing();
    }
  }

  /** Nothing will come any more; a listener that fails keeps the others from nothing. */
  void end() {
    List<Waiting> all = List.copyOf(waiting.values());
    waiting.clear();
    all.forEach(one -> one.timeout.cancel());
    all.forEach(one -> missing(one.listener));
  }
}
