package dev.roost.publicrooms;

import dev.roost.core.Loop;
import dev.roost.core.RawJson;
import dev.roost.publicrooms.PublicRoomsMessages.Inbound;
import dev.roost.publicrooms.PublicRoomsMessages.NumberedMessage;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;

/** All public rooms, their visitors and their sockets. On the rooms' loop. */
final class StudyRooms {

  StudyRooms(Loop loop, PublicRoomsSettings settings, RoomsJournal journal, Lobby lobby, Function<StudyRoom, Hall> halls, Supplier<String> uuids) {}

  void restore(List<StudyRoom> rooms, List<Visitor> visitors, Map<String, List<NumberedMessage>> chat) {}

  void connected(GuestSocket socket, String ipHash, String roomId) {}

  void received(GuestSocket socket, Inbound message) {}

  void disconnected(GuestSocket socket) {}

  void interrupted(GuestSocket socket) {}

  boolean mayResume(GuestSocket socket) {
    return false;
  }

  void resumed(GuestSocket socket) {}

  boolean viewerConnected(String ipHash) {
    return true;
  }

  void viewerDisconnected(String ipHash) {}

  Permit permitApi(String ipHash) {
    throw new UnsupportedOperationException();
  }

  Permit permitJoin(String ipHash) {
    throw new UnsupportedOperationException();
  }

  List<RoomView> rooms() {
    return List.of();
  }

  Visitor enter(String ipHash, String displayName) {
    throw new UnsupportedOperationException();
  }

  JoinOutcome join(String ipHash, String roomId, String userId) {
    return new JoinOutcome.Refused(RestFault.USER_NOT_FOUND);
  }

  Optional<RestFault> leave(String ipHash, String roomId, String userId) {
    return Optional.empty();
  }

  int broadcast(String roomId, String event, RawJson data) {
    return -1;
  }

  int connectionCount(String ipHash) {
    return 0;
  }

  void stopHealthChecks() {}

  CapacityStatus capacity() {
    return new CapacityStatus(0, 0, 0, 0);
  }

  ReconnectionStatus reconnection(String ipHash) {
    return ReconnectionStatus.NONE;
  }

  Map<String, Number> figures() {
    return Map.of();
  }
}
