package dev.roost.publicrooms;

import dev.roost.publicrooms.PublicRoomsSettings.Limit;

/**
 * One budget of attempts (section 2.6): the window opens with the first attempt, one attempt too many in it starts a block, and after the block everything starts again. A window, and a
 * block, do not include the moment of their end. On the rooms' loop.
 */
final class FixedWindow implements ByAddress.Passing {

  /** What becomes of an attempt. */
  enum Verdict {
    GRANTED,
    /** The first one too many. */
    STARTS_BLOCK,
    BLOCKED
  }

  private final Limit limit;
  private boolean blocked;
  private int attempts;
  /** Of the window, or of the block. */
  private long endNanos;

  /** @param limit a block of no length is one for the rest of the window */
  FixedWindow(Limit limit) {
    this.limit = limit;
  }

  Verdict attempt(long nanos) {
    if (isOver(nanos)) {
      blocked = false;
      attempts = 0;
      endNanos = nanos + limit.window().toNanos();
    }
    if (blocked) {
      return Verdict.BLOCKED;
    }
    if (attempts < limit.attempts()) {
      attempts++;
      return Verdict.GRANTED;
    }
    blocked = true;
    if (!limit.block().isZero()) {
      endNanos = nanos + limit.block().toNanos();
    }
    return Verdict.STARTS_BLOCK;
  }

  /** Attempts left. */
  int remaining() {
    return blocked ? 0 : limit.attempts() - attempts;
  }

  /** How long the window, or the block, still lasts. */
  long nanosLeft(long nanos) {
    return endNanos - nanos;
  }

  @Override
  public boolean isOver(long nanos) {
    return attempts == 0 || nanos - endNanos >= 0;
  }
}
