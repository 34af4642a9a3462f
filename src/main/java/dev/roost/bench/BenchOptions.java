package dev.roost.bench;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Stack;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IParameterConsumer;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The command line of {@code ./roost bench}. A boxed field that stays null takes the preset's default. */
@Command(name = "./roost bench", sortOptions = false, usageHelpWidth = 120, usageHelpAutoWidth = false,
    description = {"Load on a WebSocket server, and the truth about what became of it.", "",
        "fanout  --senders M to --receivers N",
        "rooms   --rooms R of --users K, each of whom sends --rate messages a second to the others",
        "mesh    --clients N of one organisation, each of whom sends --rate messages a second to others, chosen by chance",
        "idle    --connections N that only listen, in rooms of --users",
        "ptt     --groups G of --receivers N listeners and one talker, who has the floor and sends --rate frames of audio a second",
        "presence --mobiles N that say every --heartbeat seconds that they are there, --watchers W, and --churn others that come and go",
        "snapshot the load of ptt, and in its middle --watchers W, each of whom gets a snapshot of --online N users",
        "socketio --clients N of one Socket.IO namespace, to all of whom the server emits --rate events a second, --together of them in one turn",
        "storm   the load of rooms (with parrot: of fanout), and in its middle --connections N that arrive --at-once", "",
        "Messages are sent when they are due, whether or not the server keeps up, and latency counts from that time.", ""},
    footer = {"", "Placeholders: {user} number of the connection, {room}, {run} a name for this run, and in messages {marker} (needed: it tells the message), {now}, "
        + "{padding}, with mesh {target}.",
        "", "Examples:",
        "  ./roost bench fanout --receivers 1000 --rate 50 --pid $(pgrep -f roost.jar)",
        "  ./roost bench rooms --rooms 10 --users 10 --url ws://127.0.0.1:8080",
        "  ./roost bench mesh --organization org_1 --token secret --url ws://127.0.0.1:8080",
        "  ./roost bench ptt --secret KEY --pid $(pgrep -f roost.jar)",
        "  ./roost bench presence --secret KEY --redis 127.0.0.1:6379 --pid $(pgrep -f roost.jar)",
        "  ./roost bench socketio --clients 500 --rate 100 --together 10",
        "  ./roost bench fanout --protocol echo --receivers 0 --senders 50 --saturate",
        "  ./roost bench fanout --protocol plain --url ws://127.0.0.1:9000/room/7 --opening '{\"join\":\"{room}\"}' --await joined --message '{\"say\":\"{marker}\"}'",
        "", "Exit code: 0 when the run went through, 1 when it could not, 2 for a command line that cannot be read, 3 with --strict when messages were lost, "
            + "duplicated, misdelivered, or (mesh, ptt, socketio) out of order."})
final class BenchOptions {
  /** 64 MB of counters on the side of those who send, and as many on the side of those who receive. */
  private static final int MOST_CLIENTS = 4_000;

  @Parameters(index = "0", paramLabel = "PRESET", description = "fanout, rooms, mesh, ptt, presence, snapshot, socketio, idle or storm") Preset preset;

