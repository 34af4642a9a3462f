package dev.roost.server;

import dev.roost.core.Setting;
import dev.roost.core.Settings;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Help;
import picocli.CommandLine.Model.ArgGroupSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParseResult;

/** The command line, made from the declarations of the settings. */
final class Options {
  private final ParseResult parsed;

  private Options(ParseResult parsed) {
    this.parsed = parsed;
  }

  /** Reads arguments; throws picocli's ParameterException, with one line for people, for an unknown option or a missing value. */
  static Options parse(List<String> arguments) {
    return new Options(command().parseArgs(withSwitchValues(arguments).toArray(String[]::new)));
  }

  static String help() {
    return command().getUsageMessage(Help.Ansi.OFF);
  }

  boolean wantsHelp() {
    return parsed.hasMatchedOption("--help");
  }

  boolean wantsVersion() {
    return parsed.hasMatchedOption("--version");
  }

  boolean wantsCheck() {
    return parsed.hasMatchedOption("--check-config");
  }

  /** The values of this command line over those of the environment. */
  Settings settings(Map<String, String> environment) {
    Map<String, String> options = new LinkedHashMap<>();
    for (Setting<?> setting : all()) {
      for (String name : setting.names()) {
        String value = parsed.matchedOptionValue(Setting.option(name), "");
        if (!value.isEmpty()) {
          options.put(name, value);
        }
      }
    }
    String port = parsed.matchedPositionalValue(0, "");
    return new Settings(options, environment, port.isEmpty() ? Map.of() : Map.of(ServerSettings.PORT.name(), port));
  }

  /** Every setting that there is. */
  static List<Setting<?>> all() {
    List<Setting<?>> all = new ArrayList<>(ServerSettings.ALL);
    Protocols.settings().values().forEach(all::addAll);
    return all;
  }

  private static picocli.CommandLine command() {
    CommandSpec spec = CommandSpec.create().name("./roost");
    spec.usageMessage()
        .description("A real-time server for browsers, phones and devices.", "",
            "Every setting is also an environment variable, named behind its option. An option wins over the environment, the environment over "
                + "the bare PORT argument, that over the default. Times are in milliseconds, sizes in bytes.")
        .sortOptions(false)
        .width(120)
        .footer("", "./roost bench loads a server and measures it: ./roost bench --help.", "Options of a protocol also work without its prefix: --max-users is --parrot-max-users; the longer one wins.",
            "Exit code: 0 after SIGTERM or SIGINT, 1 if the server could not start, 2 for a command line that cannot be read.");
    spec.addPositional(PositionalParamSpec.builder().index("0").arity("0..1").paramLabel("PORT").type(String.class)
        .description("The same as --port").build());
    group(spec, "%nWhat to do%n", List.of(
        switchSpec("--help", "Print this help"), switchSpec("--version", "Print the version"),
        switchSpec("--check-config", "Check all settings, print those that count, and end")));
    group(spec, "%nServer%n", ServerSettings.ALL.stream().map(setting -> valueSpec(setting.names().getFirst(), setting, false)).toList());
    Protocols.settings().forEach((protocol, settings) -> group(spec, "%nProtocol " + protocol + "%n",
        settings.stream().map(setting -> valueSpec(setting.names().getFirst(), setting, false)).toList()));
    bareNames().forEach((name, setting) -> spec.addOption(valueSpec(name, setting, true)));
    return new picocli.CommandLine(spec).setStopAtPositional(false).setPosixClusteredShortOptionsAllowed(false);
  }

  private static void group(CommandSpec spec, String heading, List<OptionSpec> options) {
    ArgGroupSpec.Builder group = ArgGroupSpec.builder().heading(heading).validate(false).order(spec.argGroups().size());
    options.forEach(group::addArg);
    spec.addArgGroup(group.build());
  }

  private static OptionSpec switchSpec(String name, String help) {
    return OptionSpec.builder(name).arity("0").type(boolean.class).description(help).build();
  }

  private static OptionSpec valueSpec(String environmentName, Setting<?> setting, boolean hidden) {
    String preset = setting.defaultText().isEmpty() ? "none" : setting.defaultText();
    return OptionSpec.builder(Setting.option(environmentName)).arity("1").type(String.class).paramLabel(setting.label()).hidden(hidden)
        .description(setting.help() + " (" + environmentName + ", default: " + preset + ")").build();
  }

  /** Names without the protocol's prefix, which may mean settings of several protocols. */
  private static Map<String, Setting<?>> bareNames() {
    Map<String, Setting<?>> bare = new LinkedHashMap<>();
    all().forEach(setting -> setting.names().stream().skip(1).forEach(name -> bare.putIfAbsent(name, setting)));
    return bare;
  }

  /** Gives switches their value: {@code --demo} is {@code --demo=true}, and the argument behind it is its own. */
  private static List<String> withSwitchValues(List<String> arguments) {
    List<String> switches = all().stream().filter(setting -> setting.label().equals("BOOL"))
        .flatMap(setting -> setting.names().stream()).map(Setting::option).toList();
    List<String> expanded = new ArrayList<>();
    for (int i = 0; i < arguments.size(); i++) {
      String argument = arguments.get(i);
      boolean valueFollows = i + 1 < arguments.size() && List.of("true", "false").contains(arguments.get(i + 1).toLowerCase(Locale.ROOT));
      expanded.add(switches.contains(argument) && !valueFollows ? argument + "=true" : argument);
    }
    return expanded;
  }
}
