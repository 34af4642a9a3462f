package dev.roost.bench;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.HdrHistogram.Histogram;

/** One run from the first connection to the result. One thread calls {@link #go}; {@link #stop} may come from any. */
final class Run {
  private static final long BEGIN_AFTER_NANOS = 100_000_000;
  /** How far ahead a boundary between parts is set, so that no loop is beyond it when it hears of it. */
  private static final long AHEAD_NANOS = 20_000_000;
  private static final long LOOK_MILLIS = 5;
  private static final long SILENCE_NANOS = 2_000_000_000L;
  private static final long DRAIN_LIMIT_NANOS = 30_000_000_000L;
  private static final double SHORTEST_STORM_SECONDS = 1;
  private static final int WARM_UP_CONNECTIONS = 200;
  /** With fewer, the server's own ups and downs are larger than what connections take. */
  private static final int ENOUGH_FOR_MEMORY = 500;

  private final Plan plan;
  private final Consumer<String> progress;
  private final Timeline timeline = new Timeline();
  private volatile boolean stopped;

  private Network network;
  private List<LoadLoop> loops;
  private List<Clocks.LoopThread> threads;
  private Flow flow;
  private Opener opener;
  private Optional<Onlookers> onlookers = Optional.empty();
  private List<SteadyPacer> pacers = List.of();
  private final List<Opener.Opened.Connected> connected = new ArrayList<>();

  /** @param progress gets a line about every second */
  Run(Plan plan, Consumer<String> progress) {
    this.plan = plan;
    this.progress = progress;
  }

  /** Ends the load early; {@link #go} then returns what there is. */
  void stop() {
    stopped = true;
  }

  /** Runs; throws BenchException if it cannot. */
  Result go() throws InterruptedException {
    Optional<Floor> floor = plan.floor() && plan.shape().allSenders() > 0 ? Optional.of(Floor.measure(Frames.wireLength(messageBytes()))) : Optional.empty();
    try (Network opened = new Network(plan)) {
      network = opened;
      Limits.check(plan, network);
      int run = ThreadLocalRandom.current().nextInt(1 << 24);
      Marker marker = new Marker(run);
      String name = "%06x".formatted(run);
      loops = network.loops().stream().map(eventLoop -> new LoadLoop(eventLoop, plan, timeline, marker, SenderName.of(plan, name))).toList();
      flow = new Flow(loops, plan.shape().allSenders(), plan.hearers());
      threads = onLoops(loop -> new Clocks.LoopThread(Thread.currentThread().threadId(), Thread.currentThread().getName()));
      opener = new Opener(network, plan, name, () -> stopped);
      onlookers = plan.watching().map(watching -> new Onlookers(plan, watching, name, timeline));
      return switch (plan.preset()) {
        case IDLE -> idle();
        case PRESENCE -> presence(plan.watching().orElseThrow(), onlookers.orElseThrow(), new Opener(network, plan, name, () -> stopped));
        case SNAPSHOT -> snapshot(plan.watching().orElseThrow(), name, floor);
        case FANOUT, ROOMS, MESH, STORM, PTT, SOCKETIO -> load(floor);
      };
    }
  }

  private int messageBytes() {
    return plan.shape().allSenders() == 0 ? 0 : plan.message().message(new Template.Speaker("000000", 0, 0), plan.pace().bytes()).bytes().length;
  }

  private Result idle() throws InterruptedException {
    Optional<MemoryWatch> memory = warmUpConnections();
    Opener.Opened crowd = opener.open(Seats.crowd(plan, 0), loops);
    connected.addAll(crowd.clients());
    requireSome(crowd);
    Clocks before = clocks();
    waitUntil(timeline.now() + (long) (plan.pace().seconds() * 1e9), "holding");
    Clocks after = clocks();
    Optional<Result.Memory> used = memory.isPresent() ? Optional.of(memory.get().withConnections(connected.size())) : Optional.empty();
    Result.Tool tool = Verdict.of(plan, before, after, Tally.nanosHistogram());
    return result(Optional.empty(), Optional.empty(), Optional.of(crowd.result()), List.of(), tool, Verdict.server(plan, before, after, used));
  }

