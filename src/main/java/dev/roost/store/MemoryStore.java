package dev.roost.store;

import java.time.Duration;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** Documents in memory only: they live as long as the process. Every step counts as written at once. */
final class MemoryStore implements Store {
  private final Map<String, SortedMap<String, byte[]>> collections = new HashMap<>();
  private long steps;
  private boolean closed;

  @Override
  public synchronized SortedMap<String, byte[]> load(String collection) {
    if (closed) {
      throw new StoreException("The store is closed");
    }
    SortedMap<String, byte[]> copy = new TreeMap<>(KeyOrder.INSTANCE);
    copy.putAll(collections.getOrDefault(collection, Collections.emptySortedMap()));
    return copy;
  }

  @Override
  public synchronized void apply(List<Change> step) {
    if (closed) {
      return;
    }
    step.forEach(this::apply);
    steps++;
  }

  private void apply(Change change) {
    SortedMap<String, byte[]> documents = collections.computeIfAbsent(change.collection(), name -> new TreeMap<>(KeyOrder.INSTANCE));
    switch (change) {
      case Change.Put put -> documents.put(put.key(), put.value());
      case Change.Delete delete -> documents.remove(delete.key());
    }
    if (documents.isEmpty()) {
      collections.remove(change.collection());
    }
  }

  @Override
  public synchronized CompletionStage<Void> flush() {
    return closed ? CompletableFuture.failedStage(new StoreException("The store is closed")) : CompletableFuture.completedStage(null);
  }

  @Override
  public synchronized StoreFigures figures() {
    return new StoreFigures(true, 0, steps, 0, Duration.ZERO);
  }

  @Override
  public synchronized void close() {
    closed = true;
    collections.clear();
  }
}
