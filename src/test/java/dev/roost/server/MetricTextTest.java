package dev.roost.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.roost.transport.Metric;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class MetricTextTest {

  @Test
  void aCounter() {
    assertThat(MetricText.of(new Metric.Counter("x_total", "How many", 3))).isEqualTo("""
        # HELP x_total How many
        # TYPE x_total counter
        x_total 3.0
        """);
  }

  @Test
  void aGauge() {
    assertThat(MetricText.of(new Metric.Gauge("x", "How many now", 0.5))).isEqualTo("""
        # HELP x How many now
        # TYPE x gauge
        x 0.5
        """);
  }

  @Test
  void aHistogramCountsFromBelowAndEndsWithEverything() {
    assertThat(MetricText.of(new Metric.Histogram("x_seconds", "How long", List.of(0.001, 0.5, 1.0), List.of(2L, 0L, 3L, 4L), 12.25))).isEqualTo("""
        # HELP x_seconds How long
        # TYPE x_seconds histogram
        x_seconds_bucket{le="0.001"} 2.0
        x_seconds_bucket{le="0.5"} 2.0
        x_seconds_bucket{le="1.0"} 5.0
        x_seconds_bucket{le="+Inf"} 9.0
        x_seconds_sum 12.25
        x_seconds_count 9.0
        """);
  }

  @Test
  void whatPttMeasuresFitsTogether() {
    Metric.Histogram empty = new Metric.Histogram("x_seconds", "How long", List.of(1.0), List.of(0L, 0L), 0);
    assertThat(MetricText.of(empty)).contains("x_seconds_bucket{le=\"+Inf\"} 0.0\n", "x_seconds_count 0.0\n");
  }

  @Test
  void whatALabelTellsApartHasOneHeadAndALineEach() {
    assertThat(MetricText.of(new Metric.Counters("a_total", "Help", "code", new TreeMap<>(Map.of("X", 1L, "Y\"\\\n", 2L)))))
        .isEqualTo("# HELP a_total Help\n# TYPE a_total counter\na_total{code=\"X\"} 1.0\na_total{code=\"Y\\\"\\\\\\n\"} 2.0\n");
    assertThat(MetricText.of(new Metric.Gauges("b", "Help", "room", Map.of("Study Room 1", 3.0)))).endsWith("# TYPE b gauge\nb{room=\"Study Room 1\"} 3.0\n");
  }
}