  /** Mobiles first, so that the watchers find them; then everything at its pace. */
  private Result presence(Watching watching, Onlookers seeing, Opener forVisitors) throws InterruptedException {
    Optional<MemoryWatch> memory = warmUpConnections();
    Opener.Opened mobiles = open(Seats.measured(plan));
    Optional<Result.Memory> used = memory.isPresent() ? Optional.of(memory.get().withConnections(connected.size())) : Optional.empty();
    Opener.Opened watchers = open(seeing.seats());
    ServerMetrics metrics = new ServerMetrics(plan.receivers().target());
    OptionalLong acceptedBefore = metrics.heartbeats();
    Schedule schedule = schedule();
    Visitors visitors = new Visitors(watching, loops.getFirst(), forVisitors, seeing.comings());
    startSending(schedule);
    visitors.start(schedule.begin());
    waitUntil(timeline.measuredFrom(), "warming up");
    Optional<RedisReading> redisBefore = watching.redis().map(address -> RedisReading.take(address, timeline));
    Clocks before = clocks();
    waitUntil(timeline.end(), "measuring");
    timeline.endAt(Math.min(timeline.end(), timeline.now() + AHEAD_NANOS));
    Clocks after = clocks();
    Optional<RedisUse> redis = redisBefore.map(reading -> reading.until(RedisReading.take(watching.redis().orElseThrow(), timeline)));
    drain();
    OptionalLong accepted = settle(watching, visitors, metrics, acceptedBefore);
    Result.Tool tool = Verdict.of(plan, before, after, sendLag());
    Result result = result(Optional.empty(), Optional.of(mobiles.result()), Optional.of(watchers.result()), parts(false), tool,
        Verdict.server(plan, before, after, used));
    return result.with(new Result.Presence(seeing.seen(), seeing.changes(), flow.sent(), accepted, redis, visitors.failed()));
  }

  /** Waits until all visitors have gone, what is on its way to the watchers has come, and the server has counted all heartbeats; what it has counted. */
  private OptionalLong settle(Watching watching, Visitors visitors, ServerMetrics metrics, OptionalLong before) throws InterruptedException {
    long limit = timeline.now() + watching.stay().toNanos() + SILENCE_NANOS;
    while (visitors.present() > 0 && timeline.now() < limit) {
      Thread.sleep(LOOK_MILLIS);
    }
    long quiet = timeline.now() + SILENCE_NANOS;
    waitUntil(quiet, "waiting for the last updates");
    OptionalLong after = metrics.heartbeats();
    return before.isPresent() && after.isPresent() ? OptionalLong.of(after.getAsLong() - before.getAsLong()) : OptionalLong.empty();
  }

  private Result snapshot(Watching watching, String name, Optional<Floor> floor) throws InterruptedException {
    try (OnlineUsers users = watching.redis().isPresent() ? new OnlineUsers(watching.redis().get(), name, watching.online()) : OnlineUsers.NOBODY) {
      users.come();
      if (watching.redis().isEmpty()) {
        open(Seats.online(watching));
      }
      Result result = load(floor);
      return result.with(new Result.Presence(onlookers.orElseThrow().seen(), 0, 0, OptionalLong.empty(), Optional.empty(), 0));
    }
  }

  private Opener.Opened open(List<Seat> seats) throws InterruptedException {
    Opener.Opened opened = opener.open(seats, loops);
    connected.addAll(opened.clients());
    requireAll(opened);
    return opened;
  }

  /** When everything begins, which is very soon; the other times follow from it. */
  private Schedule schedule() {
    long begin = timeline.now() + BEGIN_AFTER_NANOS;
    long measuredFrom = begin + (long) (plan.pace().warmUpSeconds() * 1e9);
    timeline.measureFrom(measuredFrom);
    if (!plan.preset().hasLateCrowd()) {
      timeline.endAt(measuredFrom + (long) (plan.pace().seconds() * 1e9));
    }
    Schedule schedule = Schedule.of(plan.pace(), begin);
    timeline.follow(schedule);
    return schedule;
  }

