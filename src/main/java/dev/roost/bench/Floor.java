package dev.roost.bench;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * What this machine, now, needs for a plain send over TCP on loop-back: one thread sends messages one by one, another reads them; no WebSocket, no JSON, no server.
 * A server that sends each delivery alone cannot be cheaper than the sender of this; one that sends several frames together can.
 *
 * @param sendMicros CPU time of the sending thread for one message
 * @param sendsPerSecond of one thread that does nothing else
 */
record Floor(double sendMicros, double sendsPerSecond) {
  private static final long WARM_UP_NANOS = 300_000_000;
  private static final long SLICE_NANOS = 100_000_000;
  private static final int SLICES = 7;
  private static final int AT_ONCE = 64;

  /**
   * Takes about a second.
   *
   * @param bytes size of a message
   */
  static Floor measure(int bytes) {
    InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    try (ServerSocketChannel server = ServerSocketChannel.open().bind(any);
        SocketChannel sender = SocketChannel.open(server.getLocalAddress());
        SocketChannel receiver = server.accept()) {
      sender.setOption(StandardSocketOptions.TCP_NODELAY, true);
      AtomicBoolean failed = new AtomicBoolean();
      Thread reading = Thread.ofPlatform().daemon().name("floor").start(() -> drain(receiver, failed));
      ByteBuffer message = ByteBuffer.allocateDirect(Math.max(1, bytes));
      send(sender, message, WARM_UP_NANOS);
      Floor floor = send(sender, message, SLICE_NANOS);
      for (int i = 1; i < SLICES; i++) {
        floor = floor.best(send(sender, message, SLICE_NANOS));
      }
      sender.shutdownOutput();
      reading.join(1_000);
      if (failed.get()) {
        throw new IOException("the receiver failed");
      }
      return floor;
    } catch (IOException e) {
      throw new BenchException("the floor could not be measured (--no-floor leaves it out): " + e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BenchException("stopped while measuring the floor");
    }
  }

  /** Whatever disturbs makes it slower, so the best slice is the nearest to the machine's own. */
  private Floor best(Floor other) {
    return new Floor(Math.min(sendMicros, other.sendMicros), Math.max(sendsPerSecond, other.sendsPerSecond));
  }

  private static Floor send(SocketChannel sender, ByteBuffer message, long nanos) throws IOException {
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    long begin = System.nanoTime();
    long cpuBefore = threads.getCurrentThreadCpuTime();
    long sent = 0;
    long now = begin;
    while (now - begin < nanos) {
      for (int i = 0; i < AT_ONCE; i++) {
        message.clear();
        while (message.hasRemaining()) {
          sender.write(message);
        }
      }
      sent += AT_ONCE;
      now = System.nanoTime();
    }
    return new Floor((threads.getCurrentThreadCpuTime() - cpuBefore) / 1e3 / sent, sent * 1e9 / (now - begin));
  }

  private static void drain(SocketChannel receiver, AtomicBoolean failed) {
    ByteBuffer buffer = ByteBuffer.allocateDirect(1 << 16);
    try {
      while (receiver.read(buffer) >= 0) {
        buffer.clear();
      }
    } catch (IOException e) {
      failed.set(true);
    }
  }
}
