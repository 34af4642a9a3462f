package dev.roost.ptt;

import dev.roost.cluster.Redis;
import dev.roost.core.Loop;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * The channels that this server hears. Users come and go by the thousand when a network does, so changes are collected: one step is under way at a time, and what changes meanwhile goes together into the next one. On one loop.
 */
final class RedisInterests {
  private final Loop loop;
  private final Redis redis;
  private final Redis.ChannelListener listener;
  private final Consumer<List<String>> heard;
  private final Set<String> wanted = new HashSet<>();
  /** Those that Redis was told of; what it could not be told, the connection tells it when there is one again. */
  private final Set<String> told = new HashSet<>();
  /** Those of which Redis is yet to be told something. */
  private Set<String> changed = new HashSet<>();
  /** Those of which it is being told. */
  private Set<String> moving = Set.of();
  private final List<Waiting> waiting = new ArrayList<>();
  private boolean isScheduled;

  /**
   * @param listener hears the channels, on a thread of the library
   * @param heard hears of channels that are heard from now on; on the loop
   */
  RedisInterests(Loop loop, Redis redis, Redis.ChannelListener listener, Consumer<List<String>> heard) {
    this.loop = loop;
    this.redis = redis;
    this.listener = listener;
    this.heard = heard;
  }

  void add(String channel) {
    if (wanted.add(channel)) {
      change(channel);
    }
  }

  void remove(String channel) {
    if (wanted.remove(channel)) {
      change(channel);
    }
  }

  boolean has(String channel) {
    return wanted.contains(channel);
  }

  /** All that are wanted; a copy. */
  List<String> all() {
    return List.copyOf(wanted);
  }

  /** Runs a task when nothing is under way that concerns the channel, which may be now. */
  void whenSettled(String channel, Runnable task) {
    whenSettled(() -> !changed.contains(channel) && !moving.contains(channel), task);
  }

  /** Runs a task when nothing is under way, which may be now. */
  void whenSettled(Runnable task) {
    whenSettled(() -> changed.isEmpty() && moving.isEmpty(), task);
  }

  private void whenSettled(BooleanSupplier isSettled, Runnable task) {
    if (isSettled.getAsBoolean()) {
      task.run();
    } else {
      waiting.add(new Waiting(isSettled, task));
    }
  }

  private void change(String channel) {
    changed.add(channel);
    schedule();
  }

  /** At the end of what the loop does now, so that what it does in one go is one step. */
  private void schedule() {
    if (!isScheduled && moving.isEmpty() && !changed.isEmpty()) {
      isScheduled = true;
      loop.execute(this::tell);
    }
  }

  private void tell() {
    isScheduled = false;
    moving = changed;
    changed = new HashSet<>();
    List<String> added = moving.stream().filter(channel -> wanted.contains(channel) && told.add(channel)).toList();
    List<String> removed = moving.stream().filter(channel -> !wanted.contains(channel) && told.remove(channel)).toList();
    CompletionStage<Boolean> isHeard = redis.subscribe(added, listener).handle((_, failure) -> failure == null);
    CompletionStage<Boolean> isForgotten = redis.unsubscribe(removed, listener).handle((_, failure) -> failure == null);
    isHeard.thenAcceptBoth(isForgotten, (isAddedHeard, _) -> loop.execute(() -> done(isAddedHeard ? added : List.of())));
  }

  private void done(List<String> channels) {
    moving = Set.of();
    schedule();
    if (!channels.isEmpty()) {
      heard.accept(channels);
    }
    List<Waiting> settled = waiting.stream().filter(one -> one.isSettled.getAsBoolean()).toList();
    waiting.removeAll(settled);
    settled.forEach(one -> one.task.run());
  }

  private record Waiting(BooleanSupplier isSettled, Runnable task) {}
}
