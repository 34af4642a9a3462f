package dev.roost.store;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/**
 * Steps that go to the disk in one transaction. Of each document only the newest change is kept: what is between is never seen, because all of it is written or
 * nothing. Not thread-safe.
 */
final class Batch {
  /** What a change costs in memory beside its texts and its value: map entry, id and record, by estimate. */
  private static final int OVERHEAD_BYTES = 160;

  private final Map<Document, Change> changes = new HashMap<>();
  private final List<CompletableFuture<Void>> flushes = new ArrayList<>();
  private long bytes;

  /** Adds a step behind those that are there. */
  void add(List<Change> step) {
    step.forEach(this::add);
  }

  /** Adds all steps and waiting flushes of a later batch behind those that are there. */
  void add(Batch later) {
    later.changes.values().forEach(this::add);
    flushes.addAll(later.flushes);
  }

  private void add(Change change) {
    Change before = changes.put(new Document(change.collection(), change.key()), change);
    bytes += size(change) - (before == null ? 0 : size(before));
  }

  /** Someone waits until this batch is written. */
  CompletableFuture<Void> await() {
    CompletableFuture<Void> flush = new CompletableFuture<>();
    flushes.add(flush);
    return flush;
  }

  boolean isAwaited() {
    return !flushes.isEmpty();
  }

  boolean isEmpty() {
    return changes.isEmpty() && flushes.isEmpty();
  }

  Collection<Change> changes() {
    return changes.values();
  }

  /** Memory that the changes take, by estimate. */
  long bytes() {
    return bytes;
  }

  /** Hands out those who wait, to be told outside of locks. */
  List<CompletableFuture<Void>> takeFlushes() {
    List<CompletableFuture<Void>> taken = List.copyOf(flushes);
    flushes.clear();
    return taken;
  }

  private static long size(Change change) {
    long texts = 2L * (change.collection().length() + change.key().length());
    return OVERHEAD_BYTES + texts + (change instanceof Change.Put put ? put.value().length : 0);
  }

  private record Document(String collection, String key) {}
}