  @Option(names = "--url", paramLabel = "URL",
      description = "Where to connect (default: ${DEFAULT-VALUE}); without a path, the protocol's") String url = "ws://127.0.0.1:8080";
  @Option(names = "--sender-url", paramLabel = "URL", description = "Where senders connect, if elsewhere") String senderUrl;
  @Option(names = "--protocol", paramLabel = "NAME", description = "gallery, parrot, mesh, ptt, socketio, echo or plain: ready-made paths, opening messages and messages "
      + "(default: parrot for fanout and idle, gallery for rooms and storm, mesh for mesh, ptt for ptt, presence and snapshot, socketio for socketio)") Dialect dialect;
  @Option(names = "--receivers", paramLabel = "N", description = "Connections that only receive (default: 500; ptt: 100, snapshot: 19, storm: 10)") Integer receivers;
  @Option(names = "--senders", paramLabel = "N", description = "Connections that send (default: ${DEFAULT-VALUE})") int senders = 1;
  @Option(names = {"--rooms", "--groups"}, paramLabel = "N", description = "Rooms; groups of PTT (default: ${DEFAULT-VALUE})") int rooms = 1;
  @Option(names = "--users", paramLabel = "N", description = "Users of a room (default: 50; idle and storm: 10)") Integer users;
  @Option(names = "--clients", paramLabel = "N", description = "Clients of mesh (default: 200) and socketio (default: 500)") Integer clients;
  @Option(names = "--organization", paramLabel = "ID",
      description = "With --protocol mesh: the organizationId of all clients (default: ${DEFAULT-VALUE})") String organization = "bench";
  @Option(names = "--token", paramLabel = "TOKEN",
      description = "Sent with each upgrade request as Authorization: Bearer") Optional<String> token = Optional.empty();
  @Option(names = "--heartbeat", paramLabel = "S",
      description = "With --protocol mesh and ptt: how often each client says that it is there; 0: never (default: 10; ptt: 30)") Double heartbeat;
  @Option(names = "--seed", paramLabel = "N", description = "Of what mesh leaves to chance (default: ${DEFAULT-VALUE})") long seed = 1;
  @Option(names = "--connections", paramLabel = "N", description = "Connections of idle (default: 10000) and storm (default: 2000)") Integer connections;
  @Option(names = "--at-once", paramLabel = "N", description = "How many connections are being opened at a time (default: 200; mesh: 20)") Integer atOnce;
  @Option(names = "--rate", paramLabel = "PER_SECOND", description = "Messages a second of each sender (default: 33; fanout, ptt and snapshot: 50, mesh and socketio: 100); 0 is --saturate") Double rate;
  @Option(names = "--together", paramLabel = "N",
      description = "A sender writes so many messages at a time, all in one write, at an accordingly lower pace (default: ${DEFAULT-VALUE})") int together = 1;
  @Option(names = "--saturate", description = "Send as fast as the server delivers, instead of at a rate; latency means nothing then") boolean saturate;
  @Option(names = "--window", paramLabel = "N",
      description = "With --saturate: messages that each sender may be ahead of their delivery (default: ${DEFAULT-VALUE})") int window = 64;
  @Option(names = "--bytes", paramLabel = "N", description = "{padding} fills messages up to this size; of PTT, how much audio a frame has, 40 at least (default: 200; ptt: 80)") Integer bytes;
  @Option(names = "--seconds", paramLabel = "S", description = "Measured time (default: 10; mesh and presence: 60)") Double seconds;
  @Option(names = "--warmup", paramLabel = "S", description = "The same load before, not measured (default: 5; presence: 30)") Double warmUp;
  @Option(names = "--message", paramLabel = "TEXT", description = "What is sent, with {marker}; for mesh also with {target}") String message;
  @Option(names = "--opening", paramLabel = "TEXT", parameterConsumer = Script.class,
      description = "Sent by each connection first; repeatable, in order with --await; replaces the protocol's") List<Step> opening;
  @Option(names = "--await", paramLabel = "TEXT", parameterConsumer = Script.class, description = "Go on when a message came that contains this") List<Step> await;
  @Option(names = "--sender-opening", paramLabel = "TEXT", parameterConsumer = Script.class,
      description = "The same for senders, if they differ") List<Step> senderOpening;
  @Option(names = "--sender-await", paramLabel = "TEXT", parameterConsumer = Script.class,
      description = "The same for senders, if they differ") List<Step> senderAwait;
  @Option(names = "--hear", paramLabel = "WHICH",
      description = "What senders get of their room: none, own, others, all (default: the protocol's; plain: others)") Hear hear;
  @Option(names = "--expect", paramLabel = "N", description = "How many connections each message reaches, if not all that should hear it") Integer expect;
  @Option(names = "--header", paramLabel = "LINE", description = "\"Name: value\" for the upgrade request; repeatable") List<String> headers = new ArrayList<>();
  @Option(names = "--insecure", description = "With wss://: accept any certificate") boolean insecure;
  @Option(names = "--open-limit", paramLabel = "S", description = "How long one connection may take to be ready (default: ${DEFAULT-VALUE})") double openLimit = 20;
  @Option(names = "--threads", paramLabel = "N", description = "Event loops of the tool (default: half of the cores; storm and snapshot: at least 2)") Integer threads;
  @Option(names = "--pid", paramLabel = "PID",
      description = "The server's process on this machine: CPU a delivery, memory, and with 500 connections or more memory a connection") Long pid;
  @Mixin PttOptions ptt = new PttOptions();
  @Mixin SocketIoOptions socketIo = new SocketIoOptions();
  @Option(names = "--no-floor", description = "Do not measure the machine's floor first") boolean noFloor;
  @Option(names = "--json", description = "Print one JSON object, and nothing else, on standard output") boolean json;
  @Option(names = "--progress", description = "Progress on standard error also where it is no terminal") boolean progress;
  @Option(names = "--strict", description = "Exit code 3 when messages were lost, duplicated, misdelivered, or (mesh, ptt, socketio) out of order") boolean strict;
  @Option(names = "--help", usageHelp = true, description = "Print this help") boolean help;

