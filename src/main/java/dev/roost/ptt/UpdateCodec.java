package dev.roost.ptt;

import dev.roost.core.CleanText;
import dev.roost.transport.json.JsonIn;
import dev.roost.transport.json.JsonOut;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.OptionalLong;

/** The Update JSON of section 2.7, as servers of every kind publish it. */
final class UpdateCodec {
  /** Far above any Update; what is longer is something else. */
  private static final int MAX_BYTES = 16_384;
  private static final int MAX_USER_ID = 128;
  private static final int MAX_TEXT = 4096;
  /** The last millisecond that a date of JavaScript can name. */
  private static final double LAST_MILLIS = 8.64e15;

  private UpdateCodec() {}

  /**
   * An update as it was published.
   *
   * @param timestamp ms since 1970, if the publisher said one
   */
  record Published(String userId, boolean isOnline, OptionalLong timestamp, OptionalLong lastSeen, Optional<String> deviceId, Optional<String> role) {

    Update toUpdate(long nowMillis, long receivedNanos) {
      long time = timestamp.orElse(nowMillis);
      return new Update(userId, isOnline, time, lastSeen.orElse(time), deviceId, role, receivedNanos);
    }
  }

  static byte[] write(String userId, boolean isOnline, long timestamp, long lastSeen, Optional<String> deviceId, Optional<String> role) {
    JsonOut json = new JsonOut().put("type", "presence_update").put("userId", userId).put("status", isOnline ? "online" : "offline").put("timestamp", timestamp).put("lastSeen", lastSeen);
    deviceId.ifPresent(device -> json.put("deviceId", device));
    role.ifPresent(name -> json.put("role", name));
    return json.toText().getBytes(StandardCharsets.UTF_8);
  }

  /** Only the user and the status must be there; what is not understood is left out, and empty if that is one of these two. */
  static Optional<Published> read(byte[] message) {
    if (message.length > MAX_BYTES) {
      return Optional.empty();
    }
    Fields fields = new Fields();
    return JsonIn.readObject(message, fields) ? fields.published() : Optional.empty();
  }

  private static boolean isWhole(String number) {
    return number.chars().allMatch(c -> c == '-' || c >= '0' && c <= '9');
  }

  private static final class Fields implements JsonIn.PropertyReader {
    private Optional<String> userId = Optional.empty();
    private Optional<String> status = Optional.empty();
    private OptionalLong timestamp = OptionalLong.empty();
    private OptionalLong lastSeen = OptionalLong.empty();
    private Optional<String> deviceId = Optional.empty();
    private Optional<String> role = Optional.empty();

    @Override
    public void read(String name, JsonIn value) {
      switch (name) {
        case "userId" -> userId = id(value);
        case "status" -> status = value.text();
        case "timestamp" -> timestamp = millis(value);
        case "lastSeen" -> lastSeen = millis(value);
        case "deviceId" -> deviceId = text(value, MAX_TEXT);
        case "role" -> role = text(value, MAX_TEXT);
        default -> {
          // Others may say more.
        }
      }
    }

    Optional<Published> published() {
      boolean isOnline = status.filter("online"::equals).isPresent();
      boolean isOffline = status.filter("offline"::equals).isPresent();
      return userId.filter(_ -> isOnline || isOffline).map(user -> new Published(user, isOnline, timestamp, lastSeen, deviceId, role));
    }

    /** A whole number is the same id as its text: servers in Node write what the claim was. */
    private static Optional<String> id(JsonIn value) {
      Optional<String> id = value.isNumber() ? Optional.of(value.raw().toString()).filter(UpdateCodec::isWhole) : value.text();
      return id.filter(text -> CleanText.isId(text, MAX_USER_ID));
    }

    private static Optional<String> text(JsonIn value, int most) {
      return value.text().filter(text -> CleanText.isId(text, most));
    }

    private static OptionalLong millis(JsonIn value) {
      double number = value.number().orElse(0);
      return number >= 1 && number <= LAST_MILLIS ? OptionalLong.of((long) number) : OptionalLong.empty();
    }
  }
}
