package dev.roost.server;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * How a {@link MiniServer} is set up. Begin with {@link #of} and say what is different: {@code MiniServerOptions.of("org_456").port(8080)}.
 *
 * @param organizationId whose devices may connect
 * @param port where to listen; 0 picks a free one
 * @param device the server's own device; none: one with a random id that never stands for office
 * @param autoStart whether the server starts as soon as it is made
 * @param settings more settings by their environment names, such as {@code HEARTBEAT_INTERVAL}, {@code MESH_TOKEN} or {@code HOST}
 */
public record MiniServerOptions(String organizationId, int port, Optional<Device> device, boolean autoStart, Map<String, String> settings) {
  private static final int DEFAULT_PORT = 8080;

  /**
   * The device that the server runs on.
   *
   * @param id under which it can be elected; no other device may have it
   * @param capabilities what it can do; with {@code admin.manage} it stands for office
   */
  public record Device(String id, String name, List<String> capabilities) {

    public Device {
      capabilities = List.copyOf(capabilities);
    }
  }

  public MiniServerOptions {
    settings = Map.copyOf(settings);
  }

  /** For the devices of one organisation, with all defaults. */
  public static MiniServerOptions of(String organizationId) {
    return new MiniServerOptions(organizationId, DEFAULT_PORT, Optional.empty(), false, Map.of());
  }

  public MiniServerOptions port(int other) {
    return new MiniServerOptions(organizationId, other, device, autoStart, settings);
  }

  public MiniServerOptions device(Device own) {
    return new MiniServerOptions(organizationId, port, Optional.of(own), autoStart, settings);
  }

  public MiniServerOptions autoStart(boolean yes) {
    return new MiniServerOptions(organizationId, port, device, yes, settings);
  }

  /** One more setting, by its environment name. */
  public MiniServerOptions with(String name, String value) {
    Map<String, String> more = new HashMap<>(settings);
    more.put(name, value);
    return new MiniServerOptions(organizationId, port, device, autoStart, more);
  }
}
