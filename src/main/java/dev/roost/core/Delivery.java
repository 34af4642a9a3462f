package dev.roost.core;

import java.util.Objects;

/**
 * What may happen to a frame while it waits for a slow client.
 *
 * <ul>
 *   <li>{@link #RELIABLE}: kept. If it cannot be kept within the bound, the connection is closed.
 *   <li>{@link #latest}: a newer frame of the same key replaces it while it waits. The newest one is never dropped.
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

  private Delivery(Kind kind, String key) {
    this.kind = kind;
    this.key = key;
  }

  /** The newest frame of {@code key} replaces the one that waits. */
  public static Delivery latest(String key) {
    return new Delivery(Kind.LATEST, Objects.requireNonNull(key));
  }

  public Kind kind() {
    return kind;
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
