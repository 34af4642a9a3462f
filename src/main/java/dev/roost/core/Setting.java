package dev.roost.core;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;

/**
 * One setting, declared once: its environment name, default, range and help text. The command line, the help, the check and the start
 * all read this declaration.
 *
 * <p>A setting of a protocol has two names: with the protocol's prefix ({@code PARROT_MAX_USERS}) and bare ({@code MAX_USERS}); the prefixed one wins. The
 * option is the same name in lower case with dashes.
 *
 * @param <T> the checked value
 */
public final class Setting<T> {
  private final String prefix;
  private final String name;
  private final String label;
  private final String defaultText;
  private final String help;
  private final boolean secret;
  private final Function<String, T> parser;

  private Setting(String prefix, String name, String label, String defaultText, String help, boolean secret, Function<String, T> parser) {
    this.prefix = prefix;
    this.name = name;
    this.label = label;
    this.defaultText = defaultText;
    this.help = help;
    this.secret = secret;
    this.parser = parser;
  }

  /** A whole number within a range, both ends included. */
  public static Setting<Integer> integer(String name, int defaultValue, int min, int max, String help) {
    return new Setting<>("", name, "N", Integer.toString(defaultValue), help, false,
        text -> Math.toIntExact(number(text, min, max, min + "-" + max)));
  }

  /** A time in whole milliseconds within a range, both ends included. */
  public static Setting<Duration> millis(String name, long defaultValue, long min, long max, String help) {
    return new Setting<>("", name, "MS", Long.toString(defaultValue), help, false,
        text -> Duration.ofMillis(number(text, min, max, min + "-" + max + " ms")));
  }

  /** A size in bytes within a range, both ends included. */
  public static Setting<Integer> bytes(String name, int defaultValue, int min, int max, String help) {
    return new Setting<>("", name, "BYTES", Integer.toString(defaultValue), help, false,
        text -> Math.toIntExact(number(text, min, max, min + "-" + max + " bytes")));
  }

  /** A switch: true, 1, yes or on; false, 0, no or off. */
  public static Setting<Boolean> flag(String name, boolean defaultValue, String help) {
    return new Setting<>("", name, "BOOL", Boolean.toString(defaultValue), help, false, Setting::bool);
  }

  /** Any text; the default may be empty, which stands for "not set". */
  public static Setting<String> text(String name, String label, String defaultValue, String help) {
    return new Setting<>("", name, label, defaultValue, help, false, Function.identity());
  }

  /** A text that is never printed; empty stands for "not set". */
  public static Setting<String> secret(String name, String help) {
    return new Setting<>("", name, "SECRET", "", help, true, Function.identity());
  }

  /** One of a few words, the constants of an enum in lower case. */
  public static <E extends Enum<E>> Setting<E> choice(String name, E defaultValue, Class<E> type, String help) {
    List<String> words = java.util.Arrays.stream(type.getEnumConstants()).map(Setting::word).toList();
    return new Setting<>("", name, String.join("|", words), word(defaultValue), help, false, text -> {
      int index = words.indexOf(text.toLowerCase(Locale.ROOT));
      if (index < 0) {
        throw new IllegalArgumentException("one of " + String.join(", ", words));
      }
      return type.getEnumConstants()[index];
    });
  }

  /** A text with a form of its own; the parser says what it must be by the message of an IllegalArgumentException. */
  public static <T> Setting<T> parsed(String name, String label, String defaultText, Function<String, T> parser, String help) {
    return new Setting<>("", name, label, defaultText, help, false, parser);
  }

  /** The same setting as one of a protocol, with its prefix in upper case. */
  public Setting<T> of(String protocol) {
    return new Setting<>(protocol, name, label, defaultText, help, secret, parser);
  }

  /** The environment names under which it is looked up, the winning one first. */
  public List<String> names() {
    return prefix.isEmpty() || name.startsWith(prefix + "_") ? List.of(name) : List.of(prefix + "_" + name, name);
  }

  /** The name without prefix. */
  public String name() {
    return name;
  }

  /** What stands for the value in the help. */
  public String label() {
    return label;
  }

  public String defaultText() {
    return defaultText;
  }

  public String help() {
    return help;
  }

  /** Whether the value must not be printed. */
  public boolean isSecret() {
    return secret;
  }

  /** The command-line option of an environment name. */
  public static String option(String environmentName) {
    return "--" + environmentName.toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** Checks a text; {@code source} says where it comes from. */
  T parse(String usedName, String text, String source) {
    try {
      return parser.apply(text.strip());
    } catch (IllegalArgumentException e) {
      String shown = secret ? "something else" : "\"" + text + "\"";
      throw new SettingException(usedName + " must be " + e.getMessage() + ", but was " + shown + " (from " + source + ")");
    }
  }

  private static long number(String text, long min, long max, String range) {
    try {
      long value = Long.parseLong(text);
      if (value >= min && value <= max) {
        return value;
      }
    } catch (NumberFormatException e) {
      // Said below, as for a number out of range.
    }
    throw new IllegalArgumentException(range);
  }

  private static Boolean bool(String text) {
    return switch (text.toLowerCase(Locale.ROOT)) {
      case "true", "1", "yes", "on" -> true;
      case "false", "0", "no", "off" -> false;
      default -> throw new IllegalArgumentException("true or false");
    };
  }

  private static String word(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }
}
