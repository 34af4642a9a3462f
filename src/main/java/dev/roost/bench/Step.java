package dev.roost.bench;

/** One step of what a connection does before it counts as ready. */
sealed interface Step {
  /** Sends a text. */
  record Say(Template text) implements Step {}

  /** Goes on when a message has come that contains the text; it may have come before. */
  record Await(String text) implements Step {}
}
