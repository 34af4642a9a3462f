package dev.roost.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import java.time.Clock;
import java.time.Duration;
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
}
