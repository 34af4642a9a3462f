package dev.roost.mesh;

import dev.roost.core.CleanText;
import dev.roost.core.RawJson;
import dev.roost.mesh.MeshMessages.Fault;
import dev.roost.mesh.MeshMessages.Faulty;
import dev.roost.mesh.MeshMessages.Heartbeat;
import dev.roost.mesh.MeshMessages.Inbound;
import dev.roost.mesh.MeshMessages.LocationUpdate;
import dev.roost.mesh.MeshMessages.PeerMessage;
import dev.roost.mesh.MeshMessages.RequestClientList;
import dev.roost.mesh.MeshMessages.RequestIceServers;
import dev.roost.transport.HttpRequest;
import dev.roost.transport.json.JsonIn;
import java.time.Instant;
import java.util.OptionalDouble;
import java.util.function.Supplier;

/**
 * Reads what devices send: the parameters of section 1 of the contract, the messages of 3.1. One parser reads one message; the order of the keys is free, so everything is noted
 * first. Of a key that comes twice the last counts.
 */
final class MeshParser {
  private static final String DEFAULT_NAME = "Unknown Client";

  private String type = "";
  private Data data = Data.NONE;

  private MeshParser() {}

  /** What the device says of itself; its id is not checked yet. */
  static Introduction introduction(HttpRequest request) {
    return new Introduction(request.parameter("clientId").orElse(""),
        request.parameter("clientName").flatMap(name -> CleanText.name(name, MeshSettings.MAX_NAME)).orElse(DEFAULT_NAME),
        Capabilities.parse(request.parameter("capabilities").orElse("")),
        request.parameter("deviceType").filter("admin"::equals).isPresent());
  }

  /**
   * A message of a device.
   *
   * @param sender how what is relayed of it begins
   * @param now asked where the time is relayed, too
   */
  static Inbound parse(byte[] json, MeshCodec.Heads sender, Supplier<Instant> now) {
    MeshParser read = new MeshParser();
    if (!JsonIn.readObject(json, read::property)) {
      return new Faulty(Fault.BAD_MESSAGE);
    }
    return switch (read.type) {
      case "heartbeat" -> new Heartbeat();
      case "location-update" -> read.locationUpdate(sender, now);
      case "peer-message" -> read.peerMessage(sender);
      case "request-client-list" -> new RequestClientList();
      case "request-ice-servers" -> new RequestIceServers();
      default -> new Faulty(Fault.UNKNOWN_TYPE);
    };
  }

  private void property(String name, JsonIn value) {
    switch (name) {
      case "type" -> type = value.text().orElse("");
      case "data" -> data = value.isObject() ? new Data(value) : Data.NONE;
      default -> { }
    }
  }

  private Inbound locationUpdate(MeshCodec.Heads sender, Supplier<Instant> now) {
    return data.isLocation() ? new LocationUpdate(data.whole, MeshCodec.locationUpdate(sender, data.whole, now.get())) : new Faulty(Fault.BAD_LOCATION);
  }

  private Inbound peerMessage(MeshCodec.Heads sender) {
    return data.targetId.isEmpty() || !data.message.isPresent() ? new Faulty(Fault.BAD_MESSAGE)
        : new PeerMessage(data.targetId, MeshCodec.peerMessage(sender, data.message));
  }

  /** The object {@code data}, read in one go for whatever type of message it turns out to be. */
  private static final class Data {
    static final Data NONE = new Data();

    private final RawJson whole;
    private String targetId = "";
    private RawJson message = RawJson.ABSENT;
    private OptionalDouble latitude = OptionalDouble.empty();
    private OptionalDouble longitude = OptionalDouble.empty();
    private boolean accuracyIsWrong;

    private Data() {
      whole = RawJson.ABSENT;
    }

    Data(JsonIn object) {
      whole = object.raw(this::property);
    }

    private void property(String key, JsonIn value) {
      switch (key) {
        case "targetId" -> targetId = value.text().orElse("");
        case "message" -> message = value.raw();
        case "latitude" -> latitude = value.number();
        case "longitude" -> longitude = value.number();
        case "accuracy" -> {
          double accuracy = value.number().orElse(-1);
          accuracyIsWrong = accuracy < 0 || Double.isInfinite(accuracy);
        }
        default -> { }
      }
    }

    boolean isLocation() {
      return isWithin(latitude, 90) && isWithin(longitude, 180) && !accuracyIsWrong;
    }

    private static boolean isWithin(OptionalDouble value, double most) {
      return value.isPresent() && Math.abs(value.getAsDouble()) <= most;
    }
  }
}
