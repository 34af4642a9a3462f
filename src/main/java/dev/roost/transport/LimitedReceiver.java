package dev.roost.transport;

import dev.roost.core.CloseReason;
import dev.roost.core.Connection;
import dev.roost.core.OncePer;
import dev.roost.core.RateLimit;
import java.time.Duration;

/** A receiver with a message rate; who stays above it is closed with 1008. On the loop of the socket. */
public abstract class LimitedReceiver implements Receiver {
  private static final Duration ANSWER_INTERVAL = Duration.ofSeconds(1);

  private final Rate limits;
  private Connection connection;
  private RateLimit rate;
  /** Made with the first fault: most clients never commit one. */
  private OncePer faultAnswers;
  private OncePer rateAnswers;

  /**
   * How much a client may send.
   *
   * @param perSecond messages a second, sustained
   * @param burst messages that may come at once
   * @param abuseAfter above it for so long without a pause of a second: the connection is closed
   */
  public record Rate(int perSecond, int burst, Duration abuseAfter) {}

  protected LimitedReceiver(Rate limits) {
    this.limits = limits;
  }

  /** The connection is open. */
  protected abstract void connected(Connection connection);

  /** A message within the rate, valid UTF-8; the array belongs to the receiver. What came in a binary frame and is not UTF-8 is an empty message. */
  protected abstract void accepted(byte[] json);

  /** A message above the rate was dropped, and it is time to say so. */
  protected abstract void limited();

  /** Whether this client may be told of a fault now; if so, it counts as told. */
  protected final boolean mayAnswerFault() {
    if (faultAnswers == null) {
      faultAnswers = new OncePer(ANSWER_INTERVAL);
    }
    return faultAnswers.allow(connection.loop().nanos());
  }

  protected final Connection connection() {
    return connection;
  }

  @Override
  public final void opened(Connection opened) {
    connection = opened;
    connected(opened);
  }

  @Override
  public void text(byte[] payload) {
    if (isWithinRate()) {
      accepted(payload);
    }
  }

  /** Contracts allow JSON in binary frames, too; what is not UTF-8 is as malformed as an empty message. */
  @Override
  public void binary(byte[] payload) {
    if (isWithinRate()) {
      accepted(Utf8.isValid(payload, 0, payload.length) ? payload : new byte[0]);
    }
  }

  /** Counts one message; whether it is within the rate. */
  protected final boolean isWithinRate() {
    long now = connection.loop().nanos();
    if (rate == null) {
      rate = new RateLimit(limits.perSecond(), limits.burst(), limits.abuseAfter(), now);
    }
    return switch (rate.check(now)) {
      case ADMIT -> true;
      case EXCESS -> {
        if (rateAnswers == null) {
          rateAnswers = new OncePer(ANSWER_INTERVAL);
        }
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
