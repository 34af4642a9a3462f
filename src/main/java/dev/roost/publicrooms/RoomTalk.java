package dev.roost.publicrooms;

import dev.roost.core.Loop;
import dev.roost.publicrooms.PublicRoomsMessages.ChatMessage;
import dev.roost.publicrooms.PublicRoomsMessages.RateLimitExceeded;
import dev.roost.publicrooms.PublicRoomsMessages.RelayedSignal;
import dev.roost.publicrooms.PublicRoomsMessages.SendMessage;
import dev.roost.publicrooms.PublicRoomsMessages.Toggle;
import dev.roost.publicrooms.PublicRoomsMessages.WebRtcSignal;
import java.util.Optional;
import java.util.function.Supplier;

/** What joined sockets say to each other (sections 3.4 and 3.5): who acts is the user the socket has joined with, whatever the payload claims. On the rooms' loop. */
final class RoomTalk {
  private static final String CHAT_ACTION = "chat_message";

  private final Loop loop;
  private final Supplier<String> uuids;
  private final RateBudgets budgets;
  private final RoomsFigures figures;

  RoomTalk(Loop loop, Supplier<String> uuids, RateBudgets budgets, RoomsFigures figures) {
    this.loop = loop;
    this.uuids = uuids;
    this.budgets = budgets;
    this.figures = figures;
  }

  /** {@code send-message}. Answers what is wrong with it, if anything is; who says too much is told so here. */
  Optional<FaultCode> say(Guest guest, SendMessage message) {
    Optional<FaultCode> fault = denial(guest, message.userId());
    Optional<String> content = message.content().flatMap(SafeText::message);
    if (fault.isPresent() || content.isEmpty()) {
      return fault.or(() -> Optional.of(FaultCode.INVALID_MESSAGE));
    }
    Permit permit = budgets.attempt(guest.ipHash());
    if (!permit.isGranted()) {
      guest.send(new RateLimitExceeded(CHAT_ACTION, "You write too much; try again in " + permit.retryAfterSeconds() + " s", permit.resetAt()));
      return Optional.empty();
    }
    Seat seat = guest.seat().orElseThrow();
    figures.chatMessages++;
    seat.room().say(new ChatMessage(uuids.get(), seat.visitor().id(), seat.visitor().displayName(), content.get(), loop.now()));
    return Optional.empty();
  }

  /** {@code toggle-video} and {@code toggle-audio}. Answers why not, if not. */
  Optional<FaultCode> toggle(Guest guest, Toggle message) {
    Optional<FaultCode> fault = denial(guest, message.userId());
    if (fault.isPresent() || message.enabled().isEmpty()) {
      return fault.or(() -> Optional.of(FaultCode.INVALID_REQUEST));
    }
    Seat seat = guest.seat().orElseThrow();
    seat.room().toggle(seat, message.medium(), message.enabled().get());
    return Optional.empty();
  }

  /** {@code webrtc-signal}: to every joined socket of another user in the same room. Answers why not, if not, which is told in the acknowledgement only. */
  Optional<FaultCode> signal(Guest guest, WebRtcSignal message) {
    if (guest.seat().isEmpty()) {
      return Optional.of(FaultCode.NOT_PARTICIPANT);
    }
    if (message.targetUserId().isEmpty()) {
      return Optional.of(FaultCode.INVALID_REQUEST);
    }
    Seat seat = guest.seat().get();
    Optional<Seat> target = seat.room().seat(message.targetUserId().get()).filter(Seat::isPresent);
    if (target.isEmpty()) {
      return Optional.of(FaultCode.TARGET_NOT_FOUND);
    }
    if (!target.get().admits(seat.visitor().id(), message.body().length(), loop.nanos())) {
      return Optional.of(FaultCode.RATE_LIMIT_EXCEEDED);
    }
    figures.signals++;
    RelayedSignal relayed = new RelayedSignal(seat.visitor().id(), message.body());
    target.get().guests().forEach(receiver -> receiver.send(relayed));
    return Optional.empty();
  }

  private static Optional<FaultCode> denial(Guest guest, Optional<String> userId) {
    if (guest.seat().isEmpty()) {
      return Optional.of(FaultCode.NOT_PARTICIPANT);
    }
    if (userId.isEmpty()) {
      return Optional.of(FaultCode.INVALID_REQUEST);
    }
    return userId.filter(id -> !id.equals(guest.seat().get().visitor().id())).map(id -> FaultCode.INVALID_USER);
  }
}
