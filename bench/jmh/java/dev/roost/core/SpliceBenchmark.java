package dev.roost.core;

import dev.roost.transport.json.JsonIn;
import dev.roost.transport.json.JsonOut;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** What relaying costs: the bytes that came in, checked, put between bytes of our own. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class SpliceBenchmark {
  private static final RawJson BEFORE = RawJson.of("{\"event\":\"message\",\"data\":{\"message\":");
  private static final RawJson AFTER = RawJson.of(",\"senderId\":\"u1\"}}");

  @Param({"190", "2000"})
  public int bytes;

  private byte[] message;
  private RawJson whole;

  @Setup
  public void prepare() {
    StringBuilder json = new StringBuilder("{\"type\":\"pose_update\",\"data\":{\"position\":[0.12,1.7,-3.25],\"path\":[");
    while (json.length() < bytes - 8) {
      json.append("1.25,");
    }
    message = json.append("0]}}").toString().getBytes(StandardCharsets.UTF_8);
    whole = new RawJson(message, 0, message.length);
  }

  @Benchmark
  public Frame spliceOnly() {
    return Frame.text(List.of(BEFORE, whole, AFTER));
  }

  @Benchmark
  public Frame checkAndSplice() {
    RawJson[] data = new RawJson[1];
    JsonIn.readObject(message, (name, value) -> {
      if (name.equals("data")) {
        data[0] = value.raw();
      }
    });
    return Frame.text(List.of(BEFORE, data[0], AFTER));
  }

  @Benchmark
  public Frame encodeAround() {
    return new JsonOut().put("event", "message").object("data").put("message", whole).put("senderId", "u1").end().toFrame();
  }
}
