package dev.roost.ptt;

import dev.roost.ptt.PttMessages.Heartbeat;
import dev.roost.ptt.PttMessages.Inbound;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/**
 * Lets the messages of each connection be handled one after the other, though some of them wait for answers of others (Redis): what follows such a message waits behind it. A heartbeat waits for nobody. On the loop of the switchboard.
 */
final class Turns {
  private final BiConsumer<Client, Inbound> handler;

  /** @param handler does what a message asks for */
  Turns(BiConsumer<Client, Inbound> handler) {
    this.handler = handler;
  }

  void take(Client client, Inbound message) {
    if (client.isGone()) {
      return;
    }
    if (client.isHeld() && !(message instanceof Heartbeat)) {
      client.enqueue(message);
    } else {
      handler.accept(client, message);
    }
  }

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

  private void resume(Client client) {
    while (!client.isHeld() && !client.isGone()) {
      Inbound message = client.next();
      if (message == null) {
        return;
      }
      handler.accept(client, message);
    }
  }
}
