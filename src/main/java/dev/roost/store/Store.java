package dev.roost.store;

import java.util.List;
import java.util.SortedMap;
import java.util.concurrent.CompletionStage;

/**
 * Documents that outlive the process.
 *
 * <p>Guarantees: steps are applied in the order in which they were handed over, each all or not at all. What a later start finds is the result of a prefix of
 * the steps: all but at most those of the last 100 ms before the process or the machine ended. After {@link #close} everything is there.
 */
public interface Store extends AutoCloseable {

  /**
   * All documents of a collection, by key in order, as they were when the store was opened or later. Blocks: for the start, not for a loop.
   *
   * @throws StoreException if they cannot be read
   */
  SortedMap<String, byte[]> load(String collection);

  /** Hands a step over: changes that belong together. Never blocks; any thread. Steps of one caller thread keep their order. */
  void apply(List<Change> step);

  /** Done when everything that was handed over before is on the disk. Any thread; fails if it cannot be written. */
  CompletionStage<Void> flush();

  /** What the operator should see; any thread. */
  StoreFigures figures();

  /** Writes what was handed over, and ends; blocks for at most 2 s. A second call does nothing. */
  @Override
  void close();
}