  private final List<Step> receiverScript = new ArrayList<>();
  private final List<Step> senderScript = new ArrayList<>();

  /** Reads arguments; throws picocli's ParameterException, with one line for people. */
  static BenchOptions parse(String... arguments) {
    BenchOptions options = new BenchOptions();
    commandLine(options).parseArgs(arguments);
    return options;
  }

  static String usage() {
    return commandLine(new BenchOptions()).getUsageMessage(CommandLine.Help.Ansi.OFF);
  }

  private static CommandLine commandLine(BenchOptions options) {
    return new CommandLine(options).setCaseInsensitiveEnumValuesAllowed(true).setPosixClusteredShortOptionsAllowed(false);
  }

  /** In a storm the crowd has a loop of its own, so that opening it does not delay those who are measured. */
  private int presetThreads() {
    return Math.max(preset.hasLateCrowd() ? 2 : 1, Runtime.getRuntime().availableProcessors() / 2);
  }

  /** The run; throws BenchException if it makes no sense. */
  Plan plan() {
    Dialect spoken = Optional.ofNullable(dialect).orElse(ownDialect());
    Target target = Target.of("--url", url, inOrganization(spoken.receiverPath));
    Target senderTarget = senderUrl != null ? Target.of("--sender-url", senderUrl, inOrganization(spoken.senderPath))
        : Target.of("--url", url, inOrganization(spoken.senderPath));
    List<Step> forReceivers = receiverScript.isEmpty() ? socketIo.opening(preset, spoken, spoken.receiverOpening) : receiverScript;
    // Mobiles that say that they are there do not talk.
    List<Step> ownSenders = preset == Preset.PRESENCE ? spoken.receiverOpening : spoken.senderOpening;
    List<Step> forSenders = !senderScript.isEmpty() ? senderScript : receiverScript.isEmpty() ? ownSenders : receiverScript;
    Plan plan = new Plan(preset, spoken, side(spoken, target, forReceivers), side(spoken, senderTarget, forSenders),
        message == null ? ownMessage(spoken) : new Template(message), hear == null ? spoken.hear : hear, expect == null ? OptionalInt.empty() : OptionalInt.of(expect),
        seed, allHeaders(), insecure, shape(spoken), pace(), millis(heartbeat(spoken)), ptt.watching(preset, target),
        Optional.ofNullable(atOnce).orElse(preset == Preset.MESH ? 20 : 200), millis(openLimit), threads == null ? presetThreads() : threads,
        pid == null ? OptionalLong.empty() : OptionalLong.of(pid), !noFloor);
    check(plan);
    return socketIo.inNamespace(plan);
  }

  private Plan.Side side(Dialect spoken, Target target, List<Step> opening) {
    boolean isPresence = preset == Preset.PRESENCE;
    // The heartbeats of presence are its load, so they have a schedule.
    return new Plan.Side(target, List.copyOf(opening), ptt.credentials(spoken, isPresence ? PttFrames.MOBILE : PttFrames.MEMBER),
        isPresence ? Optional.empty() : spoken.heartbeat);
  }

  private Template ownMessage(Dialect spoken) {
    return switch (preset) {
      case MESH -> spoken.direct;
      case PTT, SNAPSHOT -> PttFrames.audio(size());
      case PRESENCE -> PttFrames.heartbeat();
      case FANOUT, ROOMS, IDLE, STORM, SOCKETIO -> spoken.message;
    };
  }

