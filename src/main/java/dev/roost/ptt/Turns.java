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
  private final PttFigures figures;
  /** Whose messages are being handled: what is answered at once needs no second round of the same. */
  private Client resuming;

  /**
   * @param handler does what a message asks for
   * @param inFlight gets back what was taken of it for a message, as soon as that is done
   */
  Turns(BiConsumer<Client, Inbound> handler, InFlight inFlight, PttFigures figures) {
    this.handler = handler;
    this.figures = figures;
    this.inFlight = inFlight;
  }

  /** @param length bytes of the message */
  void take(Client client, Inbound message, int length) {
    if (client.isHeld() && !client.isGone() && !(message instanceof Heartbeat)) {
      if (!client.enqueue(new Waiting(message, length))) {
        inFlight.done(length);
        figures.limited.increment();
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
    if (resuming == client) {
      return;
    }
    Client before = resuming;
    resuming = client;
    try {
      for (Waiting waiting = next(client); waiting != null; waiting = next(client)) {
        inFlight.done(waiting.length);
        handler.accept(client, waiting.message);
      }
    } finally {
      resuming = before;
    }
  }

  private static Waiting next(Client client) {
    return client.isHeld() || client.isGone() ? null : client.next();
  }
}