  private Result load(Optional<Floor> floor) throws InterruptedException {
    Optional<MemoryWatch> memory = warmUpConnections();
    // In a storm the crowd has loops of its own: the tool's work for it should not show as latency of the others.
    boolean isApart = plan.preset().hasLateCrowd() && loops.size() > 1;
    List<LoadLoop> forGroup = isApart ? loops.subList(0, loops.size() - 1) : loops;
    List<LoadLoop> forCrowd = isApart ? loops.subList(loops.size() - 1, loops.size()) : loops;
    Opener.Opened group = opener.open(Seats.measured(plan), forGroup);
    connected.addAll(group.clients());
    requireAll(group);
    Optional<Result.Memory> used = memory.isPresent() ? Optional.of(memory.get().withConnections(connected.size())) : Optional.empty();

    startSending(schedule());
    waitUntil(timeline.measuredFrom(), "warming up");
    Clocks before = clocks();
    waitUntil(timeline.measuredFrom() + (long) (plan.pace().seconds() * 1e9), "measuring");
    Optional<Result.Opening> crowd = plan.preset().hasLateCrowd() && !stopped ? Optional.of(storm(forCrowd)) : Optional.empty();
    timeline.endAt(Math.min(timeline.end(), timeline.now() + AHEAD_NANOS));
    Clocks after = drain();
    Result.Tool tool = Verdict.of(plan, before, after, sendLag());
    return result(floor, Optional.of(group.result()), crowd, parts(crowd.isPresent()), tool, Verdict.server(plan, before, after, used));
  }

  private Result.Opening storm(List<LoadLoop> forCrowd) throws InterruptedException {
    long from = timeline.now() + AHEAD_NANOS;
    timeline.stormFrom(from);
    waitUntil(from, "storm");
    Opener.Opened crowd = onlookers.isPresent() ? opener.open(onlookers.get().seats(), forCrowd, plan.watching().orElseThrow().spacing())
        : opener.open(Seats.crowd(plan, plan.shape().rooms()), forCrowd);
    connected.addAll(crowd.clients());
    waitUntil(from + (long) (SHORTEST_STORM_SECONDS * 1e9), "storm");
    return crowd.result();
  }

  private void startSending(Schedule schedule) throws InterruptedException {
    List<SteadyPacer> made = new ArrayList<>();
    onLoops(loop -> {
      List<Client> senders = connected.stream().filter(connection -> connection.loop() == loop).map(Opener.Opened.Connected::client)
          .filter(client -> client.seat().sends()).sorted(Comparator.comparingInt(client -> client.seat().sender())).toList();
      if (plan.pace().saturates()) {
        FloodPacer pacer = new FloodPacer(loop, senders, flow, plan.pace().window());
        loop.pace(pacer);
        pacer.start();
      } else {
        SteadyPacer pacer = new SteadyPacer(loop, senders, plan.shape().allSenders(), schedule);
        made.add(pacer);
        loop.pace(pacer);
        pacer.start();
      }
      return loop;
    });
    pacers = made;
  }

  /** Waits until everything has come, or nothing more does; the clocks as they were at the last delivery. */
  private Clocks drain() throws InterruptedException {
    while (timeline.now() < timeline.end()) {
      Thread.sleep(LOOK_MILLIS);
    }
    // A loop that is late may have something to send that was due before the end; without it nothing would be outstanding.
    onLoops(loop -> {
      loop.sendDue();
      return loop;
    });
    long begin = timeline.now();
    Clocks last = clocks();
    long changed = begin;
    while (flow.outstanding() > 0 && timeline.now() - changed < SILENCE_NANOS && timeline.now() - begin < DRAIN_LIMIT_NANOS) {
      Thread.sleep(LOOK_MILLIS);
      if (flow.delivered() != last.delivered()) {
        last = clocks();
        changed = timeline.now();
      }
    }
    return last;
  }

  private void waitUntil(long time, String what) throws InterruptedException {
    long shownAt = timeline.now();
    long shown = flow.delivered();
    while (!stopped && timeline.now() < time) {
      Thread.sleep(Math.clamp((time - timeline.now()) / 1_000_000, 1, LOOK_MILLIS * 4));
      long now = timeline.now();
      if (now - shownAt >= 1_000_000_000L) {
        long delivered = flow.delivered();
        long worst = plan.shape().allSenders() == 0 ? 0 : onLoops(LoadLoop::takeWorst).stream().mapToLong(Long::longValue).max().orElse(0);
        progress.accept("%s: %,d connections, %,.0f deliveries/s, slowest %.1f ms".formatted(what, connected.size(),
            (delivered - shown) * 1e9 / (now - shownAt), worst / 1e6));
        shownAt = now;
        shown = delivered;
      }
    }
  }

  private List<Result.Part> parts(boolean stormy) throws InterruptedException {
    List<Result.Part> parts = new ArrayList<>();
    long end = Math.max(timeline.end(), loops.stream().mapToLong(LoadLoop::lastDeliveryAt).max().orElse(0));
    if (timeline.end() > timeline.measuredFrom()) {
      parts.add(part(stormy ? "before the " + stormName() : "measured", Timeline.MEASURED, timeline.measuredFrom(), stormy ? timeline.stormFrom() : end));
    }
    if (stormy) {
      parts.add(part("in the " + stormName(), Timeline.STORM, timeline.stormFrom(), end));
    }
    return parts;
  }

