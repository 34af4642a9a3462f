package dev.roost.transport;

import static org.assertj.core.api.Assertions.assertThat;

import dev.roost.sim.SimLoop;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The line of handshakes when something goes wrong in it. */
class HandshakeLineTest {
  private static final Duration LIMIT = Duration.ofSeconds(10);

  private final MultiThreadIoEventLoopGroup group = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
  private final AtomicInteger threadsMade = new AtomicInteger();
  private final ExecutorService threads = Executors.newFixedThreadPool(1, task -> {
    threadsMade.incrementAndGet();
    return new Thread(task);
  });
  private final NettyLoop loop = new NettyLoop((EventLoop) group.next(), Clock.systemUTC());
  private final HandshakeLine line = new HandshakeLine(loop, threads, new AtomicInteger());

  @AfterEach
  void stop() {
    threads.shutdownNow();
    group.shutdownGracefully(0, 0, TimeUnit.SECONDS);
  }

  @Test
  void oneThatCannotBePreparedStillHasItsTurnAndTheThreadGoesOn() throws Exception {
    for (int i = 0; i < 3; i++) {
      CompletableFuture<Boolean> begun = new CompletableFuture<>();
      HandshakeLine.Newcomer broken = new HandshakeLine.Newcomer() {
        @Override
        public boolean isGone() {
          return false;
        }

        @Override
        public void prepare() {
          throw new IllegalStateException("as planned");
        }

        @Override
        public void begin() {
          begun.complete(loop.inLoop());
        }
      };
      loop.execute(() -> line.join(broken));
      assertThat(begun.get(LIMIT.toMillis(), TimeUnit.MILLISECONDS)).isTrue();
    }
    assertThat(threadsMade).hasValue(1);
  }

  @Test
  void handshakesRestWhileTheLoopIsLate() {
    SimLoop sim = new SimLoop();
    Deque<Runnable> work = new ArrayDeque<>();
    HandshakeLine calm = new HandshakeLine(sim, work::add, new AtomicInteger());
    List<String> begun = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      String name = "client " + i;
      sim.run(() -> calm.join(newcomer(() -> begun.add(name))));
    }
    assertThat(work).as("steps at a time").hasSize(8);

    // The thread has done one step, and the loop looks at it only 20 ms later.
    work.poll().run();
    sim.passLate(Duration.ofMillis(20));
    assertThat(begun).hasSize(1);
    assertThat(work).as("nobody new begins").hasSize(7);

    sim.passMillis(59);
    assertThat(work).hasSize(7);
    sim.passMillis(1);
    assertThat(work).as("after three times as long it goes on").hasSize(8);

    work.poll().run();
    sim.run();
    assertThat(work).as("in time: no rest").hasSize(8);
  }

  private static HandshakeLine.Newcomer newcomer(Runnable begin) {
    return new HandshakeLine.Newcomer() {
      @Override
      public boolean isGone() {
        return false;
      }

      @Override
      public void prepare() {}

      @Override
      public void begin() {
        begin.run();
      }
    };
  }
}
