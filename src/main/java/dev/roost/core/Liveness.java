package dev.roost.core;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Finds half-open peers without a timer a connection: the members of one loop are spread over slots, one timer visits a slot at a
 * time and comes round to each once an interval. Spreading also keeps 10,000 pings from leaving in one turn.
 *
 * <p>At a visit, a member that has not been heard since as many pings as it may miss is lost; every other is pinged. So, with one, a dead peer is found
 * after one to two intervals. The first visit comes after two thirds of an interval at the earliest. Belongs to one loop.
 */
public final class Liveness {
  private static final int SLOTS = 32;
  private static final int RECENT_SLOTS = 10;

  /** What is watched. Called on the loop only. */
  public interface Member {

    /** Whether anything came from the peer since the last call. */
    boolean heardSinceLastVisit();

    void ping();

    /** The peer is gone; the member has been removed already. */
    void lost();
  }

  private final Loop loop;
  private final Duration tick;
  private final List<List<Watched>> slots = new ArrayList<>(SLOTS);
  private Loop.Cancellable timer = Loop.Cancellable.NONE;
  private int visiting;
  private int joining;
  private int size;

  /**
   * @param loop the loop of all members
   * @param interval time between two visits of a member
   */
  public Liveness(Loop loop, Duration interval) {
    this.loop = loop;
    tick = Duration.ofNanos(Math.max(1, interval.toNanos() / SLOTS));
    for (int i = 0; i < SLOTS; i++) {
      slots.add(new ArrayList<>(0));
    }
  }

  /** Watches a member until {@link Watched#stop()}; it is lost when it was not heard since the ping of the last visit. */
  public Watched watch(Member member) {
    return watch(member, 1);
  }

  /** The same for a member that is lost only when it was not heard since so many pings. */
  public Watched watch(Member member, int missedPings) {
    // The slots whose turn was last, by turns: a crowd that comes at once is spread, and nobody is pinged who has only just come.
    joining = (joining + 1) % RECENT_SLOTS;
    int slot = Math.floorMod(visiting - joining, SLOTS);
    Watched watched = new Watched(this, member, slot, missedPings);
    watched.index = slots.get(slot).size();
    slots.get(slot).add(watched);
    if (size++ == 0) {
      timer = loop.every(tick, this::visitNextSlot);
    }
    return watched;
  }

  /** Members that are watched. */
  public int size() {
    return size;
  }

  private void visitNextSlot() {
    visiting = (visiting + 1) % SLOTS;
    List<Watched> slot = slots.get(visiting);
    // Backwards, because a lost member leaves and the last one takes its place.
    for (int i = slot.size() - 1; i >= 0; i--) {
      visit(slot.get(i));
    }
  }

  private void visit(Watched watched) {
    if (watched.member.heardSinceLastVisit()) {
      watched.unanswered = 0;
    }
    if (watched.unanswered == watched.missedPings) {
      watched.stop();
      watched.member.lost();
    } else {
      watched.unanswered++;
      watched.member.ping();
    }
  }

  private void remove(Watched watched) {
    List<Watched> slot = slots.get(watched.slot);
    Watched last = slot.removeLast();
    if (last != watched) {
      slot.set(watched.index, last);
      last.index = watched.index;
    }
    if (--size == 0) {
      timer.cancel();
    }
  }

  /** A member under watch. */
  public static final class Watched {
    private final Liveness owner;
    private final Member member;
    private final int slot;
    private int index;
    private final int missedPings;
    private int unanswered;
    private boolean stopped;

    private Watched(Liveness owner, Member member, int slot, int missedPings) {
      this.owner = owner;
      this.member = member;
      this.slot = slot;
      this.missedPings = missedPings;
    }

    /** Ends the watch; on the loop. */
    public void stop() {
      if (!stopped) {
        stopped = true;
        owner.remove(this);
      }
    }
  }
}
