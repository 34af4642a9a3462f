package dev.roost.ptt;

import dev.roost.core.CleanText;
import dev.roost.core.CloseReason;
import dev.roost.core.Connection;
import dev.roost.core.ByteBudget;
import dev.roost.ptt.PttMessages.Ignored;
import dev.roost.ptt.PttMessages.Inbound;
import dev.roost.ptt.PttMessages.Malformed;
import dev.roost.transport.LimitedReceiver;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A client's connection; what it sends reaches the switchboard's loop as a checked message. */
final class PttReceiver extends LimitedReceiver {
  private static final Logger log = LoggerFactory.getLogger(PttReceiver.class);
  /** 1.4. */
  private static final int MAX_PING_PAYLOAD = 100;
  private static final long MINUTE = Duration.ofMinutes(1).toNanos();

  private final Switchboard switchboard;
  private final Introduction introduction;
  private final String token;
  private final String address;
  private final PttFigures figures;
  private final PttParser parser;
  private final int maxMalformed;
  private final PttSettings settings;
  private ByteBudget budget;
  private Client client;
  /** When the last malformed messages came, as many as are allowed; made with the first. */
  private long[] malformed;
  private int malformedCount;

  /**
   * @param token names the connection on all servers
   * @param address where it comes from, for the log
   */
  PttReceiver(Switchboard switchboard, Introduction introduction, String token, String address, Rate rate, PttSettings settings, PttFigures figures) {
    super(rate);
    this.switchboard = switchboard;
    this.introduction = introduction;
    this.token = token;
    this.address = address;
    this.figures = figures;
    parser = new PttParser(introduction.userId(), introduction.isWatcher());
    this.settings = settings;
    maxMalformed = settings.maxMalformedPerMinute();
  }

  @Override
  protected void connected(Connection connection) {
    log.debug("PTT: {} connects from {}", CleanText.line(introduction.userId()), address);
    client = new Client(connection, introduction, token);
    onLoop(() -> switchboard.connect(client));
  }

  /** Text is no message here. */
  @Override
  public void text(byte[] payload) {
    if (isWithinRate()) {
      malformed();
    }
  }

  @Override
  public void binary(byte[] payload) {
    if (isWithinRate()) {
      if (isWithinBudget(payload)) {
        accepted(payload);
      } else {
        limited();
      }
    }
  }

  @Override
  protected void accepted(byte[] payload) {
    long forgedBefore = parser.forged();
    Inbound message = parser.parse(payload);
    switch (message) {
      case Malformed no -> malformed();
      case Ignored no -> figures.ignored.increment();
      default -> {
        figures.forged.add(parser.forged() - forgedBefore);
        hand(message, payload.length);
      }
    }
  }

  /** Audio costs little and is dropped where somebody is slow; the rest costs more to read, and fills queues. */
  private boolean isWithinBudget(byte[] payload) {
    if (PttParser.isUsualAudio(payload)) {
      return true;
    }
    long now = connection().loop().nanos();
    if (budget == null) {
      budget = settings.budget(now);
    }
    return budget.take(payload.length, now);
  }

  private void hand(Inbound message, int length) {
    if (switchboard.inFlight().admit(length)) {
      onLoop(() -> switchboard.receive(client, message, length));
    } else {
      limited();
    }
  }

  private void malformed() {
    figures.malformed.increment();
    if (malformed == null) {
      malformed = new long[maxMalformed];
    }
    long now = connection().loop().nanos();
    int slot = malformedCount++ % maxMalformed;
    if (malformedCount > maxMalformed && now - malformed[slot] < MINUTE) {
      connection().close(CloseReason.policy("Too many malformed messages"));
    }
    malformed[slot] = now;
  }

  @Override
  protected void limited() {
    figures.limited.increment();
  }

  @Override
  public byte[] pingPayload() {
    byte[] payload = ("voiceping:" + introduction.userId()).getBytes(StandardCharsets.UTF_8);
    return payload.length <= MAX_PING_PAYLOAD ? payload : Arrays.copyOf(payload, MAX_PING_PAYLOAD);
  }

  @Override
  public void pong() {
    onLoop(() -> switchboard.pong(client));
  }

  @Override
  public void closed(CloseReason reason) {
    log.debug("PTT: {} at {} is gone: {} {}", CleanText.line(introduction.userId()), address, reason.code(), CleanText.line(reason.text()));
    onLoop(() -> switchboard.disconnect(client));
  }

  /** A failure here is a fault of ours: this client's view can no longer be trusted, so it is sent away to begin anew. */
  private void onLoop(Runnable task) {
    switchboard.loop().execute(() -> {
      try {
        task.run();
      } catch (RuntimeException e) {
        log.error("Something that a client of PTT did could not be handled", e);
        connection().close(new CloseReason(1011, "Internal error"));
      }
    });
  }
}
