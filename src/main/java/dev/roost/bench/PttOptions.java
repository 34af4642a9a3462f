package dev.roost.bench;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.Option;

/** The part of the command line that is about PTT. */
final class PttOptions {
  /** What the number of a user has room for, see {@link Seats}. */
  static final int MOST_USERS = 200_000;
  private static final Pattern ADDRESS = Pattern.compile("(\\[[0-9a-fA-F:.]+]|[^:\\s]+):(\\d{1,5})");

  @Option(names = "--secret", paramLabel = "KEY", description = "With --protocol ptt: signs the tokens of all clients (HS256); the server's SECRET_KEY") Optional<String> secret = Optional.empty();
  @Option(names = "--mobiles", paramLabel = "N", description = "Mobiles of presence (default: ${DEFAULT-VALUE})") int mobiles = 5_000;
  @Option(names = "--watchers", paramLabel = "N", description = "Watchers of presence and of snapshot (default: ${DEFAULT-VALUE})") int watchers = 50;
  @Option(names = "--churn", paramLabel = "PER_SECOND",
      description = "With presence: other mobiles that come each second, stay for --stay and go (default: ${DEFAULT-VALUE})") double churn;
  @Option(names = "--stay", paramLabel = "S", description = "How long these stay (default: ${DEFAULT-VALUE})") double stay = 5;
  @Option(names = "--online", paramLabel = "N", description = "With snapshot: users online beside the group (default: ${DEFAULT-VALUE})") int online = 10_000;
  @Option(names = "--every", paramLabel = "S", description = "With snapshot: time between two watchers (default: ${DEFAULT-VALUE})") double every = 0.1;
  @Option(names = "--redis", paramLabel = "HOST:PORT", description = "The Redis that the server uses: with presence, what it did is reported; with snapshot, "
      + "the users are written into it (and deleted at the end) instead of being connected") Optional<String> redis = Optional.empty();

  /** Who a connection is; empty for other protocols. */
  Optional<Credentials> credentials(Dialect dialect, Template claims) {
    return dialect == Dialect.PTT ? Optional.of(new Credentials(claims, secret.orElse(""))) : Optional.empty();
  }

  /** Who is online and who watches; empty for presets that are not about that. */
  Optional<Watching> watching(Preset preset, Target target) {
    if (preset != Preset.PRESENCE && preset != Preset.SNAPSHOT) {
      return Optional.empty();
    }
    boolean isSnapshot = preset == Preset.SNAPSHOT;
    // Who comes and goes is gone before a heartbeat is due, so all that are counted are of those who stay.
    Plan.Side mobile = new Plan.Side(target, Dialect.PTT.receiverOpening, credentials(Dialect.PTT, PttFrames.MOBILE), isSnapshot ? Dialect.PTT.heartbeat : Optional.empty());
    Plan.Side watcher = new Plan.Side(target, Dialect.snapshotOpening(), credentials(Dialect.PTT, PttFrames.WATCHER), Optional.empty());
    return Optional.of(new Watching(isSnapshot ? online : 0, mobile, watcher, isSnapshot ? millis(every) : Duration.ZERO, isSnapshot ? 0 : churn, millis(stay), redis.map(PttOptions::address)));
  }

  /** Throws BenchException with the option and the value if something makes no sense. */
  void check(Plan plan) {
    if (plan.dialect() != Dialect.PTT) {
      BenchOptions.require(!plan.preset().isPtt(), "the presets ptt, presence and snapshot are for --protocol ptt");
      return;
    }
    BenchOptions.require(plan.preset().isPtt() || plan.preset() == Preset.IDLE, "--protocol ptt goes with the presets ptt, presence, snapshot and idle");
    BenchOptions.require(secret.filter(key -> !key.isEmpty()).isPresent(), "--secret is needed for --protocol ptt: the tokens are signed with the server's SECRET_KEY");
    BenchOptions.require(plan.message().wire() == Wire.BINARY, "--message is text, which PTT does not speak: --bytes says how much audio a frame has");
    BenchOptions.require(plan.preset() == Preset.PRESENCE || plan.shape().senders() <= 1, "a group has one talker: use --senders 1, and --groups for more talkers");
    BenchOptions.require(mobiles > 0 && mobiles <= MOST_USERS && online >= 0 && online <= MOST_USERS, "--mobiles and --online must be at most " + MOST_USERS);
    BenchOptions.require(watchers > 0 && watchers <= 10_000, "--watchers must be from 1 to 10000, but was " + watchers);
    BenchOptions.require(churn >= 0 && churn <= 1_000 && stay > 0 && stay <= 30, "--churn must be from 0 to 1000 a second, and --stay above 0 and at most 30 s");
    BenchOptions.require(every >= 0 && every <= 60, "--every must be from 0 to 60, but was " + every);
    double turn = plan.pace().warmUpSeconds() + plan.pace().seconds() + (plan.preset() == Preset.SNAPSHOT ? every * watchers : 0);
    BenchOptions.require(plan.preset() == Preset.PRESENCE || plan.preset() == Preset.IDLE || turn <= 80,
        "a talker has the floor for 90 s at most (MAXIMUM_AUDIO_DURATION): the run would take " + Math.round(turn) + " s, the most is 80");
  }

  private static InetSocketAddress address(String text) {
    Matcher matcher = ADDRESS.matcher(text);
    BenchOptions.require(matcher.matches() && Integer.parseInt(matcher.group(2)) < 1 << 16, "--redis must be like 127.0.0.1:6379, but was \"" + text + "\"");
    return new InetSocketAddress(matcher.group(1), Integer.parseInt(matcher.group(2)));
  }

  private static Duration millis(double seconds) {
    return Duration.ofMillis(Math.round(seconds * 1000));
  }
}
