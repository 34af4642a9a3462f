package dev.roost.ptt;

import dev.roost.core.InFlight;
import dev.roost.ptt.PttMessages.Heartbeat;
import dev.roost.ptt.PttMessages.Inbound;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/**
 * Lets the messages of each connection be handled one after the other, though some of them wait for answers of others (Redis): what follows such a message waits behind it, within bounds, and what does not fit is dropped. A heartbeat waits for
 * nobody. On the loop of the switchboard.
 */
final class Turns {
  private final BiConsumer<Client, Inbound> handler;
  private final InFlight inFlight;

  /**
   * @param handler does what a message asks for
   * @param inFlight gets back what was taken of it for a message, as soon as that is done
   */
  Turns(BiConsumer<Client, Inbound> handler, InFlight inFlight) {
    this.handler = handler;
    this.inFlight = inFlight;
  }

  /** @param length bytes of the message */
  void take(Client client, Inbound message, int length) {
    if (client.isHeld() && !client.isGone() && !(message instanceof Heartbeat)) {
      if (!client.enqueue(new Waiting(message, length))) {
        inFlight.done(length);
      }
      return;
    }
    inFlight.done(length);
    if (!client.isGone()) {
      handler.accept(client, message);
    }
  }

  /** A message that waits for its turn. */
  record Waiting(Inbound message, int length) {}

  /** Wraps what is to be done with an answer, which must come: until then the client's next messages wait. If the client has gone by then, the answer is thrown away. */
  <T> Consumer<T> held(Client client, Consumer<T> then) {
    client.hold();
    return answer -> {
      try {
        if (!client.isGone()) {
          then.accept(answer);
        }
      } finally {
        client.release();
        resume(client);
      }
    };
  }

  /** The client has gone: what waits is forgotten. */
  void forget(Client client) {
    for (Waiting waiting = client.next(); waiting != null; waiting = client.next()) {
      inFlight.done(waiting.length);
    }
  }

  private void resume(Client client) {
    while (!client.isHeld() && !client.isGone()) {
      Waiting waiting = client.next();
      if (waiting == null) {
        return;
      }
      inFlight.done(waiting.length);
      handler.accept(client, waiting.message);
    }
  }
}
