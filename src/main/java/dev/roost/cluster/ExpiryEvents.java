package dev.roost.cluster;

/** The setting of Redis by which it tells of keys whose time is over: a letter for each kind of event. */
final class ExpiryEvents {
  static final String SETTING = "notify-keyspace-events";

  private ExpiryEvents() {}

  /** What is set, and what is needed: {@code E} for events by their name, {@code x} for those of expiry; {@code A} stands for all kinds, that one among them. */
  static String added(String events) {
    String named = events.indexOf('E') < 0 ? events + "E" : events;
    return named.indexOf('x') < 0 && named.indexOf('A') < 0 ? named + "x" : named;
  }
}
