package dev.roost.publicrooms;

import dev.roost.core.Loop;
import dev.roost.publicrooms.FixedWindow.Verdict;
import dev.roost.publicrooms.Guest.State;
import dev.roost.publicrooms.PublicRoomsMessages.Acknowledgement;
import dev.roost.publicrooms.PublicRoomsMessages.ErrorEvent;
import dev.roost.publicrooms.PublicRoomsMessages.Inbound;
import dev.roost.publicrooms.PublicRoomsMessages.JoinRoom;
import dev.roost.publicrooms.PublicRoomsMessages.LeaveRoom;
import dev.roost.publicrooms.PublicRoomsMessages.MediaRequest;
import dev.roost.publicrooms.PublicRoomsMessages.Medium;
import dev.roost.publicrooms.PublicRoomsMessages.Pong;
import dev.roost.publicrooms.PublicRoomsMessages.RateLimitExceeded;
import dev.roost.publicrooms.PublicRoomsMessages.SendMessage;
import dev.roost.publicrooms.PublicRoomsMessages.Toggle;
import dev.roost.publicrooms.PublicRoomsMessages.Unknown;
import dev.roost.publicrooms.PublicRoomsMessages.WebRtcSignal;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The life of the sockets in rooms: admission, events, interruption, end. A socket that the server ends is over at once for the rooms, whatever its connection still does, so each thing
 * happens once. On the rooms' loop.
 */
final class Reception {
  private static final String EVENT_ACTION = "socket_event";

  private final Loop loop;
  private final PublicRoomsSettings settings;
  private final AbuseBlock abuse;
  private final Visitors visitors;
  private final Seating seating;
  private final RoomTalk talk;
  private final Map<String, StudyRoom> rooms;
  private final RoomsFigures figures;
  private final Admission admission;
  private final ConnectionsByAddress connections;
  private boolean checksHealth = true;

  Reception(Loop loop, PublicRoomsSettings settings, AbuseBlock abuse, Visitors visitors, Seating seating, RoomTalk talk, Map<String, StudyRoom> rooms, RoomsFigures figures) {
    this.loop = loop;
    this.settings = settings;
    this.abuse = abuse;
    this.visitors = visitors;
    this.seating = seating;
    this.talk = talk;
    this.rooms = rooms;
    this.figures = figures;
    admission = new Admission(loop, settings, abuse, this::waitedTooLong);
    connections = admission.connections();
  }

  ConnectionsByAddress connections() {
    return connections;
  }

  Admission admission() {
    return admission;
  }

  // ---- 2.3: coming and going

  void connected(GuestSocket socket, String ipHash, String roomId) {
    Guest guest = new Guest(socket, connections.shared(ipHash), roomId, Optional.ofNullable(rooms.get(roomId)), new HealthCheck(loop, settings, figures), new FixedWindow(settings.event()),
        loop.nanos());
    try {
      Optional<ErrorEvent> refusal = admission.admit(guest);
      if (refusal.isPresent()) {
        refuse(guest, refusal.get());
        return;
      }
      figures.connections++;
      if (guest.state() == State.ADMITTED) {
        watch(guest);
      }
    } catch (RuntimeException e) {
      end(guest, FaultCode.CONNECTION_ERROR);
      admitWaiting();
      report(e);
    }
  }

  void disconnected(GuestSocket socket) {
    connections.find(socket.id()).ifPresent(this::end);
    admitWaiting();
  }

  /** After leaving, every socket of the user in the namespace goes. */
  void dismiss(String ipHash, String roomId) {
    for (Guest guest : List.copyOf(connections.of(ipHash))) {
      if (guest.roomId().equals(roomId)) {
        end(guest);
        guest.socket().disconnect();
      }
    }
  }

  /** Places that have become free go to those who wait; what they have sent in the meantime happens now. Comes at the end of every step in which a socket may have gone. */
  void admitWaiting() {
    for (Optional<Guest> next = admission.next(); next.isPresent(); next = admission.next()) {
      Guest guest = next.get();
      watch(guest);
      for (Inbound message : guest.takeHeld()) {
        if (guest.state() != State.GONE) {
          guarded(guest, message, () -> handle(guest, message));
        }
      }
    }
  }

  void stopHealthChecks() {
    checksHealth = false;
    connections.all().forEach(guest -> guest.health().stop());
  }

  private void waitedTooLong(Guest guest) {
    end(guest, FaultCode.SYSTEM_AT_CAPACITY);
    admitWaiting();
  }

  private void dead(Guest guest) {
    end(guest, FaultCode.CONNECTION_TIMEOUT);
    admitWaiting();
  }

  private void watch(Guest guest) {
    if (checksHealth && guest.socket().canAnswerPings()) {
      guest.health().start(guest.connectedNanos(), guest::send, () -> dead(guest));
    }
  }

  /** It has taken nothing, so there is nothing to give back. */
  private void refuse(Guest guest, ErrorEvent error) {
    figures.fault(error.code());
    guest.state(State.GONE);
    guest.send(error);
    guest.socket().disconnect();
  }

  private void end(Guest guest, FaultCode code) {
    fail(guest, code);
    end(guest);
    guest.socket().disconnect();
  }

  /** Everything of it is undone; first its seat, so that others hear of it before somebody takes its place. */
  private void end(Guest guest) {
    guest.health().stop();
    seating.part(guest);
    guest.takeHeld();
    admission.left(guest);
  }