  private String stormName() {
    return plan.preset() == Preset.SNAPSHOT ? "snapshots" : "storm";
  }

  private Result.Part part(String name, int index, long from, long to) throws InterruptedException {
    Tally sum = new Tally();
    onLoops(loop -> {
      // One loop after the other, so no lock is needed.
      sum.add(loop.tally(index));
      return loop;
    });
    long due = 0;
    long last = Math.min(timeline.end(), index == Timeline.MEASURED ? timeline.stormFrom() : Long.MAX_VALUE);
    for (SteadyPacer pacer : pacers) {
      due += pacer.scheduled(from, last);
    }
    return new Result.Part(name, (to - from) / 1e9, pacers.isEmpty() ? 0 : due - sum.sent, sum.sent * plan.hearers(), sum);
  }

  private Histogram sendLag() throws InterruptedException {
    Histogram sum = Tally.nanosHistogram();
    onLoops(loop -> {
      sum.add(loop.tally(Timeline.MEASURED).sendLag);
      sum.add(loop.tally(Timeline.STORM).sendLag);
      return loop;
    });
    return sum;
  }

  private Result result(Optional<Floor> floor, Optional<Result.Opening> group, Optional<Result.Opening> crowd, List<Result.Part> parts, Result.Tool tool,
      Optional<Result.Server> server) throws InterruptedException {
    LoadLoop.Oddities oddities = onLoops(LoadLoop::oddities).stream().reduce(LoadLoop.Oddities::plus).orElseThrow();
    // Watchers first: that the others go is no news of the run.
    leave(client -> client.seat().ear() != Ear.NONE);
    leave(client -> true);
    return new Result(plan, messageBytes(), floor, group, crowd, parts, tool, server, oddities, Optional.empty(), stopped);
  }

  private void leave(Predicate<Client> which) throws InterruptedException {
    onLoops(loop -> {
      loop.closing(true);
      connected.stream().filter(connection -> connection.loop() == loop).map(Opener.Opened.Connected::client).filter(which).forEach(Client::leave);
      return loop;
    });
  }

  /** Opens and closes a few connections: what the first of all cost the tool and the server, classes and buffers, is not the connections' own. */
  private Optional<MemoryWatch> warmUpConnections() throws InterruptedException {
    List<Seat> few = IntStream.range(0, Math.min(WARM_UP_CONNECTIONS, plan.connections())).mapToObj(i -> Seats.warmUp(plan, i)).toList();
    Opener.Opened warm = opener.open(few, loops);
    requireSome(warm);
    onLoops(loop -> {
      loop.closing(true);
      warm.clients().stream().filter(connection -> connection.loop() == loop).forEach(connection -> connection.client().leave());
      loop.closing(false);
      return loop;
    });
    return plan.pid().isPresent() && !plan.preset().hasLateCrowd() && plan.connections() >= ENOUGH_FOR_MEMORY
        ? Optional.of(MemoryWatch.begin(plan.pid().getAsLong())) : Optional.empty();
  }

  private void requireAll(Opener.Opened opened) {
    Result.Opening result = opened.result();
    if (!stopped && result.opened() < result.wanted()) {
      throw new BenchException("only %d of %d connections to %s could be opened; the first failure: %s"
          .formatted(result.opened(), result.wanted(), plan.receivers().target().origin(), result.firstFailure()));
    }
  }

  private void requireSome(Opener.Opened opened) {
    Result.Opening result = opened.result();
    if (!stopped && result.opened() == 0) {
      throw new BenchException("no connection to %s could be opened; the first failure: %s".formatted(plan.receivers().target().origin(), result.firstFailure()));
    }
  }

  private Clocks clocks() {
    return Clocks.read(plan, timeline, flow, threads);
  }

  /** Asks each loop on its own thread, one after the other. */
  private <T> List<T> onLoops(Function<LoadLoop, T> question) throws InterruptedException {
    List<T> answers = new ArrayList<>();
    for (LoadLoop loop : loops) {
      CompletableFuture<T> answer = new CompletableFuture<>();
      loop.eventLoop().execute(() -> {
        try {
          answer.complete(question.apply(loop));
        } catch (RuntimeException e) {
          answer.completeExceptionally(e);
        }
      });
      answers.add(answer.join());
    }
    return answers;
  }
}
