package dev.roost.ptt;

import dev.roost.core.Frame;
import dev.roost.core.Loop;
import dev.roost.ptt.FloorArbiter.Busy;
import dev.roost.ptt.FloorArbiter.Granted;
import dev.roost.ptt.FloorArbiter.Undecided;
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
    groups.onParted(this::stopSpeaking);
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
      long asked = group.floor().order();
      Consumer<Verdict> then = turns.held(client, verdict -> decided(client, group, start, asked, verdict));
      arbiter.acquire(group.id(), client.userId(), client.token(), verdict -> {
        if (client.isGone()) {
          giveBack(client, group, verdict);
        }
        then.accept(verdict);
      });
    });
  }

  private void giveBack(Client client, TalkGroup group, Verdict verdict) {
    if (verdict instanceof Granted(long order)) {
      group.floor().isOver(order, loop.nanos());
      arbiter.release(group.id(), client.token());
    }
  }

  /** @param asked the order of the floor when the question was put */
  private void decided(Client client, TalkGroup group, Start start, long asked, Verdict verdict) {
    if (!group.isMember(client.userId())) {
      // It was removed meanwhile, by another connection or on another server.
      giveBack(client, group, verdict);
      refuse(client, start.head());
      fail(client, start.head(), "Ack Failed");
      return;
    }
    Floor floor = group.floor();
    long now = loop.nanos();
    switch (verdict) {
      // A newer grant, of which word came first, is over this one; unless it is the same user's, who speaks from another server now.
      case Granted(long order) when floor.isOutdated(order, now) && !floor.isHeldBy(client.userId(), now) -> {
        giveBack(client, group, verdict);
        busy(client, start);
      }
      case Granted(long order) -> granted(client, group, start, order);
      case Undecided() when floor.mayTake(client.userId(), now) -> granted(client, group, start, Floor.UNORDERED);
      case Undecided() -> busy(client, start);
      case Busy by -> {
        floor.busy(client.userId(), asked, by, now);
        busy(client, start);
      }
    }
  }

  private void granted(Client client, TalkGroup group, Start start, long order) {
    figures.floorGrants.increment();
    if (!group.floor().isOutdated(order, loop.nanos()) || order == Floor.UNORDERED) {
      group.floor().take(client.userId(), client.token(), order, loop.nanos());
    }
    for (Client other : lines.connectionsOf(client.userId())) {
      if (other != client) {
        transmissions.replaced(other, start.head());
      }
    }
    transmissions.begin(client, start.head());
    client.send(encoder.apply(new StartAck(start.head(), start.acknowledged())));
    lines.toGroup(group, client.userId(), start.relay(), Kind.START, order);
  }

  private void busy(Client client, Start start) {
    figures.floorRefusals.increment();
    fail(client, start.head(), "Busy");
  }

  private void fail(Client client, Head head, String reason) {
    client.send(encoder.apply(new StartFailed(head, reason)));
  }

  // ---- AUDIO

  void audio(Client client, Audio audio) {
    TalkGroup known = groups.known(audio.head().toId());
    // Who is a member by its token need not wait for the rest, which is on its way or cannot be had.
    if (known != null && (known.isLoaded() || known.isMember(client.userId()))) {
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
    Client speaker = lines.speaker(client, audio.head());
    Transmission transmission = speaker.transmission(audio.head());
    boolean isHolder = floor.isHeldBy(client.userId(), now);
    if (!isHolder && !floor.isFree(now) || transmission != null && transmission.isCut()) {
      return;
    }
    if (transmission != null && transmission.isLongerThan(settings.maxAudio(), now)) {
      cut(speaker, group, audio.head(), transmission);
    } else if (isHolder) {
      speak(client, group, audio, transmission, now);
    } else {
      lines.toGroup(group, client.userId(), audio.relay(), Kind.AUDIO);
    }
  }

  private void speak(Client client, TalkGroup group, Audio audio, Transmission transmission, long now) {
    figures.audioFrames.increment();
    group.floor().spoke(now);
    arbiter.spoke(group.id(), group.floor().connection());
    if (transmission != null) {
      transmission.audio(audio.audio(), now);
    }
    lines.toGroup(group, client.userId(), audio.relay(), Kind.SPOKEN, group.floor().order());
  }

  /** The maximum duration is over: members get a regular STOP, and the speaker is told, too. */
  private void cut(Client client, TalkGroup group, Head head, Transmission transmission) {
    long order = group.floor().isOf(client) ? free(group) : Floor.UNORDERED;
    Optional<String> messageId = tellStopped(client, group, head, transmission, order);
    client.send(encoder.apply(new StopAck(head, messageId)));
  }

  // ---- STOP

  /** What another connection of the same user says goes on. */
  void stop(Client client, Stop stop) {
    Head head = stop.head();
    TalkGroup group = groups.known(head.toId());
    boolean isHolder = group != null && group.floor().isOf(client) && group.floor().isHeldBy(client.userId(), loop.nanos());
    long order = isHolder ? free(group) : Floor.UNORDERED;
    Optional<Transmission.Ended> ended = transmissions.stop(client, head);
    client.send(encoder.apply(new StopAck(head, ended.map(Transmission.Ended::messageId))));
    if (isHolder) {
      tellStopped(client, group, head, ended, order);
    }
  }

  private Optional<String> tellStopped(Client client, TalkGroup group, Head head, Transmission transmission, long order) {
    return tellStopped(client, group, head, Optional.of(transmissions.end(client, transmission)), order);
  }

  private Optional<String> tellStopped(Client client, TalkGroup group, Head head, Optional<Transmission.Ended> ended, long order) {
    Optional<String> messageId = ended.map(Transmission.Ended::messageId);
    messageId.ifPresent(id -> registry.noteGroupMessage(group.id(), id));
    Frame frame = encoder.apply(new Stopped(head, messageId, ended.map(Transmission.Ended::duration).orElse(Duration.ZERO)));
    lines.toGroup(group, client.userId(), frame, Kind.STOP, order);
    return messageId;
  }

  /** The order of the grant that is over. */
  private long free(TalkGroup group) {
    String connection = group.floor().connection();
    long order = group.floor().order();
    group.floor().free();
    arbiter.release(group.id(), connection);
    return order;
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
        PeerMessage.MembershipChanged change = new PeerMessage.MembershipChanged(head.toId(), client.userId(), isMember);
        changed(change);
        lines.tellOthers(change);
      }
      then.accept(written);
    });
  }

  /** Somebody was added to a group, or removed, here or on another server. */
  void changed(PeerMessage.MembershipChanged change) {
    TalkGroup group = groups.known(change.groupId());
    if (group != null && !change.isMember()) {
      stopSpeaking(group, change.userId());
    }
    groups.changed(change.groupId(), change.userId(), change.isMember());
  }

  private void stopSpeaking(TalkGroup group, String userId) {
    lines.connectionsOf(userId).forEach(connection -> stopIfSpeaking(connection, group));
  }

  /** Members are told that nobody speaks any more, if this connection holds the floor. */
  private void stopIfSpeaking(Client client, TalkGroup group) {
    for (Transmission transmission : client.transmissions()) {
      if (transmission.head().isGroup() && transmission.head().toId().equals(group.id()) && group.floor().isOf(client)) {
        tellStopped(client, group, transmission.head(), transmission, free(group));
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
    long now = loop.nanos();
    Floor floor = group.floor();
    switch (message.kind()) {
      case START, SPOKEN -> spokenElsewhere(group, message, now);
      case STOP -> floor.stoppedElsewhere(message.senderId(), message.order(), now);
      case AUDIO, OTHER -> {
        // Nothing of the floor.
      }
    }
    boolean isAudio = message.kind() == Kind.SPOKEN || message.kind() == Kind.AUDIO;
    // Its server may not have heard yet that somebody else speaks.
    if (!isAudio || floor.isFree(now) || floor.isHeldBy(message.senderId(), now)) {
      lines.toGroupHere(group, message.senderId(), frame, message.kind());
    }
  }

  private void spokenElsewhere(TalkGroup group, PeerMessage.ToGroup message, long now) {
    Floor floor = group.floor();
    if (floor.takenElsewhere(message.senderId(), message.order(), now)) {
      lines.connectionsOf(message.senderId()).forEach(connection -> stopUnheard(connection, group));
    } else if (floor.isHeldBy(message.senderId(), now) && !floor.connection().isEmpty()) {
      // By another connection of the same user, which is here: nobody else tells the arbiter.
      floor.spoke(now);
      arbiter.spoke(group.id(), floor.connection());
    }
  }

  /** The same user speaks on another server now. */
  private void stopUnheard(Client client, TalkGroup group) {
    for (Transmission transmission : client.transmissions()) {
      if (transmission.head().isGroup() && transmission.head().toId().equals(group.id())) {
        transmissions.replaced(client, transmission.head());
      }
    }
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
