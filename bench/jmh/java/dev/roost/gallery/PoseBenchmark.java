package dev.roost.gallery;

import dev.roost.gallery.GalleryMessages.Inbound;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** What Gallery does with a message before a room sees it: it is read, checked, and the frame that relays it is made. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class PoseBenchmark {
  private static final String POSE = """
      {"action":"broadcast","message":{"type":"pose_update","senderId":"%s","timestamp":1699564800000,\
      "data":{"position":[0.125,1.7,-3.5],"rotation":[0,0.7071,0,0.7071],"headRotation":[0,0,0,1]}}}""";
  private static final String UPDATE = """
      {"action":"broadcast","message":{"type":"state_update","senderId":"u1","timestamp":1699564800000,\
      "data":{"type":"patch","version":12,"data":{"sceneUrl":"https://example.com/scene.gltf","treeViewState":{"a":true,"b":false}}}}}""";

  private final Sender sender = new Sender("u1", GalleryCodec.literal("u1"));
  private final byte[] honest = POSE.formatted("u1").getBytes(StandardCharsets.UTF_8);
  private final byte[] forged = POSE.formatted("somebody").getBytes(StandardCharsets.UTF_8);
  private final byte[] update = UPDATE.getBytes(StandardCharsets.UTF_8);

  @Benchmark
  public Inbound pose() {
    return GalleryParser.parse(honest, sender);
  }

  @Benchmark
  public Inbound poseWithForgedSender() {
    return GalleryParser.parse(forged, sender);
  }

  @Benchmark
  public Inbound stateUpdate() {
    return GalleryParser.parse(update, sender);
  }
}
