package dev.roost.publicrooms;

import java.util.List;

/** What comes of a join by REST. */
sealed interface JoinOutcome {

  /** @param room and the participants, both after the join */
  record Joined(RoomView room, List<ParticipantView> participants) implements JoinOutcome {}

  record Refused(RestFault fault) implements JoinOutcome {}
}
