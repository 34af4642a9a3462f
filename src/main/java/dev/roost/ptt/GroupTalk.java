package dev.roost.ptt;

import dev.roost.core.Frame;
import dev.roost.core.Loop;
import dev.roost.ptt.FloorArbiter.Verdict;
import dev.roost.ptt.PeerMessage.Kind;
import dev.roost.ptt.PttMessages.Audio;
import dev.roost.ptt.PttMessages.Head;
import dev.roost.ptt.PttMessages.Image;
import dev.roost.ptt.PttMessages.Outbound;
import dev.roost.ptt.PttMessages.Start;
import dev.roost.ptt.PttMessages.StartAck;
import dev.roost.ptt.PttMessages.StartFailed;
import dev.roost.ptt.PttMessages.Stop;
import dev.roost.ptt.PttMessages.StopAck;
import dev.roost.ptt.PttMessages.Stopped;
import dev.roost.ptt.PttMessages.Text;
import dev.roost.ptt.PttMessages.TextAck;
import dev.roost.ptt.PttMessages.TextRelay;
import dev.roost.ptt.PttMessages.UnauthorizedGroup;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;

/** What is said in groups, and who may say it (sections 2.4 and 3.1 of the contract). On the loop of the switchboard. */
final class GroupTalk {
  private final Loop loop;
  private final PttSettings settings;
  private final Groups groups;
  private final Lines lines;
  private final Turns turns;
  private final Registry registry;
  private final FloorArbiter arbiter;
  private final Transmissions transmissions;
  private final Function<Outbound, Frame> encoder;
  private final PttFigures figures;

  GroupTalk(Loop loop, PttSettings settings, Groups groups, Lines lines, Turns turns, Registry registry, FloorArbiter arbiter, Transmissions transmissions,
      Function<Outbound, Frame> encoder, PttFigures figures) {
    this.loop = loop;
    this.settings = settings;
    this.groups = groups;
    this.lines = lines;
    this.turns = turns;
    this.registry = registry;
    this.arbiter = arbiter;
    this.transmissions = transmissions;
    this.encoder = encoder;
    this.figures = figures;
  }

  // ---- START

  void start(Client client, Start start) {
    inGroup(client, start.head(), group -> {
      if (!group.isMember(client.userId())) {
        refuse(client, start.head());
      }
      if (!group.isMember(client.userId()) || !client.mayBegin(start.head())) {
        fail(client, start.head(), "Ack Failed");
        return;
      }
      Consumer<Verdict> then = turns.held(client, verdict -> decided(client, group, start, verdict));
      arbiter.acquire(group.id(), client.userId(), client.token(), verdict -> {
        if (client.isGone() && verdict == Verdict.GRANTED) {
          arbiter.release(group.id(), client.token());
        }
        then.accept(verdict);
      });
    });
  }

  /** The group is known still: the client, who has not gone, is a member. */
  private void decided(Client client, TalkGroup group, Start start, Verdict verdict) {
    boolean isGranted = verdict == Verdict.GRANTED || verdict == Verdict.UNDECIDED && group.floor().mayTake(client.userId(), loop.nanos());
    if (!isGranted) {
      figures.floorRefusals.increment();
      fail(client, start.head(), "Busy");
      return;
    }
    figures.floorGrants.increment();
    group.floor().take(client.userId(), client.token(), loop.nanos());
    transmissions.begin(client, start.head());
    client.send(encoder.apply(new StartAck(start.head(), start.acknowledged())));
    lines.toGroup(group, client.userId(), start.relay(), Kind.START);
  }

  private void fail(Client client, Head head, String reason) {
    client.send(encoder.apply(new StartFailed(head, reason)));
  }

  // ---- AUDIO

  void audio(Client client, Audio audio) {
    TalkGroup known = groups.known(audio.head().toId());
    if (known != null && known.isLoaded()) {
      audio(client, known, audio);
    } else {
      inGroup(client, audio.head(), group -> audio(client, group, audio));
    }
  }

  private void audio(Client client, TalkGroup group, Audio audio) {
    if (!group.isMember(client.userId())) {
      if (client.mayHearUnauthorized(loop.nanos())) {
        refuse(client, audio.head());
      }
      return;
    }
    long now = loop.nanos();
    Floor floor = group.floor();
    Transmission transmission = client.transmission(audio.head());
    boolean isHolder = floor.isHeldBy(client.userId(), now);
    if (!isHolder && !floor.isFree(now) || transmission != null && transmission.isCut()) {
      return;
    }
    if (transmission != null && transmission.isLongerThan(settings.maxAudio(), now)) {
      cut(client, group, audio.head(), transmission);
    } else if (isHolder) {
      speak(client, group, audio, transmission, now);
    } else {
      lines.toGroup(group, client.userId(), audio.relay(), Kind.AUDIO);
    }
  }

  private void speak(Client client, TalkGroup group, Audio audio, Transmission transmission, long now) {
    figures.audioFrames.increment();
    group.floor().spoke(now);
    arbiter.spoke(group.id(), client.token());
    if (transmission != null) {
      transmission.audio(audio.audio(), now);
    }
    lines.toGroup(group, client.userId(), audio.relay(), Kind.SPOKEN);
  }

  /** The maximum duration is over: members get a regular STOP, and the speaker is told, too. */
  private void cut(Client client, TalkGroup group, Head head, Transmission transmission) {
    if (group.floor().isOf(client) || group.floor().isHeldBy(client.userId(), loop.nanos())) {
      free(group);
    }
    Optional<String> messageId = tellStopped(client, group, head, transmission);
    client.send(encoder.apply(new StopAck(head, messageId)));
  }

