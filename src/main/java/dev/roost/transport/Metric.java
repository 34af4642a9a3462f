package dev.roost.transport;

import java.util.List;
import java.util.Map;

/** One metric with its value at a time, as Prometheus knows them. */
public sealed interface Metric {

  /** The whole name, as it is shown; that of a counter ends with {@code _total}. */
  String name();

  /** What it says, for people. */
  String help();

  /** What only grows. */
  record Counter(String name, String help, long value) implements Metric {}

  /** What comes and goes. */
  record Gauge(String name, String help, double value) implements Metric {}

  /**
   * Several counters of one name, told apart by a label.
   *
   * @param label its name
   * @param values by its value
   */
  record Counters(String name, String help, String label, Map<String, Long> values) implements Metric {}

  /** The same for what comes and goes. */
  record Gauges(String name, String help, String label, Map<String, Double> values) implements Metric {}

  /**
   * How things are spread.
   *
   * @param bounds upper bounds of the buckets, rising
   * @param counts how many fell into each bucket; one more than there are bounds
   * @param sum of everything
   */
  record Histogram(String name, String help, List<Double> bounds, List<Long> counts, double sum) implements Metric {}
}
