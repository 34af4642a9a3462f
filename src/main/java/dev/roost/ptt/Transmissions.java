package dev.roost.ptt;

import dev.roost.core.Loop;
import dev.roost.ptt.PttMessages.Head;
import java.time.Instant;
import java.util.Optional;

/** What is being said: begun, ended and recorded, with the ids that messages get. On the loop of the switchboard. */
final class Transmissions {
  private final Loop loop;
  private final Recorder recorder;
  private final MessageIds ids = new MessageIds();

  Transmissions(Loop loop, Recorder recorder) {
    this.loop = loop;
    this.recorder = recorder;
  }

  /** A transmission begins; one of the same client to the same is over. */
  void begin(Client client, Head head) {
    Instant now = loop.now();
    Recorder.Take take = recorder.begin(new Recorder.Transmission(head.isGroup(), client.userId(), head.toId(), now));
    client.begin(new Transmission(head, loop.nanos(), take)).ifPresent(old -> end(client, old));
  }

  /** The user speaks to the same from another connection now: what was said by this one is over. */
  void replaced(Client client, Head head) {
    Transmission transmission = client.transmission(head);
    if (transmission != null) {
      client.end(transmission);
      end(client, transmission);
    }
  }

  /** The speaker's STOP: what became of the transmission, if there is one. */
  Optional<Transmission.Ended> stop(Client client, Head head) {
    Transmission transmission = client.transmission(head);
    if (transmission != null && !transmission.isCut()) {
      client.end(transmission);
    }
    return Optional.ofNullable(transmission).map(known -> end(client, known));
  }

  Transmission.Ended end(Client client, Transmission transmission) {
    return transmission.end(ids, client.userId(), loop.now(), loop.nanos());
  }

  /** The connection has gone: what it was saying is kept as far as it came. */
  void departed(Client client) {
    client.transmissions().forEach(transmission -> end(client, transmission));
  }

  String textId(Client client, Head head, int type) {
    return ids.ofText(head, type, client.userId(), loop.now());
  }
}
