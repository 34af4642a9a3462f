package dev.roost.transport;

import io.netty.util.concurrent.DefaultThreadFactory;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/** The TLS of a server: its certificate, and the line of handshakes of each loop. */
final class TlsEdge {
  private final TlsFiles files;
  private final ExecutorService threads;
  private final AtomicInteger waiting = new AtomicInteger();
  private final Map<NettyLoop, HandshakeLine> lines = new IdentityHashMap<>();

  /**
   * Starts to watch the files. Half of the processors may be busy with handshakes, so that the loops always find one. Their low priority counts only where Java is
   * told to heed priorities ({@code -XX:ThreadPriorityPolicy=1}).
   */
  TlsEdge(TlsFiles files, List<NettyLoop> loops) {
    this.files = files;
    threads = Executors.newFixedThreadPool(Math.max(1, Runtime.getRuntime().availableProcessors() / 2), new DefaultThreadFactory("tls", true, Thread.MIN_PRIORITY));
    loops.forEach(loop -> lines.put(loop, new HandshakeLine(loop, threads, waiting)));
    files.watch(loops.getFirst());
  }

  /** What a connection that comes now gets. */
  TlsPair pair() {
    return files.current();
  }

  HandshakeLine line(NettyLoop loop) {
    return lines.get(loop);
  }

  /** Connections that have sent something and wait for their turn. */
  int waiting() {
    return waiting.get();
  }

  /** After the loops have ended. */
  void close() {
    threads.shutdownNow();
  }
}
