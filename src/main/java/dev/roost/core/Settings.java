package dev.roost.core;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * The values of all settings, from the command line, the environment and the defaults, in this order of precedence. Immutable.
 *
 * <p>An empty text counts as not set.
 */
public final class Settings {
  private final Map<String, String> options;
  private final Map<String, String> environment;
  private final Map<String, String> arguments;
  private final Function<String, String> optionSource;

  /**
   * @param options values of command-line options, by environment name
   * @param environment the environment
   * @param arguments values of bare command-line arguments, by environment name; the environment wins over them
   */
  public Settings(Map<String, String> options, Map<String, String> environment, Map<String, String> arguments) {
    this(options, environment, arguments, name -> "the option " + Setting.option(name));
  }

  private Settings(Map<String, String> options, Map<String, String> environment, Map<String, String> arguments, Function<String, String> optionSource) {
    this.options = Map.copyOf(options);
    this.environment = Map.copyOf(environment);
    this.arguments = Map.copyOf(arguments);
    this.optionSource = optionSource;
  }

  /** Settings of a program that embeds Roost: values by environment name, the rest by default. */
  public static Settings of(Map<String, String> values) {
    return new Settings(values, Map.of(), Map.of());
  }

  /** The same where people know these values by another source than options. */
  public static Settings of(Map<String, String> values, String source) {
    return new Settings(values, Map.of(), Map.of(), name -> source);
  }

  /**
   * The checked value.
   *
   * @throws SettingException if the text is not what the setting asks for
   */
  public <T> T get(Setting<T> setting) {
    Found found = find(setting);
    return setting.parse(found.name, found.text, found.source);
  }

  /** The text that counts, unchecked. */
  public String text(Setting<?> setting) {
    return find(setting).text;
  }

  /** These settings with some more options, which win over the same ones here. */
  public Settings with(Map<String, String> more) {
    Map<String, String> all = new HashMap<>(options);
    all.putAll(more);
    return new Settings(all, environment, arguments, optionSource);
  }

  /** Whether something other than the default counts. */
  public boolean isSet(Setting<?> setting) {
    return !find(setting).source.equals(Found.DEFAULT);
  }

  /** Where the value comes from, for people. */
  public String source(Setting<?> setting) {
    return find(setting).source;
  }

  /** Variables of the environment that are set, and begin like this. */
  public List<String> environmentNames(String prefix) {
    return environment.keySet().stream().filter(name -> name.startsWith(prefix) && isGiven(environment, name)).sorted().toList();
  }

  private Found find(Setting<?> setting) {
    for (String name : setting.names()) {
      if (isGiven(options, name)) {
        return new Found(name, options.get(name), optionSource.apply(name));
      }
    }
    for (String name : setting.names()) {
      if (isGiven(environment, name)) {
        return new Found(name, environment.get(name), "the environment");
      }
    }
    for (String name : setting.names()) {
      if (isGiven(arguments, name)) {
        return new Found(name, arguments.get(name), "the command line");
      }
    }
    return new Found(setting.names().getFirst(), setting.defaultText(), Found.DEFAULT);
  }

  private static boolean isGiven(Map<String, String> values, String name) {
    return !values.getOrDefault(name, "").isBlank();
  }

  private record Found(String name, String text, String source) {
    static final String DEFAULT = "the default";
  }
}
