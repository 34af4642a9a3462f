package dev.roost.bench;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.ArrayList;
import java.util.List;

/** A reading of all clocks that say who used how much, at one time. The reading costs some tens of microseconds. */
record Clocks(long at, Proc.Cpu server, double ownSeconds, double machineSeconds, long delivered, List<LoopTime> loops) {

  /** The computing and waiting time of one loop, in nanoseconds. */
  record LoopTime(long cpu, long waited) {}

  /** The threads of the loops, which must be known before. */
  record LoopThread(long id, String name) {}

  static Clocks read(Plan plan, Timeline timeline, Flow flow, List<LoopThread> threads) {
    ThreadMXBean bean = ManagementFactory.getThreadMXBean();
    List<LoopTime> loops = new ArrayList<>();
    for (LoopThread thread : threads) {
      loops.add(new LoopTime(bean.getThreadCpuTime(thread.id()), Proc.waitedForCore(thread.name())));
    }
    double own = ProcessHandle.current().info().totalCpuDuration().map(time -> time.toNanos() / 1e9).orElse(0.0);
    return new Clocks(timeline.now(), plan.pid().isPresent() ? Proc.cpu(plan.pid().getAsLong()) : Proc.Cpu.NONE, own, Proc.machineCpuSeconds(),
        flow.delivered(), loops);
  }

  double secondsSince(Clocks before) {
    return (at - before.at) / 1e9;
  }

  /** Cores that neither the tool nor the server used; 0 if the server's share is not known. */
  double otherCoresSince(Clocks before, boolean serverKnown) {
    double others = machineSeconds - before.machineSeconds - (ownSeconds - before.ownSeconds) - server.since(before.server).sum();
    return serverKnown ? Math.max(0, others / secondsSince(before)) : 0;
  }
}
