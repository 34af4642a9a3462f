package dev.roost.cluster;

import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.output.CommandOutput;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/** Collects an answer of any kind, however nested, as {@link RedisReply} holds it. */
final class ReplyOutput extends CommandOutput<byte[], byte[], Object> {
  private final Deque<Part> open = new ArrayDeque<>();

  ReplyOutput() {
    super(ByteArrayCodec.INSTANCE, null);
  }

  @Override
  public void set(ByteBuffer bytes) {
    byte[] value = bytes == null ? null : new byte[bytes.remaining()];
    if (bytes != null) {
      bytes.get(value);
    }
    add(value);
  }

  @Override
  public void setBigNumber(ByteBuffer bytes) {
    set(bytes);
  }

  @Override
  public void set(long number) {
    add(number);
  }

  @Override
  public void set(boolean value) {
    add(value ? 1L : 0L);
  }

  @Override
  public void set(double number) {
    add(Double.toString(number).getBytes(StandardCharsets.UTF_8));
  }

  @Override
  public void multi(int count) {
    if (count < 0) {
      add(null);
      return;
    }
    List<Object> items = new ArrayList<>(Math.min(count, 1024));
    if (count == 0) {
      add(items);
    } else {
      open.push(new Part(items, count));
    }
  }

  private void add(Object value) {
    Object whole = value;
    while (!open.isEmpty()) {
      Part part = open.peek();
      part.items.add(whole);
      if (part.items.size() < part.count) {
        return;
      }
      whole = open.pop().items;
    }
    output = whole;
  }

  private record Part(List<Object> items, int count) {}
}
