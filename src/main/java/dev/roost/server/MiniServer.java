package dev.roost.server;

import dev.roost.core.RandomIds;
import dev.roost.core.Settings;
import dev.roost.mesh.MeshClient;
import dev.roost.mesh.MeshProtocol;
import dev.roost.mesh.MeshStatistics;
import java.security.SecureRandom;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * The mesh of one organisation within a Java program: a Roost with this protocol alone. It can be started and stopped again and again; nothing of what the devices did outlives a stop, but terms go on
 * growing.
 *
 * <p>All methods may be called from any thread, listeners included.
 */
public final class MiniServer implements AutoCloseable {
  private static final int GENERATED_LENGTH = 9;

  private final MiniServerOptions options;
  private final String ownDeviceId;
  private final List<MiniServerListener> listeners;
  /** Null while it is stopped. */
  private Running running;
  /** When the listeners have heard all of the runs before. */
  private CompletableFuture<Void> heard = CompletableFuture.completedFuture(null);

  private record Running(Roost roost, MeshProtocol mesh, MiniServerEvents events) {}

  /**
   * Makes the server, and starts it if the options say so.
   *
   * @param listeners are told what happens
   * @throws dev.roost.core.SettingException as {@link #start} does
   */
  public MiniServer(MiniServerOptions options, MiniServerListener... listeners) {
    this.options = options;
    this.listeners = List.of(listeners);
    ownDeviceId = options.device().map(MiniServerOptions.Device::id).orElseGet(() -> "server_" + new RandomIds(new SecureRandom()).next(GENERATED_LENGTH));
    if (options.autoStart()) {
      start();
    }
  }

  /**
   * Starts it; returns when it listens. Does nothing if it runs.
   *
   * @throws dev.roost.core.SettingException if an option is wrong or the port is in use; one line for people. Nothing is left running then
   */
  public synchronized void start() {
    if (running != null) {
      return;
    }
    MiniServerEvents events = new MiniServerEvents(listeners, ownDeviceId);
    Roost roost = Roost.start(settings(), events);
    running = new Running(roost, (MeshProtocol) roost.protocol("mesh"), events);
    heard = events.started(roost.port(), heard);
  }

  /** Tells all devices and stops, within 5 s. Does nothing if it does not run. */
  public synchronized void stop() {
    if (running != null) {
      Running stopping = running;
      running = null;
      try {
        stopping.roost.close();
      } finally {
        stopping.events.stopped();
      }
    }
  }

  /** The same as {@link #stop}. */
  @Override
  public void close() {
    stop();
  }

  /** Where it listens, or would. */
  public synchronized int port() {
    return running == null ? options.port() : running.roost.port();
  }

  /** The organisation as it is now; empty but for the configuration while the server is stopped. */
  public synchronized MeshStatistics stats() {
    return running == null ? MeshProtocol.stoppedStatistics(settings(), options.port()) : answer(running.mesh.statistics(options.organizationId()));
  }

  /** Whether the server's own device is in office. */
  public boolean isCurrentDeviceAdmin() {
    return stats().isAdmin();
  }

  /** The devices, in the order in which they came; none while the server is stopped. */
  public synchronized List<MeshClient> connectedClients() {
    return running == null ? List.of() : answer(running.mesh.clients(options.organizationId()));
  }

  /**
   * Holds an election, after the usual delay, though an elected admin is in office; it stays a candidate and may win again.
   *
   * @return false if a main admin is in office, on whom nobody votes, or nobody stands, or the server is stopped
   */
  public synchronized boolean forceElection() {
    return running != null && answer(running.mesh.forceElection(options.organizationId()));
  }

  private Settings settings() {
    Map<String, String> settings = new HashMap<>(options.settings());
    settings.putAll(Map.of("ONLY", "mesh", "PORT", Integer.toString(options.port()), "MINI_SERVER_ORGANIZATION_ID", options.organizationId(),
        "MINI_SERVER_DEVICE_ID", ownDeviceId));
    options.device().ifPresent(device -> {
      settings.put("MINI_SERVER_DEVICE_NAME", device.name());
      settings.put("MINI_SERVER_CAPABILITIES", String.join(",", device.capabilities()));
    });
    return Settings.of(settings, "MiniServerOptions");
  }

  /** A loop never waits for who asks it. */
  private static <T> T answer(CompletionStage<T> stage) {
    return stage.toCompletableFuture().join();
  }
}
