package dev.roost.publicrooms;

import static org.assertj.core.api.Assertions.assertThat;

import dev.roost.publicrooms.PublicRoomsMessages.Acknowledgement;
import dev.roost.publicrooms.PublicRoomsMessages.ErrorEvent;
import dev.roost.publicrooms.PublicRoomsMessages.Inbound;
import dev.roost.publicrooms.PublicRoomsMessages.JoinRoom;
import dev.roost.publicrooms.PublicRoomsMessages.LeaveRoom;
import dev.roost.publicrooms.PublicRoomsMessages.Medium;
import dev.roost.publicrooms.PublicRoomsMessages.Outbound;
import dev.roost.publicrooms.PublicRoomsMessages.Pong;
import dev.roost.publicrooms.PublicRoomsMessages.SendMessage;
import dev.roost.publicrooms.PublicRoomsMessages.SignalBody;
import dev.roost.publicrooms.PublicRoomsMessages.Toggle;
import dev.roost.publicrooms.PublicRoomsMessages.Unknown;
import dev.roost.publicrooms.PublicRoomsMessages.WebRtcSignal;
import dev.roost.core.RawJson;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A socket in the namespace of a room, as its client sees it. */
final class Tab implements GuestSocket {
  final String name;
  final String address;
  final String room;
  private final RoomsWorld world;
  private final ArrayDeque<Outbound> inbox = new ArrayDeque<>();
  private boolean disconnected;
  private boolean old;

  Tab(RoomsWorld world, String address, String room, String name) {
    this.world = world;
    this.address = address;
    this.room = room;
    this.name = name;
  }

  // ---- As the rooms see it

  @Override
  public String id() {
    return name;
  }

  @Override
  public boolean canAnswerPings() {
    return !old;
  }

  @Override
  public void send(Outbound message) {
    assertThat(disconnected).as("%s gets %s after its end", name, message).isFalse();
    inbox.add(message);
    world.note(name, message);
  }

  @Override
  public void disconnect() {
    assertThat(disconnected).as("%s ends once", name).isFalse();
    disconnected = true;
    world.noteEnd(name);
    world.loop.execute(() -> world.rooms.disconnected(this));
  }

  // ---- What it does

  /** Before it connects: its client is of Socket.IO 2. */
  Tab old() {
    old = true;
    return this;
  }

  Tab send(Inbound message) {
    world.loop.run(() -> world.rooms.received(this, message));
    return this;
  }

  /** {@code join-room} as the user of its address. */
  Tab join() {
    return joinAs(world.user(address));
  }

  Tab joinAs(String userId) {
    return send(new JoinRoom(Optional.of(userId), Optional.empty()));
  }

  Tab joinWithName(String userName) {
    return send(new JoinRoom(Optional.of(world.user(address)), Optional.of(userName)));
  }

  Tab leave() {
    return leaveAs(world.user(address));
  }

  Tab leaveAs(String userId) {
    return send(new LeaveRoom(Optional.of(userId)));
  }

  Tab pong() {
    return send(new Pong());
  }

  /** An event without effect. */
  Tab nudge() {
    return send(new Unknown("nudge"));
  }

  Tab say(String content) {
    return send(new SendMessage(Optional.of(world.user(address)), Optional.of(content)));
  }

  Tab toggle(Medium medium, boolean enabled) {
    return send(new Toggle(medium, Optional.of(world.user(address)), Optional.of(enabled)));
  }

  /** {@code webrtc-signal} with a callback; what it got. */
  String signal(String targetUserId) {
    return signal(targetUserId, RoomsWorld.json("{'type':'offer','sdp':'x'}"));
  }

  String signal(String targetUserId, RawJson description) {
    Answer answer = new Answer();
    send(new WebRtcSignal(Optional.of(targetUserId), new SignalBody(description, RawJson.ABSENT), answer));
    return answer.only();
  }

  /** The connection is lost for good, or closed by the client. */
  void drop() {
    disconnected = true;
    world.loop.run(() -> world.rooms.disconnected(this));
  }

  // ---- Recovery

  void interrupt() {
    world.loop.run(() -> world.rooms.interrupted(this));
  }

  /** Comes back if it may. */
  boolean resume() {
    return world.ask(() -> {
      boolean may = world.rooms.mayResume(this);
      if (may) {
        world.rooms.resumed(this);
      }
      return may;
    });
  }

  // ---- What it got

  /** What came since the last look. */
  List<Outbound> takeAll() {
    List<Outbound> taken = List.copyOf(inbox);
    inbox.clear();
    return taken;
  }

  List<String> take() {
    return takeAll().stream().map(RoomsWorld::summary).toList();
  }

  /** The only one that was not looked at, which must be of this kind. */
  <T extends Outbound> T only(Class<T> type) {
    List<Outbound> taken = takeAll();
    assertThat(taken).as(name).hasSize(1);
    return type.cast(taken.getFirst());
  }

  /** The code of an error that is the only thing that was not looked at. */
  FaultCode fault() {
    return only(ErrorEvent.class).code();
  }

  Tab hears(String... summaries) {
    assertThat(take()).as(name).containsExactly(summaries);
    return this;
  }

  Tab nothing() {
    return hears();
  }

  Tab forget() {
    inbox.clear();
    return this;
  }

  /** Whether the server has ended it, or the client has. */
  boolean isDisconnected() {
    return disconnected;
  }

  /** What comes in a callback. */
  static final class Answer implements Acknowledgement {
    private final List<String> answers = new ArrayList<>();

    @Override
    public void ok() {
      answers.add("ok");
    }

    @Override
    public void error(FaultCode code) {
      answers.add(code.name());
    }

    String only() {
      assertThat(answers).hasSize(1);
      return answers.getFirst();
    }
  }
}
