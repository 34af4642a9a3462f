package dev.roost.bench;

import java.util.List;
import java.util.stream.IntStream;

/** The watchers of a run, and what each of them has seen. */
final class Onlookers {
  private final Plan plan;
  private final Watching watching;
  private final Comings comings;
  private final List<Watch> watches;

  /** @param run that is part of the names of its users */
  Onlookers(Plan plan, Watching watching, String run, Timeline timeline) {
    this.plan = plan;
    this.watching = watching;
    comings = new Comings(Visitors.most(plan, watching));
    int users = plan.shape().measured() + watching.online();
    watches = IntStream.range(0, plan.shape().crowd()).mapToObj(i -> new Watch(run, users, comings, timeline)).toList();
  }

  List<Seat> seats() {
    return Seats.watchers(plan, watching, watches);
  }

  Comings comings() {
    return comings;
  }

  /** What there is for all of them to see of the visitors. */
  long changes() {
    return (long) comings.changes() * watches.size();
  }

  /** What they have seen. While no loop works for them. */
  Watch.Seen seen() {
    return watches.stream().map(Watch::seen).reduce(Watch.Seen::plus).orElseThrow();
  }
}
