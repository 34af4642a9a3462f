package dev.roost.ptt.auth;

import dev.roost.core.CleanText;
import dev.roost.core.RawJson;
import dev.roost.transport.json.JsonIn;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** What a payload says, whose signature is good. Its numbers and its words are read as the original reads them, which is JavaScript. */
final class Claims implements JsonIn.PropertyReader {
  static final int MAX_ID = 128;
  static final int MAX_CHANNELS = 1_000;

  /** In the order in which they count. */
  private static final List<String> USER_IDS = List.of("uid", "user_id", "TELENET_userId", "userId", "sub", "id");
  private static final Pattern DIGITS = Pattern.compile("-?[1-9]\\d{0," + (MAX_ID - 1) + "}");
  private static final Pattern QUOTES_AROUND = Pattern.compile("^\"+|\"+$");
  /** From here on JavaScript writes an integer with an exponent. */
  private static final double LARGEST_PLAIN = 1e21;
  /** No id: control characters are not allowed in one. */
  private static final String NOBODY = "\0";

  private final Set<String> seen = new HashSet<>();
  private final String[] userIds = new String[USER_IDS.size()];
  private final Set<String> channelIds = new HashSet<>();
  private Optional<String> role = Optional.empty();
  private double notBefore = Double.NEGATIVE_INFINITY;
  private double expires = Double.POSITIVE_INFINITY;
  private String fault = "";

  private Claims() {}

  /**
   * Who a payload speaks of.
   *
   * @return empty if it names nobody, or nobody that can be a user
   * @throws RefusedException if its time is not now, or it says something twice
   */
  static Optional<Identity> identity(byte[] payload, Instant now) throws RefusedException {
    Claims claims = new Claims();
    if (JsonIn.readObject(payload, claims)) {
      claims.checkTime(now);
      return claims.userId().map(userId -> new Identity(userId, Identity.Role.of(claims.role), claims.channelIds));
    }
    return plainText(payload).filter(Claims::isUserId).map(userId -> new Identity(userId, Identity.Role.MOBILE, Set.of()));
  }

  /** Nested values are passed over. */
  @Override
  public void read(String name, JsonIn value) {
    if (!seen.add(name)) {
      fault = "a claim comes twice";
    }
    switch (name) {
      case "exp" -> expires = seconds(value);
      case "nbf" -> notBefore = seconds(value);
      case "role" -> role = value.text();
      case "channelIds" -> JsonIn.readList(value.raw(), this::readChannel);
      default -> {
        int index = USER_IDS.indexOf(name);
        if (index >= 0) {
          userIds[index] = idText(value);
        }
      }
    }
  }

  private void readChannel(JsonIn value) {
    String id = idText(value);
    if (isUserId(id) && channelIds.size() < MAX_CHANNELS) {
      channelIds.add(id);
    }
  }

  /** RFC 7519, section 4.1.4 and 4.1.5: a NumericDate may have a fraction; {@code exp} is the first moment at which the token is not good any more. */
  private void checkTime(Instant now) throws RefusedException {
    if (!fault.isEmpty()) {
      throw new RefusedException(fault);
    }
    double seconds = now.toEpochMilli() / 1_000.0;
    if (seconds >= expires) {
      throw new RefusedException("it has expired");
    }
    if (seconds < notBefore) {
      throw new RefusedException("it is not valid yet");
    }
  }

  /** A claim that is there and is no number makes the token bad; so does one that is no number of Java's. */
  private double seconds(JsonIn value) {
    double seconds = value.number().orElse(Double.NaN);
    if (!Double.isFinite(seconds)) {
      fault = "its exp or nbf is no number";
    }
    return seconds;
  }

  private Optional<String> userId() {
    for (String id : userIds) {
      if (id != null && !id.isEmpty()) {
        return Optional.of(id).filter(Claims::isUserId);
      }
    }
    return Optional.empty();
  }

  /**
   * A claim as an id: a text, or an integer, written without exponent and fraction. The original takes the first claim that is true in the sense of JavaScript, so null, false, 0 and an empty text are as good
   * as absent (empty); anything else is there but can be nobody (a control character).
   */
  private static String idText(JsonIn value) {
    if (value.isText()) {
      return value.text().orElseThrow();
    }
    if (value.isNumber()) {
      return integerText(value);
    }
    return value.isNull() || value.isBoolean() && !value.isTrue() ? "" : NOBODY;
  }

  private static String integerText(JsonIn value) {
    double number = value.number().orElseThrow();
    if (number == 0) {
      return "";
    }
    RawJson raw = value.raw();
    String written = new String(raw.bytes(), raw.from(), raw.length(), StandardCharsets.US_ASCII);
    if (DIGITS.matcher(written).matches()) {
      // More exact than JavaScript, for which two of these could be one.
      return written;
    }
    return number == Math.rint(number) && Math.abs(number) < LARGEST_PLAIN ? new BigDecimal(number).toPlainString() : NOBODY;
  }

  /**
   * A payload that is no object: a JSON string, an integer, or a text that is no JSON, which some libraries sign as it is; the original takes all of them. What begins like an object or a list and is damaged
   * names nobody.
   */
  private static Optional<String> plainText(byte[] payload) {
    return switch (JsonIn.kind(payload)) {
      case OTHER -> {
        String[] text = {NOBODY};
        JsonIn.readValue(new RawJson(payload, 0, payload.length), value -> text[0] = idText(value));
        yield Optional.of(withoutQuotes(text[0]));
      }
      case MALFORMED -> utf8(payload).filter(text -> !text.startsWith("{") && !text.startsWith("[")).map(Claims::withoutQuotes);
      case OBJECT, NULL -> Optional.empty();
    };
  }

  private static Optional<String> utf8(byte[] bytes) {
    try {
      return Optional.of(StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString().strip());
    } catch (CharacterCodingException e) {
      return Optional.empty();
    }
  }

  private static String withoutQuotes(String text) {
    return QUOTES_AROUND.matcher(text).replaceAll("");
  }

  private static boolean isUserId(String id) {
    return CleanText.isId(id, MAX_ID);
  }
}