  private int size() {
    return Optional.ofNullable(bytes).orElse(preset.isPtt() ? 80 : 200);
  }

  private double heartbeat(Dialect spoken) {
    return Optional.ofNullable(heartbeat).orElse(spoken == Dialect.PTT ? 30.0 : 10.0);
  }

  private static Duration millis(double seconds) {
    return Duration.ofMillis(Math.round(seconds * 1000));
  }

  private Dialect ownDialect() {
    return switch (preset) {
      case FANOUT, IDLE -> Dialect.PARROT;
      case ROOMS, STORM -> Dialect.GALLERY;
      case MESH -> Dialect.MESH;
      case PTT, PRESENCE, SNAPSHOT -> Dialect.PTT;
      case SOCKETIO -> Dialect.SOCKETIO;
    };
  }

  private String inOrganization(String path) {
    return path.replace(Dialect.ORGANIZATION, URLEncoder.encode(organization, StandardCharsets.UTF_8));
  }

  private List<String> allHeaders() {
    List<String> all = new ArrayList<>(headers);
    token.ifPresent(secret -> all.add("Authorization: Bearer " + secret));
    return List.copyOf(all);
  }

  private Plan.Shape shape(Dialect spoken) {
    int inRoom = Optional.ofNullable(users).orElse(preset == Preset.ROOMS ? 50 : 10);
    Plan.Shape fanout = new Plan.Shape(1, Optional.ofNullable(receivers).orElse(preset == Preset.STORM ? 10 : 500), senders, 0, inRoom);
    Plan.Shape together = new Plan.Shape(rooms, 0, inRoom, 0, inRoom);
    return switch (preset) {
      case FANOUT -> fanout;
      case ROOMS -> together;
      case MESH -> new Plan.Shape(1, 0, clients(), 0, inRoom);
      case SOCKETIO -> new Plan.Shape(1, clients() - 1, 1, 0, inRoom);
      case PTT -> new Plan.Shape(rooms, Optional.ofNullable(receivers).orElse(100), senders, 0, inRoom);
      case PRESENCE -> new Plan.Shape(1, 0, ptt.mobiles, ptt.watchers, inRoom);
      case SNAPSHOT -> new Plan.Shape(rooms, Optional.ofNullable(receivers).orElse(19), senders, ptt.watchers, inRoom);
      case IDLE -> new Plan.Shape(0, 0, 0, Optional.ofNullable(connections).orElse(10_000), inRoom);
      case STORM -> {
        Plan.Shape group = spoken == Dialect.PARROT ? fanout : together;
        yield new Plan.Shape(group.rooms(), group.receivers(), group.senders(), Optional.ofNullable(connections).orElse(2_000), inRoom);
      }
    };
  }

  private Plan.Pace pace() {
    double usual = switch (preset) {
      case FANOUT, PTT, SNAPSHOT -> 50;
      case MESH, SOCKETIO -> 100;
      case PRESENCE -> 1 / heartbeat(Dialect.PTT);
      case ROOMS, IDLE, STORM -> 33;
    };
    double measured = Optional.ofNullable(seconds).orElse(preset == Preset.MESH || preset == Preset.PRESENCE ? 60.0 : 10.0);
    double before = Optional.ofNullable(warmUp).orElse(preset == Preset.PRESENCE ? 30.0 : 5.0);
    return new Plan.Pace(saturate ? 0 : Optional.ofNullable(rate).orElse(usual), window, size(), together, before, measured);
  }

  private int clients() {
    return Optional.ofNullable(clients).orElse(preset == Preset.SOCKETIO ? 500 : 200);
  }

