package dev.roost.publicrooms;

import dev.roost.core.RawJson;
import dev.roost.publicrooms.PublicRoomsMessages.Acknowledgement;
import dev.roost.publicrooms.PublicRoomsMessages.ChatHistoryEvent;
import dev.roost.publicrooms.PublicRoomsMessages.Outbound;
import dev.roost.socketio.Answer;
import dev.roost.socketio.DisconnectReason;
import dev.roost.socketio.Event;
import dev.roost.socketio.NamespaceHandler;
import dev.roost.socketio.Payload;
import dev.roost.socketio.Socket;
import dev.roost.socketio.SocketIoServer;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The sockets of the contract: those in the namespaces of rooms and those on {@code /} that watch the list (sections 1.2 and 2). Between Socket.IO and the rooms; on their loop.
 */
final class SocketsReceiver {
  /** Whether a room of this id exists is only asked at {@code join-room}. */
  private static final Pattern NAMESPACE = Pattern.compile("/public-room/([A-Za-z0-9_-]{1,64})");
  /** The sockets of a namespace that have joined its room. */
  private static final String JOINED = "joined";

  private final SocketIoServer io;
  private final IpHash hash;
  private final boolean recovers;
  private final SentHistories histories;
  private StudyRooms rooms;

  /** @param recovers whether a seat waits for a socket that broke */
  SocketsReceiver(SocketIoServer io, IpHash hash, boolean recovers) {
    this.io = io;
    this.hash = hash;
    this.recovers = recovers;
    histories = new SentHistories(recovers);
  }

  /** Offers the namespaces; before the first client comes. */
  void offer(StudyRooms studyRooms) {
    rooms = studyRooms;
    io.namespace("/", new ListHandler());
    io.namespaces(name -> {
      Matcher room = NAMESPACE.matcher(name);
      return room.matches() ? Optional.of(new RoomHandler(room.group(1))) : Optional.empty();
    });
  }

  /** The viewers of the list of rooms. */
  Lobby lobby() {
    return update -> io.find("/").ifPresent(namespace -> namespace.emit(payload(update)));
  }

  /** The joined sockets of a room. */
  Hall hall(StudyRoom room) {
    String namespace = "/public-room/" + room.id();
    return new Hall() {
      @Override
      public void add(GuestSocket guest) {
        ((RoomSocket) guest).socket.join(JOINED);
      }

      @Override
      public void remove(GuestSocket guest) {
        ((RoomSocket) guest).socket.leave(JOINED);
      }

      @Override
      public void send(Outbound message) {
        io.find(namespace).ifPresent(found -> found.broadcast().to(JOINED).emit(payload(message)));
      }
    };
  }

  static Payload payload(Outbound message) {
    PublicRoomsCodec.Event event = PublicRoomsCodec.encode(message);
    return event.argument().isPresent() ? Payload.of(event.name(), event.argument()) : Payload.of(event.name());
  }

  /** A socket in the namespace of a room. */
  private static final class RoomSocket implements GuestSocket {
    private final Socket socket;
    private final SentHistories histories;
    private boolean hasHistory;

    RoomSocket(Socket socket, SentHistories histories) {
      this.socket = socket;
      this.histories = histories;
    }

    @Override
    public String id() {
      return socket.id();
    }

    @Override
    public boolean canAnswerPings() {
      return !socket.isOld();
    }

    @Override
    public void send(Outbound message) {
      if (message instanceof ChatHistoryEvent history) {
        histories.send(socket, history, !hasHistory);
        hasHistory = true;
      } else {
        socket.emit(payload(message));
      }
    }

    @Override
    public void disconnect() {
      socket.disconnect();
    }
  }

  /** The namespace of a room. */
  private final class RoomHandler implements NamespaceHandler {
    private final String roomId;

    RoomHandler(String roomId) {
      this.roomId = roomId;
    }

    @Override
    public void connected(Socket socket, RawJson auth) {
      RoomSocket guest = new RoomSocket(socket, histories);
      socket.attach(guest);
      rooms.connected(guest, hash.of(socket.address()), roomId);
    }

    @Override
    public void event(Socket socket, Event event) {
      rooms.received(guest(socket), PublicRoomsParser.parse(event.name(), event.arguments(), !event.attachments().isEmpty(), acknowledgement(event)));
    }

    @Override
    public boolean recovers() {
      return recovers;
    }

    @Override
    public void interrupted(Socket socket) {
      rooms.interrupted(guest(socket));
    }

    /** Who a visitor is, the address says (section 1.3). */
    @Override
    public boolean mayClaim(Socket socket, String address) {
      return socket.address().equals(address);
    }

    @Override
    public boolean mayResume(Socket socket) {
      return rooms.mayResume(guest(socket));
    }

    @Override
    public void resumed(Socket socket) {
      rooms.resumed(guest(socket));
    }

    @Override
    public void disconnected(Socket socket, DisconnectReason reason) {
      rooms.disconnected(guest(socket));
    }

    private static RoomSocket guest(Socket socket) {
      return (RoomSocket) socket.attachment();
    }

    private static Acknowledgement acknowledgement(Event event) {
      return event.wantsAck() ? new Callback(event.answer()) : Acknowledgement.NONE;
    }
  }

  /** A client's callback. */
  private record Callback(Answer answer) implements Acknowledgement {

    @Override
    public void ok() {
      answer.give(List.of(PublicRoomsCodec.acknowledged()), List.of());
    }

    @Override
    public void error(FaultCode code) {
      answer.give(List.of(PublicRoomsCodec.refused(code)), List.of());
    }
  }

  /** Those who watch the list of rooms: they only listen, and fetch the list anew when they come back. */
  private final class ListHandler implements NamespaceHandler {

    @Override
    public Optional<String> refusal(String address, RawJson auth) {
      return rooms.viewerConnected(hash.of(address)) ? Optional.empty() : Optional.of("Too many connections");
    }

    @Override
    public void connected(Socket socket, RawJson auth) {
      // Counted already.
    }

    @Override
    public void event(Socket socket, Event event) {
      // Nobody listens here.
    }

    @Override
    public boolean recovers() {
      return false;
    }

    @Override
    public void disconnected(Socket socket, DisconnectReason reason) {
      rooms.viewerDisconnected(hash.of(socket.address()));
    }
  }
}