  // ---- Recovery

  /** Only who has joined has something to come back to; the others connect again as if for the first time. */
  void interrupted(GuestSocket socket) {
    Optional<Guest> found = connections.find(socket.id());
    if (found.isEmpty()) {
      return;
    }
    Guest guest = found.get();
    if (guest.state() == State.JOINED && guest.seat().isPresent()) {
      guest.health().stop();
      admission.interrupted(guest);
      endOldestInterrupted(guest.ipHash());
    } else if (guest.state() != State.INTERRUPTED) {
      end(guest);
      // Or Socket.IO would keep it until the window has passed.
      socket.disconnect();
    }
    admitWaiting();
  }

  boolean mayResume(GuestSocket socket) {
    return connections.find(socket.id()).filter(guest -> guest.state() == State.INTERRUPTED && admission.mayResume(guest)).isPresent();
  }

  void resumed(GuestSocket socket) {
    connections.find(socket.id()).filter(guest -> guest.state() == State.INTERRUPTED).ifPresent(guest -> {
      guest.seat().ifPresent(seat -> seat.room().moved(guest.socket(), socket));
      admission.resumed(guest, socket);
      watch(guest);
    });
  }

  /** Who breaks its connections again and again must not leave any number of them behind. */
  private void endOldestInterrupted(String ipHash) {
    List<Guest> interrupted = connections.of(ipHash).stream().filter(guest -> guest.state() == State.INTERRUPTED).toList();
    if (interrupted.size() > settings.hardMaxConnectionsPerAddress()) {
      end(interrupted.getFirst());
      interrupted.getFirst().socket().disconnect();
    }
  }

  // ---- 3.1, 3.4, 3.5: events

  void received(GuestSocket socket, Inbound message) {
    Optional<Guest> found = connections.find(socket.id()).filter(guest -> guest.state() != State.INTERRUPTED);
    if (found.isEmpty()) {
      return;
    }
    guarded(found.get(), message, () -> take(found.get(), message));
    admitWaiting();
  }

  private void take(Guest guest, Inbound message) {
    guest.health().heard(message instanceof Pong);
    visitors.touch(guest.ipHash());
    if (!isWithinBudget(guest)) {
      figures.eventRefusals++;
    } else if (guest.state() != State.WAITING) {
      handle(guest, message);
    } else if (!guest.hold(message)) {
      figures.droppedEvents++;
    }
  }

  /** Section 2.6; it is told once in a window. */
  private boolean isWithinBudget(Guest guest) {
    long nanos = loop.nanos();
    Verdict verdict = guest.events().attempt(nanos);
    if (verdict == Verdict.STARTS_BLOCK) {
      abuse.suspect(guest.ipHash());
      guest.send(new RateLimitExceeded(EVENT_ACTION, "You send too much; what you send until then is dropped", loop.now().plusNanos(guest.events().nanosLeft(nanos))));
    }
    return verdict == Verdict.GRANTED;
  }

  private void handle(Guest guest, Inbound message) {
    switch (message) {
      case JoinRoom join -> seating.joinRoom(guest, join).ifPresent(code -> fail(guest, code));
      case LeaveRoom leave -> seating.leaveRoom(guest, leave).ifPresent(code -> fail(guest, code));
      case SendMessage chat -> talk.say(guest, chat).ifPresent(code -> fail(guest, code));
      case Toggle toggle -> talk.toggle(guest, toggle).ifPresent(code -> fail(guest, code));
      case WebRtcSignal signal -> answer(signal.acknowledgement(), talk.signal(guest, signal));
      case MediaRequest request -> answer(request.acknowledgement(), Optional.of(FaultCode.MEDIA_ENGINE_NOT_AVAILABLE));
      case Pong pong -> { }
      case Unknown unknown -> figures.unknownEvents++;
    }
  }

  /** Nothing that comes in may do more harm than to get an error back. */
  private void guarded(Guest guest, Inbound message, Runnable step) {
    try {
      step.run();
    } catch (RuntimeException e) {
      internalFault(message).ifPresent(code -> fail(guest, code));
      report(e);
    }
  }

  private static Optional<FaultCode> internalFault(Inbound message) {
    return switch (message) {
      case JoinRoom join -> Optional.of(FaultCode.JOIN_ERROR);
      case LeaveRoom leave -> Optional.of(FaultCode.LEAVE_ERROR);
      case SendMessage chat -> Optional.of(FaultCode.SEND_MESSAGE_ERROR);
      case Toggle toggle -> Optional.of(toggle.medium() == Medium.VIDEO ? FaultCode.TOGGLE_VIDEO_ERROR : FaultCode.TOGGLE_AUDIO_ERROR);
      case WebRtcSignal signal -> Optional.empty();
      case MediaRequest request -> Optional.empty();
      case Pong pong -> Optional.empty();
      case Unknown unknown -> Optional.empty();
    };
  }

  private void answer(Acknowledgement acknowledgement, Optional<FaultCode> fault) {
    if (fault.isPresent()) {
      figures.fault(fault.get());
      acknowledgement.error(fault.get());
    } else {
      acknowledgement.ok();
    }
  }

  private void fail(Guest guest, FaultCode code) {
    figures.fault(code);
    guest.fail(code);
  }

  /** As a task of its own, so that it is in the log and does no harm here. */
  private void report(RuntimeException e) {
    loop.execute(() -> {
      throw e;
    });
  }
}
