package dev.roost.server;

import dev.roost.core.Delivery;
import dev.roost.store.Store;
import dev.roost.transport.Metric;
import dev.roost.transport.Refusal;
import dev.roost.transport.TrafficMeter;
import dev.roost.transport.Transport;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.binder.jvm.ClassLoaderMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Collectors;

/** What {@code /metrics} shows, in the text format of Prometheus. Set up at the first scrape: a server that nobody scrapes starts without it. */
final class Metrics implements AutoCloseable {
  static final String CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

  private final Transport transport;
  private final Store store;
  private final Map<String, Double> figures = new ConcurrentHashMap<>();
  private PrometheusMeterRegistry registry;
  private JvmGcMetrics gcMetrics;

  Metrics(Transport transport, Store store) {
    this.transport = transport;
    this.store = store;
  }

  /**
   * Everything as text; any thread.
   *
   * @param latest figures of the protocols, by protocol and name
   * @param named metrics that have names of their own
   */
  synchronized byte[] scrape(Map<String, Map<String, Number>> latest, List<Metric> named) {
    if (registry == null) {
      registry = create();
    }
    latest.forEach((protocol, values) -> values.forEach((name, value) -> update("roost." + protocol + "." + dotted(name), value.doubleValue())));
    return (registry.scrape(CONTENT_TYPE) + named.stream().map(MetricText::of).collect(Collectors.joining())).getBytes(StandardCharsets.UTF_8);
  }

  /** Takes the listeners of the collector out again. */
  @Override
  public synchronized void close() {
    if (gcMetrics != null) {
      gcMetrics.close();
    }
  }

  private void update(String name, double value) {
    if (figures.put(name, value) == null) {
      Gauge.builder(name, figures, values -> values.get(name)).register(registry);
    }
  }

  private PrometheusMeterRegistry create() {
    PrometheusMeterRegistry created = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    TrafficMeter meter = transport.meter();
    gauge(created, "roost.connections", "WebSockets that are open", meter.connections);
    counter(created, "roost.connections.accepted", "WebSockets since the start", meter.connectionsAccepted);
    counter(created, "roost.frames.in", "Messages and control frames from clients", meter.framesIn);
    counter(created, "roost.frames.out", "Frames to clients", meter.framesOut);
    counter(created, "roost.bytes.in", "Bytes from WebSocket clients", meter.bytesIn);
    counter(created, "roost.bytes.out", "Bytes to WebSocket clients", meter.bytesOut);
    counter(created, "roost.writes", "Writes: frames out divided by this is how many leave together", meter.writes);
    gauge(created, "roost.queue.bytes", "Bytes that wait for slow clients", meter.queuedBytes);
    counter(created, "roost.slow.consumers", "Clients closed because they took nothing", meter.slowConsumers);
    counter(created, "roost.silent.peers", "Clients dropped because they gave no sign of life", meter.silentPeers);
    counter(created, "roost.protocol.faults", "Connections ended by a broken frame or an oversized message", meter.protocolFaults);
    counter(created, "roost.compressions", "Messages that were compressed, each once for all its receivers", meter.compressions);
    counter(created, "roost.compressed.frames", "Frames queued compressed, one a receiver", meter.compressedFrames);
    counter(created, "roost.compressed.bytes.before", "Bytes that these frames would have had uncompressed", meter.bytesBeforeCompression);
    counter(created, "roost.compressed.bytes.after", "Bytes that they have", meter.bytesAfterCompression);
    for (Delivery.Kind kind : new Delivery.Kind[] {Delivery.Kind.LATEST, Delivery.Kind.DROPPABLE}) {
      FunctionCounter.builder("roost.drops", meter.drops(kind), LongAdder::sum).tag("class", lower(kind))
          .description("Frames that were superseded (latest) or dropped (droppable) before they were sent").register(created);
    }
    for (Refusal reason : Refusal.values()) {
      FunctionCounter.builder("roost.handshake.failures", meter.refusals(reason), LongAdder::sum).tag("reason", lower(reason))
          .description("Connections that never became a WebSocket").register(created);
    }
    Gauge.builder("roost.loop.lag", transport, t -> t.loopLag().toNanos() / 1e9).baseUnit("seconds")
        .description("How late timers of the slowest loop are").register(created);
    addStore(created);
    transport.tls().ifPresent(tls -> {
      Gauge.builder("roost.tls.certificate.expiry", tls, files -> files.notAfter().getEpochSecond()).baseUnit("seconds")
          .description("When the certificate in use ends to be valid, in seconds since 1970").register(created);
      counter(created, "roost.tls.reload.failures", "Changed certificates that could not be used", tls.reloadFailures());
      Gauge.builder("roost.tls.handshakes.waiting", transport, Transport::handshakesWaiting)
          .description("Connections that wait in line for their TLS handshake").register(created);
    });
    new JvmMemoryMetrics().bindTo(created);
    gcMetrics = new JvmGcMetrics();
    gcMetrics.bindTo(created);
    new JvmThreadMetrics().bindTo(created);
    new ClassLoaderMetrics().bindTo(created);
    new ProcessorMetrics().bindTo(created);
    new FileDescriptorMetrics().bindTo(created);
    new UptimeMetrics().bindTo(created);
    return created;
  }

  private void addStore(PrometheusMeterRegistry created) {
    Gauge.builder("roost.store.healthy", store, s -> s.figures().isHealthy() ? 1 : 0).description("1 if what is to be kept can be written").register(created);
    Gauge.builder("roost.store.pending.bytes", store, s -> s.figures().pendingBytes()).description("Handed over and not on the disk yet").register(created);
    Gauge.builder("roost.store.slowest.commit", store, s -> s.figures().slowestCommit().toNanos() / 1e9).baseUnit("seconds")
        .description("The longest transaction of the last minute or so").register(created);
    FunctionCounter.builder("roost.store.commits", store, s -> s.figures().commits()).description("Transactions").register(created);
    FunctionCounter.builder("roost.store.failures", store, s -> s.figures().failures()).description("Transactions that failed").register(created);
  }

  private static void counter(PrometheusMeterRegistry registry, String name, String description, LongAdder value) {
    FunctionCounter.builder(name, value, LongAdder::sum).description(description).register(registry);
  }

  private static void gauge(PrometheusMeterRegistry registry, String name, String description, LongAdder value) {
    Gauge.builder(name, value, LongAdder::sum).description(description).register(registry);
  }

  /** {@code activeUsers} becomes {@code active.users}, which Prometheus spells with underscores. */
  private static String dotted(String camelCase) {
    return camelCase.replaceAll("([A-Z])", ".$1").toLowerCase(Locale.ROOT);
  }

  private static String lower(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }
}
