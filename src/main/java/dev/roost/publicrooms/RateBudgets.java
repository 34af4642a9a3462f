package dev.roost.publicrooms;

import dev.roost.core.Loop;
import dev.roost.publicrooms.FixedWindow.Verdict;
import dev.roost.publicrooms.PublicRoomsSettings.Limit;

/** One kind of action with a budget for each address (section 2.6). Who exceeds it is suspicious. On the rooms' loop. */
final class RateBudgets {
  private static final long SECOND = 1_000_000_000;

  private final Loop loop;
  private final Limit limit;
  private final AbuseBlock abuse;
  private final ByAddress<FixedWindow> windows;
  private long refusals;

  RateBudgets(Loop loop, Limit limit, AbuseBlock abuse) {
    this.loop = loop;
    this.limit = limit;
    this.abuse = abuse;
    windows = new ByAddress<>(() -> new FixedWindow(limit));
  }

  Permit attempt(String ipHash) {
    long nanos = loop.nanos();
    FixedWindow window = windows.of(ipHash, nanos);
    Verdict verdict = window.attempt(nanos);
    if (verdict == Verdict.STARTS_BLOCK) {
      abuse.suspect(ipHash);
    }
    boolean isGranted = verdict == Verdict.GRANTED;
    refusals += isGranted ? 0 : 1;
    long left = window.nanosLeft(nanos);
    return new Permit(isGranted, limit.attempts(), window.remaining(), loop.now().plusNanos(left), isGranted ? 0 : Math.ceilDiv(left, SECOND));
  }

  /** How often somebody was refused. */
  long refusals() {
    return refusals;
  }

  void forget() {
    windows.forget(loop.nanos());
  }

  int size() {
    return windows.size();
  }
}
