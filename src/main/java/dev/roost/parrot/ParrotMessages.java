package dev.roost.parrot;

import dev.roost.core.RawJson;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Every message of section 3 of the contract. Texts for people are the codec's business. */
final class ParrotMessages {

  private ParrotMessages() {}

  /** What clients send, checked. */
  sealed interface Inbound {}

  /** 3.1: what users send. */
  sealed interface FromUser extends Inbound {}

  /** Names are cleaned already; wrongly typed fields count as absent. */
  record Handshake(Optional<String> username, Optional<String> deviceId, boolean receiveData) implements FromUser {}

  record Data(DataPoint point) implements FromUser {}

  /** {@code data} without an object; {@code mayAnswer}: whether the sender may be told now. */
  record BadData(boolean mayAnswer) implements FromUser {}

  record RequestSenderRole() implements FromUser {}

  /** 3.3: what dashboards send. */
  sealed interface FromDashboard extends Inbound {}

  record GetStats() implements FromDashboard {}

  record KickUser(Target target) implements FromDashboard {}

  record PromoteUser(Target target) implements FromDashboard {}

  record DemoteUser() implements FromDashboard {}

  /** A message that breaks a rule; what the sender is told. */
  record Malformed(String code, String message) implements FromUser, FromDashboard {}

  /**
   * A user that a dashboard names.
   *
   * @param id the id if it was a string
   * @param raw what was sent, to be echoed
   */
  record Target(Optional<String> id, RawJson raw) {}

  /**
   * One measurement of a phone: the object as it came in and the parts that are sent on apart. A part that is missing, null or of another type is absent.
   *
   * @param objectsDetected absent also if it is an empty list
   */
  record DataPoint(RawJson whole, RawJson id, RawJson orientation, RawJson gps, RawJson motion, RawJson weather, RawJson objectsDetected,
      RawJson colorPalette, RawJson photoBase64, RawJson audioBase64) {

    /** Whether there is something for {@code /bulk}. */
    boolean isBulky() {
      return gps.isPresent() || motion.isPresent() || weather.isPresent() || objectsDetected.isPresent() || colorPalette.isPresent()
          || photoBase64.isPresent() || audioBase64.isPresent();
    }

    /** Bytes that the parts for {@code /bulk} have together. */
    long bulkBytes() {
      return (long) gps.length() + motion.length() + weather.length() + objectsDetected.length() + colorPalette.length() + photoBase64.length()
          + audioBase64.length();
    }
  }

  /** What the server sends. */
  sealed interface Outbound {}

  record ObserverMode(String activeSender) implements Outbound {}

  record Welcome(String clientId, Instant serverTime, Role role, boolean reconnected) implements Outbound {}

  record Promoted() implements Outbound {}

  record Demoted() implements Outbound {}

  record SenderChanged(String activeSender) implements Outbound {}

  /** {@code received} is left out if absent. */
  record Ack(Instant timestamp, RawJson received, String clientId) implements Outbound {}

  record Rejected(Rejection reason) implements Outbound {}

  record Kicked() implements Outbound {}

  record ServerShutdown() implements Outbound {}

  record Fault(String code, String message) implements Outbound {}

  /** {@code user_not_found}, with what the dashboard sent. */
  record UserNotFound(RawJson userId) implements Outbound {}

  /** {@code masked}: for receivers that may not see addresses and devices. */
  record StatsUpdate(Stats stats, boolean masked) implements Outbound {}

  /** {@code ip} is empty for receivers that may not see it. */
  record UserConnected(String userId, String ip) implements Outbound {}

  record UserDisconnected(String userId, long dataCount, boolean wasActiveSender) implements Outbound {}

  record SenderPromoted(String userId, Optional<String> username) implements Outbound {}

  record DataReceived(String userId, long pointNumber) implements Outbound {}

  record ListenerConnected(Instant timestamp) implements Outbound {}

  record SensorData(Instant timestamp, String userId, Optional<String> username, RawJson data) implements Outbound {}

  record OrientationListenerConnected(Instant timestamp) implements Outbound {}

  record OrientationData(Instant timestamp, String userId, Optional<String> username, RawJson orientation) implements Outbound {}

  record BulkListenerConnected(Duration batchInterval, int maxBatchSize, Instant timestamp) implements Outbound {}

  record BulkDataBatch(Instant timestamp, List<BulkItem> items) implements Outbound {}

  record BulkItem(Instant timestamp, String userId, Optional<String> username, DataPoint point) {}

  /** A user's part, as on the wire in lower case. */
  enum Role {
    SENDER, OBSERVER;

    String wire() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** Why something was rejected, as on the wire in lower case; the text holds the keyword of the contract. */
  enum Rejection {
    CAPACITY("The server is at capacity. Please try again later."),
    NOT_ACTIVE_SENDER("You are not the active sender. Data was not accepted."),
    SENDER_ACTIVE("Another sender is active. Please wait."),
    RATE_LIMITED("Rate limit exceeded. Please slow down.");

    final String text;

    Rejection(String text) {
      this.text = text;
    }

    String wire() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** 3.4. */
  record Stats(int activeUsers, int passiveListeners, int orientationListeners, int bulkDataListeners, Optional<String> activeSender, long totalDataPoints,
      long dataRate, int bulkQueueSize, Duration uptime, List<UserStats> users) {}

  record UserStats(String id, Instant connectedAt, long dataCount, Optional<Instant> lastData, Optional<String> username, boolean isActiveSender,
      Optional<String> deviceId, String ip) {}
}
