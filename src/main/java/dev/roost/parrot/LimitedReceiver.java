package dev.roost.parrot;

import dev.roost.core.CloseReason;
import dev.roost.core.Connection;
import dev.roost.core.OncePer;
import dev.roost.core.RateLimit;
import dev.roost.transport.Receiver;
import dev.roost.transport.Utf8;
import java.time.Duration;

/** What all connections of Parrot have in common: the message rate, and that answers to faults are rare. On the loop of the socket. */
abstract class LimitedReceiver implements Receiver {
  private static final Duration ANSWER_INTERVAL = Duration.ofSeconds(1);

  private final ParrotSettings settings;
  private Connection connection;
  private RateLimit rate;
  /** Made with the first fault: most clients never commit one. */
  private OncePer faultAnswers;
  private OncePer rateAnswers;

  LimitedReceiver(ParrotSettings settings) {
    this.settings = settings;
  }

  /** The connection is open. */
  abstract void connected(Connection connection);

  /** A message within the rate, valid UTF-8. */
  abstract void accepted(byte[] json);

  /** A message above the rate was dropped, and it is time to say so. */
  abstract void limited();

  /** Whether this client may be told of a fault now; if so, it counts as told. */
  final boolean mayAnswerFault() {
    if (faultAnswers == null) {
      faultAnswers = new OncePer(ANSWER_INTERVAL);
    }
    return faultAnswers.allow(connection.loop().nanos());
  }

  final Connection connection() {
    return connection;
  }

  @Override
  public final void opened(Connection opened) {
    connection = opened;
    connected(opened);
  }

  @Override
  public final void text(byte[] payload) {
    if (isWithinRate()) {
      accepted(payload);
    }
  }

  /** Section 1: binary frames may hold JSON, too; what is not UTF-8 is as malformed as an empty message. */
  @Override
  public final void binary(byte[] payload) {
    if (isWithinRate()) {
      accepted(Utf8.isValid(payload, 0, payload.length) ? payload : new byte[0]);
    }
  }

  private boolean isWithinRate() {
    long now = connection.loop().nanos();
    if (rate == null) {
      rate = new RateLimit(settings.maxMessagesPerSecond(), 2 * settings.maxMessagesPerSecond(), settings.abuseAfter(), now);
      rateAnswers = new OncePer(ANSWER_INTERVAL);
    }
    return switch (rate.check(now)) {
      case ADMIT -> true;
      case EXCESS -> {
        if (rateAnswers.allow(now)) {
          limited();
        }
        yield false;
      }
      case ABUSE -> {
        connection.close(CloseReason.policy("Too many messages"));
        yield false;
      }
    };
  }
}
