package dev.roost.core;

import java.util.Objects;

/**
 * What may happen to a frame while it waits for a slow client.
 *
 * <ul>
 *   <li>{@link #RELIABLE}: kept. If it cannot be kept within the bound, the connection is closed.
 *   <li>{@link #latest} and {@link #latestAtEnd}: a newer frame of the same key replaces it while it waits. The newest one is never dropped.
 *   <li>{@link #DROPPABLE}: when the queue is full, the oldest one goes first.
 * </ul>
 *
 * <p>The last two are ephemeral: they may also wait some milliseconds for company (the flush window).
 */
public final class Delivery {

  /** The three classes, as they are counted. */
  public enum Kind { RELIABLE, LATEST, DROPPABLE }

  public static final Delivery RELIABLE = new Delivery(Kind.RELIABLE, "");
  public static final Delivery DROPPABLE = new Delivery(Kind.DROPPABLE, "");

  private final Kind kind;
  private final String key;
  private final boolean atEnd;

  private Delivery(Kind kind, String key) {
    this(kind, key, false);
  }

  private Delivery(Kind kind, String key, boolean atEnd) {
    this.kind = kind;
    this.key = key;
    this.atEnd = atEnd;
  }

  /** The newest frame of {@code key} replaces the one that waits. */
  public static Delivery latest(String key) {
    return new Delivery(Kind.LATEST, Objects.requireNonNull(key));
  }

  /** The same, but the newest frame waits behind all others, and not in the place of the one that it replaces: for what the frames in between must not be overtaken by. */
  public static Delivery latestAtEnd(String key) {
    return new Delivery(Kind.LATEST, Objects.requireNonNull(key), true);
  }

  public Kind kind() {
    return kind;
  }

  boolean isAtEnd() {
    return atEnd;
  }

  boolean sameKey(Delivery other) {
    return this == other || key.equals(other.key);
  }

  /** Whether a few milliseconds of waiting do no harm. */
  public boolean isEphemeral() {
    return kind != Kind.RELIABLE;
  }

  @Override
  public String toString() {
    return kind == Kind.LATEST ? "LATEST(" + key + ")" : kind.name();
  }
}
