package dev.roost.server;

import dev.roost.transport.Metric;
import java.util.Map;

/** A metric in the text format of Prometheus, version 0.0.4. */
final class MetricText {
  private MetricText() {}

  static String of(Metric metric) {
    return switch (metric) {
      case Metric.Counter counter -> head(counter, "counter") + line(counter.name(), counter.value());
      case Metric.Gauge gauge -> head(gauge, "gauge") + line(gauge.name(), gauge.value());
      case Metric.Counters counters -> head(counters, "counter") + labelled(counters, counters.label(), counters.values());
      case Metric.Gauges gauges -> head(gauges, "gauge") + labelled(gauges, gauges.label(), gauges.values());
      case Metric.Histogram histogram -> head(histogram, "histogram") + buckets(histogram);
    };
  }

  private static String head(Metric metric, String type) {
    return "# HELP " + metric.name() + " " + metric.help() + "\n# TYPE " + metric.name() + " " + type + "\n";
  }

  private static String labelled(Metric metric, String label, Map<String, ? extends Number> values) {
    StringBuilder lines = new StringBuilder();
    values.forEach((value, number) -> lines.append(line(metric.name() + "{" + label + "=\"" + escaped(value) + "\"}", number.doubleValue())));
    return lines.toString();
  }

  private static String escaped(String value) {
    return value.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n");
  }

  private static String buckets(Metric.Histogram histogram) {
    StringBuilder lines = new StringBuilder();
    long below = 0;
    for (int i = 0; i < histogram.counts().size(); i++) {
      below += histogram.counts().get(i);
      String bound = i < histogram.bounds().size() ? Double.toString(histogram.bounds().get(i)) : "+Inf";
      lines.append(line(histogram.name() + "_bucket{le=\"" + bound + "\"}", below));
    }
    return lines.append(line(histogram.name() + "_sum", histogram.sum())).append(line(histogram.name() + "_count", below)).toString();
  }

  private static String line(String name, double value) {
    return name + " " + value + "\n";
  }
}