  private void check(Plan plan) {
    require(plan.pace().rate() >= 0 && plan.pace().rate() <= 1e6, "--rate must be from 0 to 1000000 messages a second, but was " + plan.pace().rate());
    double measured = plan.pace().seconds();
    require(measured > 0 && measured <= 86_400, "--seconds must be above 0 and at most 86400, but was " + measured);
    double before = plan.pace().warmUpSeconds();
    require(before >= 0 && before <= 3_600, "--warmup must be from 0 to 3600, but was " + before);
    require(size() >= 0 && size() <= 1 << 24, "--bytes must be from 0 to 16777216, but was " + size());
    require(openLimit > 0, "--open-limit must be above 0, but was " + openLimit);
    require(plan.atOnce() > 0 && plan.threads() > 0 && window > 0, "--at-once, --threads and --window must be at least 1");
    require(plan.shape().rooms() >= 0 && plan.shape().receivers() >= 0 && plan.shape().crowd() >= 0 && plan.shape().crowdRoom() > 0,
        "numbers of connections and rooms must not be negative");
    require(preset == Preset.IDLE || plan.shape().allSenders() > 0, "nobody would send: --senders, --rooms and --users must be at least 1");
    require(preset != Preset.IDLE && preset != Preset.STORM || plan.shape().crowd() > 0, "--connections must be at least 1");
    require(preset == Preset.IDLE || preset == Preset.PRESENCE || plan.hearers() > 0, "nobody would receive: with " + plan.shape().senders() + " sender(s), " + plan.shape().receivers()
        + " receiver(s) and --hear " + plan.hear().name().toLowerCase(java.util.Locale.ROOT) + " no message has a receiver");
    boolean known = plan.message().text().contains(Template.MARKER) || preset == Preset.SOCKETIO && plan.message().text().contains(Template.SWITCH);
    require(preset == Preset.IDLE || preset == Preset.PRESENCE || known, "--message must contain {marker}, by which the tool knows its messages again");
    require(plan.dialect() != Dialect.PARROT || plan.shape().allSenders() <= 1 || preset == Preset.IDLE,
        "Parrot has one active sender: use --senders 1, or another --protocol");
    checkMesh(plan);
    ptt.check(plan);
    socketIo.check(plan);
    require(together >= 1 && together <= 10_000 && (together == 1 || !plan.pace().saturates()), "--together must be from 1 to 10000, and needs a --rate above 0");
    require(plan.headers().stream().allMatch(line -> line.matches("[!-9;-~]+:[^\\r\\n]*")), "--header must be like \"Name: value\"");
    require(!preset.hasLateCrowd() || !plan.pace().saturates(), preset.name().toLowerCase(java.util.Locale.ROOT) + " compares latencies, so it needs a --rate above 0");
  }

  private void checkMesh(Plan plan) {
    boolean direct = plan.message().text().contains(Template.TARGET);
    require(preset != Preset.MESH || clients() >= 2 && clients() <= MOST_CLIENTS, "--clients must be from 2 to " + MOST_CLIENTS
        + ", but was " + clients() + ": the tool keeps two counters for each pair of them");
    require(preset != Preset.MESH || direct, "--message must contain {target}, by which the server knows whom it is for; of the protocols, mesh can do that");
    require(preset == Preset.MESH || !direct, "{target} is for the preset mesh: elsewhere a message is for all who hear the sender");
    require(plan.dialect() != Dialect.MESH || plan.shape().rooms() <= 1, "an organisation of Mesh is one room: use --rooms 1");
    require(!organization.isBlank(), "--organization must not be empty");
    double beat = heartbeat(plan.dialect());
    require(beat >= 0 && beat <= 3_600, "--heartbeat must be from 0 to 3600, but was " + beat);
    require(preset != Preset.PRESENCE || beat >= 0.1 && rate == null && !saturate, "presence is paced by --heartbeat, which must be at least 0.1");
    require(token.stream().allMatch(secret -> secret.matches("[!-~]+")), "--token must be of visible ASCII letters without spaces");
  }

  static void require(boolean holds, String complaint) {
    if (!holds) {
      throw new BenchException(complaint);
    }
  }

  /** Keeps the order between what is sent and what is waited for. */
  static final class Script implements IParameterConsumer {
    @Override
    public void consumeParameters(Stack<String> arguments, ArgSpec option, CommandSpec command) {
      if (arguments.isEmpty()) {
        throw new CommandLine.ParameterException(command.commandLine(), "Missing required parameter for option '" + option.paramLabel() + "'");
      }
      BenchOptions options = (BenchOptions) command.userObject();
      String name = ((CommandLine.Model.OptionSpec) option).longestName();
      Step step = name.endsWith("await") ? new Step.Await(arguments.pop()) : new Step.Say(new Template(arguments.pop()));
      (name.startsWith("--sender") ? options.senderScript : options.receiverScript).add(step);
    }
  }
}
