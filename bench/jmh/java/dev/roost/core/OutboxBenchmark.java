package dev.roost.core;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.Blackhole;

/** What one frame costs on its way through the queue of a connection, when several wait together. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class OutboxBenchmark {
  private static final int WAITING = 16;

  @Param({"RELIABLE", "DROPPABLE", "LATEST"})
  public Delivery.Kind kind;

  private final Outbox outbox = new Outbox(4 << 20, (dropped, bytes) -> {});
  private final Frame frame = Frame.text("x".repeat(200));

  @Benchmark
  @OperationsPerInvocation(WAITING)
  public void offerAndPoll(Blackhole hole) {
    Delivery delivery = switch (kind) {
      case RELIABLE -> Delivery.RELIABLE;
      case DROPPABLE -> Delivery.DROPPABLE;
      case LATEST -> Delivery.latest("pose");
    };
    for (int i = 0; i < WAITING; i++) {
      outbox.offer(frame, delivery);
    }
    for (Frame next = outbox.poll(); next != null; next = outbox.poll()) {
      hole.consume(next);
    }
  }
}
