package dev.roost.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.HdrHistogram.Histogram;

/** Judges by the clocks whether a run says something about the server, and what the server used. */
final class Verdict {
  /** Share of the time above which a loop that computes or waits for a core is no longer in time. */
  private static final double BUSY = 0.9;
  private static final double LATE_MILLIS = 10;
  /** Cores that others used: above, CPU times and latencies are not to be trusted. */
  private static final double DISTURBED = 0.25;

  private Verdict() {}

  static Result.Tool of(Plan plan, Clocks before, Clocks after, Histogram sendLag) {
    double nanos = after.at() - before.at();
    double busiest = 0;
    double waited = 0;
    long cpu = 0;
    for (int i = 0; i < after.loops().size(); i++) {
      long computed = after.loops().get(i).cpu() - before.loops().get(i).cpu();
      long waiting = after.loops().get(i).waited() - before.loops().get(i).waited();
      cpu += computed;
      if (computed + waiting > (busiest + waited) * nanos) {
        busiest = computed / nanos;
        waited = waiting / nanos;
      }
    }
    double late = plan.pace().saturates() ? 0 : sendLag.getValueAtPercentile(99) / 1e6;
    double others = after.otherCoresSince(before, plan.pid().isPresent());
    boolean bottleneck = busiest + waited > BUSY || late > LATE_MILLIS;
    long delivered = after.delivered() - before.delivered();
    return new Result.Tool(busiest, waited, delivered == 0 ? 0 : (double) cpu / delivered, others, bottleneck, complaints(busiest, waited, late, others));
  }

  private static List<String> complaints(double busiest, double waited, double late, double others) {
    List<String> complaints = new ArrayList<>();
    if (busiest + waited > BUSY) {
      complaints.add("the load tool itself was the bottleneck: its busiest thread computed %.0f %% of the time and waited for a core %.0f %%".formatted(busiest * 100, waited * 100));
    } else if (late > LATE_MILLIS) {
      complaints.add("the load tool itself was the bottleneck: it sent 1 %% of the messages more than %.0f ms late".formatted(late));
    }
    if (others > DISTURBED) {
      complaints.add("other processes used %.2f cores: repeat on a quiet machine".formatted(others));
    }
    return complaints;
  }

  /** What the server's process used for each delivery. */
  static Optional<Result.Server> server(Plan plan, Clocks before, Clocks after, Optional<Result.Memory> memory) {
    if (plan.pid().isEmpty()) {
      return Optional.empty();
    }
    Proc.Cpu used = after.server().since(before.server());
    double perDelivery = 1e6 / Math.max(1, after.delivered() - before.delivered());
    return Optional.of(new Result.Server(used.user() * perDelivery, used.system() * perDelivery, used.sum() / after.secondsSince(before), Proc.residentKilobytes(plan.pid().getAsLong()),
        memory));
  }
}
