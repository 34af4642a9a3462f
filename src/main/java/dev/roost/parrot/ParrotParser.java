package dev.roost.parrot;

import dev.roost.core.CleanText;
import dev.roost.core.RawJson;
import dev.roost.parrot.ParrotMessages.BadData;
import dev.roost.parrot.ParrotMessages.Data;
import dev.roost.parrot.ParrotMessages.DataPoint;
import dev.roost.parrot.ParrotMessages.DemoteUser;
import dev.roost.parrot.ParrotMessages.FromDashboard;
import dev.roost.parrot.ParrotMessages.FromUser;
import dev.roost.parrot.ParrotMessages.GetStats;
import dev.roost.parrot.ParrotMessages.Handshake;
import dev.roost.parrot.ParrotMessages.KickUser;
import dev.roost.parrot.ParrotMessages.Malformed;
import dev.roost.parrot.ParrotMessages.PromoteUser;
import dev.roost.parrot.ParrotMessages.RequestSenderRole;
import dev.roost.parrot.ParrotMessages.Target;
import dev.roost.transport.json.JsonIn;
import java.util.Optional;

/**
 * Reads what clients send: sections 3.1 and 3.3 of the contract. One parser reads one message; the order of the keys is free, so everything is noted first. Of a key that
 * comes twice the last counts.
 */
final class ParrotParser {
  private static final int MAX_NAME = 64;
  private static final int MAX_DEVICE_ID = 128;
  private static final Malformed NOT_JSON = new Malformed("bad_message", "A message must be one JSON object");
  private static final Malformed NO_TYPE = new Malformed("bad_message", "A message must have a type, which is a string");

  private Optional<String> type = Optional.empty();
  private Optional<DataPoint> data = Optional.empty();
  private Optional<String> username = Optional.empty();
  private Optional<String> deviceId = Optional.empty();
  private boolean receiveData;
  private Target target = new Target(Optional.empty(), RawJson.ABSENT);

  private ParrotParser() {}

  /** A message of a user; a faulty one is {@link Malformed}. */
  static FromUser fromUser(byte[] json) {
    ParrotParser read = new ParrotParser();
    if (!JsonIn.readObject(json, read::property)) {
      return NOT_JSON;
    }
    if (read.type.isEmpty()) {
      return NO_TYPE;
    }
    return switch (read.type.get()) {
      case "handshake" -> new Handshake(read.username, read.deviceId, read.receiveData);
      case "data" -> read.data.<FromUser>map(Data::new).orElse(new BadData(true));
      case "request_sender_role" -> new RequestSenderRole();
      default -> unknown();
    };
  }

  /** A message of a dashboard; a faulty one is {@link Malformed}. */
  static FromDashboard fromDashboard(byte[] json) {
    ParrotParser read = new ParrotParser();
    if (!JsonIn.readObject(json, read::property)) {
      return NOT_JSON;
    }
    if (read.type.isEmpty()) {
      return NO_TYPE;
    }
    return switch (read.type.get()) {
      case "getStats" -> new GetStats();
      case "kickUser" -> new KickUser(read.target);
      case "promoteUser" -> new PromoteUser(read.target);
      case "demoteUser" -> new DemoteUser();
      default -> unknown();
    };
  }

  private static Malformed unknown() {
    return new Malformed("unknown_type", "There is no message of this type");
  }

  private void property(String name, JsonIn value) {
    switch (name) {
      case "type" -> type = value.text();
      case "data" -> data = value.isObject() ? Optional.of(point(value)) : Optional.empty();
      case "username" -> username = value.text().flatMap(text -> CleanText.name(text, MAX_NAME));
      case "deviceId" -> deviceId = value.text().flatMap(text -> CleanText.name(text, Integer.MAX_VALUE)).filter(id -> id.length() <= MAX_DEVICE_ID);
      case "receiveData" -> receiveData = value.isTrue();
      case "userId" -> target = new Target(value.text(), value.raw());
      default -> { }
    }
  }

  private static DataPoint point(JsonIn value) {
    PointParts parts = new PointParts();
    RawJson whole = value.raw(parts::property);
    return new DataPoint(whole, parts.id, parts.orientation, parts.gps, parts.motion, parts.weather, parts.objectsDetected, parts.colorPalette,
        parts.photoBase64, parts.audioBase64);
  }

  /** The parts of a data point that are sent on apart. */
  private static final class PointParts {
    RawJson id = RawJson.ABSENT;
    RawJson orientation = RawJson.ABSENT;
    RawJson gps = RawJson.ABSENT;
    RawJson motion = RawJson.ABSENT;
    RawJson weather = RawJson.ABSENT;
    RawJson objectsDetected = RawJson.ABSENT;
    RawJson colorPalette = RawJson.ABSENT;
    RawJson photoBase64 = RawJson.ABSENT;
    RawJson audioBase64 = RawJson.ABSENT;

    void property(String name, JsonIn value) {
      switch (name) {
        case "id" -> id = value.raw();
        case "orientation" -> orientation = value.isObject() ? value.raw() : RawJson.ABSENT;
        case "gps" -> gps = value.isObject() ? value.raw() : RawJson.ABSENT;
        case "motion" -> motion = value.isObject() ? value.raw() : RawJson.ABSENT;
        case "weather" -> weather = value.isObject() ? value.raw() : RawJson.ABSENT;
        case "objectsDetected" -> objectsDetected = value.isArray() ? filled(value.raw()) : RawJson.ABSENT;
        case "colorPalette" -> colorPalette = value.isArray() ? value.raw() : RawJson.ABSENT;
        case "photoBase64" -> photoBase64 = value.isText() ? value.raw() : RawJson.ABSENT;
        case "audioBase64" -> audioBase64 = value.isText() ? value.raw() : RawJson.ABSENT;
        default -> { }
      }
    }

    /** A list with something in it. */
    private static RawJson filled(RawJson list) {
      for (int i = list.from() + 1; i < list.from() + list.length() - 1; i++) {
        if (list.bytes()[i] > ' ') {
          return list;
        }
      }
      return RawJson.ABSENT;
    }
  }
}
