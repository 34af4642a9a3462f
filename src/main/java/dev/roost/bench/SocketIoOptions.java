package dev.roost.bench;

import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Option;

/** The part of the command line that is about Socket.IO. */
final class SocketIoOptions {
  private static final int MOST_CLIENTS = 60_000;
  private static final String NAMESPACE_FORM = "/[!-~&&[^,]]*";

  @Option(names = "--namespace", paramLabel = "NAME",
      description = "With --protocol socketio: the namespace of all clients (default: /public-room/ID of the first room that GET /api/public/rooms names)") Optional<String> namespace = Optional.empty();

  /** What clients of Socket.IO say first; others what their protocol says. An idle one connects to the namespace and leaves it at that. */
  List<Step> opening(Preset preset, Dialect dialect, List<Step> usual) {
    return dialect == Dialect.SOCKETIO && preset == Preset.IDLE ? SocketIoTexts.connect() : usual;
  }

  /** With the namespace, if it is known. */
  Plan inNamespace(Plan plan) {
    namespace.ifPresent(name -> BenchOptions.require(name.matches(NAMESPACE_FORM), "--namespace must be like /name, but was \"" + name + "\""));
    return namespace.isPresent() ? Guest.inNamespace(plan, namespace.get()) : plan;
  }

  /** Throws BenchException with the option and the value if something makes no sense. */
  void check(Plan plan) {
    BenchOptions.require(plan.preset() != Preset.SOCKETIO || plan.dialect() == Dialect.SOCKETIO, "the preset socketio is for --protocol socketio");
    BenchOptions.require(plan.dialect() != Dialect.SOCKETIO || plan.preset() == Preset.SOCKETIO || plan.preset() == Preset.IDLE,
        "--protocol socketio goes with the presets socketio and idle");
    BenchOptions.require(plan.dialect() == Dialect.SOCKETIO || namespace.isEmpty(), "--namespace is for --protocol socketio");
    BenchOptions.require(plan.preset() != Preset.SOCKETIO || plan.connections() >= 1 && plan.connections() <= MOST_CLIENTS, "--clients must be from 1 to " + MOST_CLIENTS
        + ", but was " + plan.connections());
    BenchOptions.require(Rotation.of(plan).isEmpty() || plan.shape().allSenders() <= 1 && !plan.pace().saturates(),
        Template.SWITCH + " in place of a marker needs one sender and a --rate above 0: messages are known by their turn and their time");
  }
}
