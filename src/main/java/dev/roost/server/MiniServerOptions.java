package dev.roost.server;

import dev.roost.core.CleanText;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * How a {@link MiniServer} is set up. Begin with {@link #of} and say what is different: {@code MiniServerOptions.of("org_456").port(8080)}. What can be seen to be wrong is refused at once, with
 * an IllegalArgumentException that says it in one line.
 *
 * @param organizationId whose devices may connect; 1-128 characters, no comma
 * @param port where to listen; 0 picks a free one
 * @param device the server's own device; none: one with a random id that never stands for office
 * @param autoStart whether the server starts as soon as it is made
 * @param settings more settings by their environment names, such as {@code HEARTBEAT_INTERVAL}, {@code MESH_TOKEN} or {@code HOST}
 */
public record MiniServerOptions(String organizationId, int port, Optional<Device> device, boolean autoStart, Map<String, String> settings) {
  private static final int DEFAULT_PORT = 8080;
  private static final int HIGHEST_PORT = 65_535;
  /** Of ids of the contract. */
  private static final int LONGEST_ID = 128;
  private static final String AN_ID = " must be 1-" + LONGEST_ID + " characters, none of them a control character, without blanks around it";

  /** Settings that are said otherwise, or mean nothing here, and what to do instead. */
  private static final Map<String, String> NOT_BY_NAME = Map.ofEntries(
      Map.entry("PORT", "use port(...)"),
      Map.entry("MINI_SERVER_PORT", "use port(...)"),
      Map.entry("MESH_PORT", "use port(...)"),
      Map.entry("LISTEN", "use port(...)"),
      Map.entry("MINI_SERVER_ORGANIZATION_ID", "use MiniServerOptions.of(...)"),
      Map.entry("MINI_SERVER_DEVICE_ID", "use device(...)"),
      Map.entry("MINI_SERVER_DEVICE_NAME", "use device(...)"),
      Map.entry("MINI_SERVER_CAPABILITIES", "use device(...)"),
      Map.entry("ONLY", "a mini server runs the mesh alone"),
      Map.entry("PARROT_PORT", "a mini server runs the mesh alone"),
      Map.entry("GALLERY_PORT", "a mini server runs the mesh alone"),
      Map.entry("DEMO", "it is for ./roost"),
      Map.entry("LOG_LEVEL", "what is logged is the program's to say, in a logback.xml"),
      Map.entry("LOG_FORMAT", "what is logged is the program's to say, in a logback.xml"));

  /**
   * The device that the server runs on.
   *
   * @param id under which it can be elected; no other device may have it; 1-128 characters
   * @param name for people
   * @param capabilities what it can do, at most 32; with {@code admin.manage} it stands for office
   */
  public record Device(String id, String name, List<String> capabilities) {
    /** The target of messages for everybody. */
    private static final String BROADCAST = "broadcast";
    private static final int MOST_CAPABILITIES = 32;
    private static final Pattern CAPABILITY = Pattern.compile("[A-Za-z0-9._:-]{1,64}");

    public Device {
      check(isId(id) && !id.equals(BROADCAST), "The device's id" + AN_ID + " and not \"" + BROADCAST + "\"", id);
      Objects.requireNonNull(name, "The device's name");
      capabilities = List.copyOf(capabilities);
      for (String capability : capabilities) {
        check(CAPABILITY.matcher(capability).matches(), "A capability must be 1-64 letters, digits and . _ : - such as admin.manage", capability);
      }
      check(capabilities.stream().distinct().count() <= MOST_CAPABILITIES, "A device must have at most " + MOST_CAPABILITIES + " capabilities", Integer.toString(capabilities.size()));
    }
  }

  public MiniServerOptions {
    check(isId(organizationId) && organizationId.indexOf(',') < 0, "organizationId" + AN_ID + ", and without comma, as it is one organisation", organizationId);
    check(port >= 0 && port <= HIGHEST_PORT, "port must be 1-" + HIGHEST_PORT + " (or 0 for any free port)", Integer.toString(port));
    settings = Map.copyOf(settings);
    settings.keySet().forEach(MiniServerOptions::checkName);
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

  /**
   * One more setting, by its environment name. Its value is checked when the server starts.
   *
   * @throws IllegalArgumentException if there is no such setting, or it is one that these options have a method for
   */
  public MiniServerOptions with(String name, String value) {
    Map<String, String> more = new HashMap<>(settings);
    more.put(name, value);
    return new MiniServerOptions(organizationId, port, device, autoStart, more);
  }

  private static void checkName(String name) {
    if (NOT_BY_NAME.containsKey(name)) {
      throw new IllegalArgumentException(name + " cannot be set by its name: " + NOT_BY_NAME.get(name));
    }
    if (Options.all().stream().noneMatch(setting -> setting.names().contains(name))) {
      throw new IllegalArgumentException("\"" + CleanText.echo(name, LONGEST_ID) + "\" is no setting of Roost");
    }
  }

  private static boolean isId(String text) {
    return text != null && CleanText.isId(text, LONGEST_ID) && text.equals(text.strip());
  }

  private static void check(boolean isRight, String rule, String given) {
    if (!isRight) {
      throw new IllegalArgumentException(rule + ", but was " + (given == null ? "null" : "\"" + CleanText.echo(given, LONGEST_ID) + "\""));
    }
  }
}
