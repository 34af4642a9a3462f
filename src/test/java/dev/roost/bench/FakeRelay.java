package dev.roost.bench;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.LongFunction;

/**
 * A small relay on plain JDK sockets that sends each message to all others, honest but for the faults that it was told to make. It shares no code with the
 * load tool or the server. Each message is relayed under one lock, so "every hundredth delivery" is exact; what a subclass is asked is asked under it.
 */
class FakeRelay implements AutoCloseable {
  /** What becomes of one delivery. */
  enum Fate { PASS, DROP, TWICE, DELAY, AFTER_THE_NEXT }

  /** What is for whom. */
  record Delivery(Peer to, byte[] payload) {}

  /** So long that no machine is so slow by itself. */
  static final long DELAY_MILLIS = 1_000;

  private final ServerSocket server;
  private final LongFunction<Fate> fates;
  private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
  private final CompletableFuture<Void> acceptedAll = new CompletableFuture<>();
  private final List<Peer> peers = new ArrayList<>();
  private long deliveries;
  private long messages;
  private long stallAt = -1;
  private long stallMillis;
  private List<Runnable> stalled;
  private boolean cutsFrames;
  private volatile CountDownLatch reading = new CountDownLatch(0);

  FakeRelay(LongFunction<Fate> fates) throws IOException {
    this(new ServerSocket(0, 1_000, InetAddress.getLoopbackAddress()), fates);
  }

  FakeRelay(ServerSocket server, LongFunction<Fate> fates) {
    this.server = server;
    this.fates = fates;
    Thread.ofVirtual().start(this::acceptAll);
  }

  /** Before this message, counted from 0, the relay does nothing for so long. */
  FakeRelay stallingAt(long message, long millis) {
    stallAt = message;
    stallMillis = millis;
    return this;
  }

  /** Reads nothing from anybody for so long, from now on. */
  void readNothing(long millis) {
    CountDownLatch later = new CountDownLatch(1);
    reading = later;
    timer.schedule(later::countDown, millis, TimeUnit.MILLISECONDS);
  }

  /** Each message leaves in two fragments with a ping between them, and each byte in a segment of its own as far as TCP allows. */
  FakeRelay cuttingFrames() {
    cutsFrames = true;
    return this;
  }

  int port() {
    return server.getLocalPort();
  }

  @Override
  public void close() throws IOException {
    server.close();
    // Until its thread has let go of it, the socket still takes connections.
    acceptedAll.join();
    timer.shutdownNow();
    synchronized (this) {
      for (Peer peer : peers) {
        peer.socket.close();
      }
    }
  }

  private void acceptAll() {
    try {
      while (true) {
        Socket socket = server.accept();
        Thread.ofVirtual().start(() -> serve(socket));
      }
    } catch (IOException e) {
      // Closed, as every test does at its end.
    } finally {
      acceptedAll.complete(null);
    }
  }

