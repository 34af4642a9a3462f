package dev.roost.ptt;

import dev.roost.core.Delivery;
import dev.roost.core.Frame;
import dev.roost.core.Loop;
import dev.roost.ptt.PttMessages.Audio;
import dev.roost.ptt.PttMessages.Head;
import dev.roost.ptt.PttMessages.Image;
import dev.roost.ptt.PttMessages.Outbound;
import dev.roost.ptt.PttMessages.Receipt;
import dev.roost.ptt.PttMessages.Start;
import dev.roost.ptt.PttMessages.StartAck;
import dev.roost.ptt.PttMessages.StartFailed;
import dev.roost.ptt.PttMessages.Stop;
import dev.roost.ptt.PttMessages.StopAck;
import dev.roost.ptt.PttMessages.Stopped;
import dev.roost.ptt.PttMessages.Text;
import dev.roost.ptt.PttMessages.TextAck;
import dev.roost.ptt.PttMessages.TextRelay;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Function;

/** What users say to each other (sections 2.5 and 3.1 of the contract). On the loop of the switchboard. */
final class PrivateTalk {
  private static final String OFFLINE = "Recipient offline";

  private final Loop loop;
  private final PttSettings settings;
  private final Lines lines;
  private final Turns turns;
  private final Registry registry;
  private final Backbone backbone;
  private final Transmissions transmissions;
  private final Function<Outbound, Frame> encoder;

  PrivateTalk(Loop loop, PttSettings settings, Lines lines, Turns turns, Registry registry, Backbone backbone, Transmissions transmissions, Function<Outbound, Frame> encoder) {
    this.loop = loop;
    this.settings = settings;
    this.lines = lines;
    this.turns = turns;
    this.registry = registry;
    this.backbone = backbone;
    this.transmissions = transmissions;
    this.encoder = encoder;
  }

  void start(Client client, Start start) {
    if (!client.mayBegin(start.head())) {
      failed(client, start, "Ack Failed");
    } else if (lines.isHere(start.head().toId())) {
      started(client, start);
    } else if (backbone.hasPeers()) {
      backbone.find(start.head().toId(), turns.held(client, found -> {
        if (found) {
          started(client, start);
        } else {
          failed(client, start, OFFLINE);
        }
      }));
    } else {
      failed(client, start, OFFLINE);
    }
  }

  private void started(Client client, Start start) {
    transmissions.begin(client, start.head());
    client.send(encoder.apply(new StartAck(start.head(), start.acknowledged())));
    lines.toUser(start.head().toId(), start.relay(), Delivery.RELIABLE);
  }

  private void failed(Client client, Start start, String reason) {
    client.send(encoder.apply(new StartFailed(start.head(), reason)));
  }

  /** Without a START it is relayed, too. */
  void audio(Client client, Audio audio) {
    Transmission transmission = client.transmission(audio.head());
    if (transmission != null) {
      if (transmission.isCut()) {
        return;
      }
      if (transmission.isLongerThan(settings.maxAudio(), loop.nanos())) {
        Optional<Transmission.Ended> ended = Optional.of(transmissions.end(client, transmission));
        client.send(encoder.apply(new StopAck(audio.head(), ended.map(Transmission.Ended::messageId))));
        tellStopped(audio.head(), ended);
        return;
      }
      transmission.audio(audio.audio(), loop.nanos());
    }
    lines.toUser(audio.head().toId(), audio.relay(), Delivery.DROPPABLE);
  }

  void stop(Client client, Stop stop) {
    Transmission transmission = client.transmission(stop.head());
    boolean wasCut = transmission != null && transmission.isCut();
    Optional<Transmission.Ended> ended = transmissions.stop(client, stop.head());
    client.send(encoder.apply(new StopAck(stop.head(), ended.map(Transmission.Ended::messageId))));
    if (!wasCut) {
      tellStopped(stop.head(), ended);
    }
  }

  private void tellStopped(Head head, Optional<Transmission.Ended> ended) {
    ended.ifPresent(known -> registry.noteUserMessage(head.toId(), known.messageId()));
    Duration duration = ended.map(Transmission.Ended::duration).orElse(Duration.ZERO);
    lines.toUser(head.toId(), encoder.apply(new Stopped(head, ended.map(Transmission.Ended::messageId), duration)), Delivery.RELIABLE);
  }

  /** A connection has gone: who was listening to it is told that nobody speaks any more. */
  void departed(Client client) {
    for (Transmission transmission : client.transmissions()) {
      if (!transmission.head().isGroup() && !transmission.isCut()) {
        tellStopped(transmission.head(), Optional.of(transmissions.end(client, transmission)));
      }
    }
  }

  void text(Client client, Text text) {
    String messageId = transmissions.textId(client, text.head(), text.isInteractive() ? MessageType.INTERACTIVE : MessageType.TEXT);
    registry.noteUserMessage(text.head().toId(), messageId);
    client.send(encoder.apply(new TextAck(text.head(), text.isInteractive(), messageId)));
    lines.toUser(text.head().toId(), encoder.apply(new TextRelay(text.head(), text.isInteractive(), messageId, text.text())), Delivery.RELIABLE);
  }

  void image(Client client, Image image) {
    registry.noteUserMessage(image.head().toId(), transmissions.textId(client, image.head(), MessageType.IMAGE));
    lines.toUser(image.head().toId(), image.relay(), Delivery.RELIABLE);
  }

  /** From another server. */
  void received(PeerMessage.ToUser message, Frame frame) {
    lines.toUserHere(message.userId(), frame, message.isAudio() ? Delivery.DROPPABLE : Delivery.RELIABLE);
  }

  void receipt(Receipt receipt) {
    lines.toUser(receipt.head().toId(), receipt.relay(), Delivery.RELIABLE);
  }
}
