package dev.roost.store;

import java.util.List;
import java.util.SortedMap;
import java.util.concurrent.CompletionStage;

/**
 * Documents that outlive the process.
 *
 * <p>Guarantees: steps are applied in the order in which they were handed over, each all or not at all. What a later start finds is the result of a prefix of
 * the steps: all but at most those of the last 100 ms before the process or the machine ended, as long as the disk answers in time and {@link StoreFigures#isHealthy}. After
 * {@link #close} everything is there. While the disk fails, steps are kept in memory up to a bound, and written in order when it works again; beyond the bound the store gives
 * up for good, because a step left out would make the rest a lie.
 */
public interface Store extends AutoCloseable {

  /**
   * All documents of a collection, by key in order, as they were when the store was opened or later; steps that are not written yet may be missing. The map is the caller's. Blocks:
   * for the start, not for a loop.
   *
   * @throws StoreException if they cannot be read, or the store is closed
   */
  SortedMap<String, byte[]> load(String collection);

  /** Hands a step over: changes that belong together. Never blocks; any thread. Steps of one caller thread keep their order. Ignored after {@link #close} and when the store has given up. */
  void apply(List<Change> step);

  /**
   * Done when everything that was handed over before is on the disk; does not wait for the window. Any thread. Fails with a {@link StoreException} when an attempt to write fails (the
   * steps are kept and tried again), when the store has given up, and after {@link #close}. It is completed on the thread of the store, which must not be held up: hand over to a
   * loop.
   */
  CompletionStage<Void> flush();

  /** What the operator should see; any thread. */
  StoreFigures figures();

  /** Writes what was handed over, and ends; blocks for at most 2 s. A second call does nothing. */
  @Override
  void close();
}