  private void serve(Socket socket) {
    Peer peer = null;
    try (socket) {
      socket.setTcpNoDelay(true);
      DataInputStream in = new DataInputStream(new BufferedInputStream(socket.getInputStream()));
      String target = readLine(in).split(" ")[1];
      Map<String, String> headers = headers(in);
      // Whoever closes with something unread resets the connection, and the answer may be lost.
      in.skipNBytes(Long.parseLong(headers.getOrDefault("content-length", "0")));
      Optional<String> page = page(target, headers);
      if (page.isPresent()) {
        socket.getOutputStream().write(page.get().getBytes(StandardCharsets.US_ASCII));
        return;
      }
      peer = new Peer(socket);
      synchronized (this) {
        // A peer hears everything that is relayed once it has its answer, and nothing before.
        socket.getOutputStream().write(answer(headers.getOrDefault("sec-websocket-key", "")));
        peers.add(peer);
        joined(peer, target, headers);
      }
      while (serveFrame(in, peer)) {
        reading.await();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (IOException e) {
      // The client has gone: it is taken out below.
    } finally {
      synchronized (this) {
        peers.remove(peer);
        left(peer);
      }
    }
  }

  /** A whole answer, instead of a connection. */
  Optional<String> page(String target, Map<String, String> headers) {
    return Optional.empty();
  }

  /** A peer is there, by this path and query, and with these headers, whose names are in lower case. */
  void joined(Peer peer, String target, Map<String, String> headers) {}

  /** A peer has gone; it may not have joined. */
  void left(Peer peer) {}

  /** What a message brings to whom. */
  List<Delivery> deliveries(Peer from, byte[] payload) {
    return peers.stream().filter(to -> to != from).map(to -> new Delivery(to, payload)).toList();
  }

  /** Reads the rest of a request. */
  private static Map<String, String> headers(DataInputStream in) throws IOException {
    Map<String, String> headers = new HashMap<>();
    for (String line = readLine(in); !line.isEmpty(); line = readLine(in)) {
      String[] parts = line.split(":", 2);
      headers.put(parts[0].toLowerCase(Locale.ROOT), parts[1].strip());
    }
    return headers;
  }

  private static byte[] answer(String key) throws IOException {
    try {
      byte[] digest = MessageDigest.getInstance("SHA-1").digest((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").getBytes(StandardCharsets.US_ASCII));
      return ("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "
          + Base64.getEncoder().encodeToString(digest) + "\r\n\r\n").getBytes(StandardCharsets.US_ASCII);
    } catch (java.security.NoSuchAlgorithmException e) {
      throw new IOException(e);
    }
  }

  private static String readLine(DataInputStream in) throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    for (int next = in.readUnsignedByte(); next != '\n'; next = in.readUnsignedByte()) {
      line.write(next);
    }
    return line.toString(StandardCharsets.US_ASCII).stripTrailing();
  }

  /** @return whether more may come */
  private boolean serveFrame(DataInputStream in, Peer from) throws IOException {
    int opcode = in.readUnsignedByte() & 0x0F;
    int second = in.readUnsignedByte();
    if ((second & 0x80) == 0) {
      throw new IOException("the client sent a frame without a mask");
    }
    long length = second & 0x7F;
    length = length == 126 ? in.readUnsignedShort() : length == 127 ? in.readLong() : length;
    byte[] mask = in.readNBytes(4);
    byte[] payload = in.readNBytes((int) length);
    for (int i = 0; i < payload.length; i++) {
      payload[i] ^= mask[i % 4];
    }
    if (opcode == 1 || opcode == 2) {
      relay(from, payload);
    }
    return opcode != 8;
  }

  private synchronized void relay(Peer from, byte[] payload) {
    if (messages++ == stallAt) {
      stalled = new ArrayList<>();
      timer.schedule(this::goOn, stallMillis, TimeUnit.MILLISECONDS);
    }
    for (Delivery delivery : deliveries(from, payload)) {
      if (stalled != null) {
        stalled.add(() -> deliver(delivery.to(), delivery.payload()));
      } else {
        deliver(delivery.to(), delivery.payload());
      }
    }
  }

  private synchronized void goOn() {
    List<Runnable> waiting = stalled;
    stalled = null;
    waiting.forEach(Runnable::run);
  }

  private synchronized void deliver(Peer to, byte[] payload) {
    Fate fate = fates.apply(deliveries++);
    switch (fate) {
      case PASS -> to.send(payload);
      case DROP -> { }
      case TWICE -> {
        to.send(payload);
        to.send(payload);
      }
      case DELAY -> timer.schedule(() -> to.send(payload), DELAY_MILLIS, TimeUnit.MILLISECONDS);
      case AFTER_THE_NEXT -> to.held = payload;
    }
  }

  /** One connection. */
  final class Peer {
    private final Socket socket;
    private byte[] held;

    private Peer(Socket socket) {
      this.socket = socket;
    }

    synchronized void send(byte[] payload) {
      try {
        if (cutsFrames) {
          int half = payload.length / 2;
          writeByByte(frame(0x01, payload, 0, half));
          writeByByte(frame(0x89, "are you there".getBytes(StandardCharsets.US_ASCII), 0, 13));
          writeByByte(frame(0x80, payload, half, payload.length));
        } else {
          // A MessagePack array is no text.
          socket.getOutputStream().write(frame((payload[0] & 0xF0) == 0x90 ? 0x82 : 0x81, payload, 0, payload.length));
        }
        if (held != null && held != payload) {
          byte[] now = held;
          held = null;
          send(now);
        }
      } catch (IOException e) {
        // The client has gone; its own thread takes it out.
      }
    }

    private void writeByByte(byte[] frame) throws IOException {
      for (byte one : frame) {
        socket.getOutputStream().write(one);
      }
    }
  }

  static byte[] frame(int first, byte[] payload, int from, int to) {
    int length = to - from;
    ByteBuffer frame = ByteBuffer.allocate(length + 10).put((byte) first);
    if (length < 126) {
      frame.put((byte) length);
    } else if (length < 1 << 16) {
      frame.put((byte) 126).putShort((short) length);
    } else {
      frame.put((byte) 127).putLong(length);
    }
    frame.put(payload, from, length);
    byte[] bytes = new byte[frame.position()];
    frame.flip().get(bytes);
    return bytes;
  }
}