  // ---- STOP

  void stop(Client client, Stop stop) {
    Head head = stop.head();
    TalkGroup group = groups.known(head.toId());
    boolean isHolder = group != null && group.floor().isHeldBy(client.userId(), loop.nanos());
    if (isHolder) {
      free(group);
    }
    Optional<Transmission.Ended> ended = transmissions.stop(client, head);
    client.send(encoder.apply(new StopAck(head, ended.map(Transmission.Ended::messageId))));
    if (isHolder) {
      tellStopped(client, group, head, ended);
    }
  }

  private Optional<String> tellStopped(Client client, TalkGroup group, Head head, Transmission transmission) {
    return tellStopped(client, group, head, Optional.of(transmissions.end(client, transmission)));
  }

  private Optional<String> tellStopped(Client client, TalkGroup group, Head head, Optional<Transmission.Ended> ended) {
    Optional<String> messageId = ended.map(Transmission.Ended::messageId);
    messageId.ifPresent(id -> registry.noteGroupMessage(group.id(), id));
    Frame frame = encoder.apply(new Stopped(head, messageId, ended.map(Transmission.Ended::duration).orElse(Duration.ZERO)));
    lines.toGroup(group, client.userId(), frame, Kind.STOP);
    return messageId;
  }

  private void free(TalkGroup group) {
    String connection = group.floor().connection();
    group.floor().free();
    arbiter.release(group.id(), connection);
  }

  /** A connection has gone: if it held floors, the members are told that nobody speaks any more. */
  void departed(Client client) {
    for (Transmission transmission : client.transmissions()) {
      TalkGroup group = transmission.head().isGroup() ? groups.known(transmission.head().toId()) : null;
      if (group != null) {
        stopIfSpeaking(client, group);
      }
    }
  }

  // ---- Membership

  void join(Client client, Head head) {
    if (settings.groupsByTokenOnly() && !client.introduction().channelIds().contains(head.toId())) {
      refuse(client, head);
      return;
    }
    changeMembership(client, head, true, done -> registry.add(head.toId(), client.userId(), done));
  }

  void leave(Client client, Head head) {
    changeMembership(client, head, false, done -> registry.remove(head.toId(), client.userId(), done));
  }

  /** What is written holds, though the client has gone meanwhile. */
  private void changeMembership(Client client, Head head, boolean isMember, Consumer<Consumer<Boolean>> write) {
    Consumer<Boolean> then = turns.held(client, written -> {});
    write.accept(written -> {
      if (written) {
        TalkGroup group = groups.known(head.toId());
        if (group != null && !isMember) {
          lines.connectionsOf(client.userId()).forEach(connection -> stopIfSpeaking(connection, group));
        }
        groups.changed(head.toId(), client.userId(), isMember);
        lines.tellOthers(new PeerMessage.MembershipChanged(head.toId(), client.userId(), isMember));
      }
      then.accept(written);
    });
  }

  /** Members are told that nobody speaks any more, if this connection holds the floor. */
  private void stopIfSpeaking(Client client, TalkGroup group) {
    for (Transmission transmission : client.transmissions()) {
      if (transmission.head().isGroup() && transmission.head().toId().equals(group.id()) && group.floor().isOf(client)) {
        free(group);
        tellStopped(client, group, transmission.head(), transmission);
      }
    }
  }

  // ---- Texts and images

  void text(Client client, Text text) {
    inGroup(client, text.head(), group -> {
      if (!group.isMember(client.userId())) {
        refuse(client, text.head());
        return;
      }
      String messageId = transmissions.textId(client, text.head(), text.isInteractive() ? MessageType.INTERACTIVE : MessageType.TEXT);
      registry.noteGroupMessage(group.id(), messageId);
      client.send(encoder.apply(new TextAck(text.head(), text.isInteractive(), messageId)));
      lines.toGroup(group, client.userId(), encoder.apply(new TextRelay(text.head(), text.isInteractive(), messageId, text.text())), Kind.OTHER);
    });
  }

  void image(Client client, Image image) {
    inGroup(client, image.head(), group -> {
      if (!group.isMember(client.userId())) {
        refuse(client, image.head());
        return;
      }
      registry.noteGroupMessage(group.id(), transmissions.textId(client, image.head(), MessageType.IMAGE));
      lines.toGroup(group, client.userId(), image.relay(), Kind.OTHER);
    });
  }

  // ---- From other servers

  void received(PeerMessage.ToGroup message, Frame frame) {
    TalkGroup group = groups.known(message.groupId());
    if (group == null) {
      return;
    }
    switch (message.kind()) {
      case START, SPOKEN -> group.floor().takenElsewhere(message.senderId(), loop.nanos());
      case STOP -> {
        if (group.floor().isHeldBy(message.senderId(), loop.nanos()) && group.floor().connection().isEmpty()) {
          group.floor().free();
        }
      }
      case AUDIO, OTHER -> {
        // Nothing of the floor.
      }
    }
    lines.toGroupHere(group, message.senderId(), frame, message.kind());
  }

  // ---- Timers

  /** Frees floors that were held for too long. */
  void inspect() {
    long now = loop.nanos();
    List<TalkGroup> expired = new ArrayList<>();
    groups.all().forEach(group -> {
      if (group.floor().isExpired(now)) {
        expired.add(group);
      }
    });
    expired.forEach(this::free);
  }

  private void inGroup(Client client, Head head, Consumer<TalkGroup> then) {
    groups.find(head.toId(), turns.held(client, then));
  }

  private void refuse(Client client, Head head) {
    figures.unauthorized.increment();
    client.send(encoder.apply(new UnauthorizedGroup(head)));
  }
}
