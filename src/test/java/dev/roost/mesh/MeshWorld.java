package dev.roost.mesh;

import dev.roost.core.Frame;
import dev.roost.core.RandomIds;
import dev.roost.core.RawJson;
import dev.roost.core.Settings;
import dev.roost.sim.Json;
import dev.roost.sim.SimLoop;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;

/** One organisation in virtual time and the devices around it, with the settings of the contract unless a test says otherwise. Nothing happens but what the test does. */
final class MeshWorld {
  static final String ORGANIZATION = "org_1";
  /** The server's own device. */
  static final String SERVER = "server_1";
  /** Defaults of section 4, in milliseconds. */
  static final long HEARTBEAT = 10_000;
  static final long TIMEOUT = 30_000;
  static final long DELAY = 2_000;
  static final long MAIN_TIMEOUT = 15_000;
  static final long MAIN_CHECK = 5_000;

  final SimLoop loop = new SimLoop();
  final MeshSettings settings;
  final Organization organization;
  private final List<Sent> log = new ArrayList<>();
  /** What the listener was told. */
  private final List<String> news = new ArrayList<>();

  /** What a device was sent. */
  record Sent(String to, Frame frame) {

    private String summary() {
      Json message = Json.parse(frame.payloadText());
      return to + " " + message.type() + switch (message.type()) {
        case "admin-heartbeat" -> " " + message.at("data", "deviceId").text();
        case "client-list-update", "client-list" -> " " + MeshDevice.ids(message) + " " + message.at("data", "adminId").value();
        default -> "";
      };
    }
  }

  /** @param settings environment names and values, one after the other */
  MeshWorld(String... settings) {
    this.settings = settings(settings);
    organization = new Organization(ORGANIZATION, loop, this.settings, MeshCodec::encode, new News());
    loop.run(organization::start);
  }

  /** The settings of the contract with an organisation and an id of the server, and these. */
  static MeshSettings settings(String... settings) {
    return MeshSettings.from(values(settings), new RandomIds(new Random(1)));
  }

  static Settings values(String... settings) {
    Map<String, String> values = new HashMap<>(Map.of("MINI_SERVER_ORGANIZATION_ID", ORGANIZATION, "MINI_SERVER_DEVICE_ID", SERVER));
    for (int i = 0; i < settings.length; i += 2) {
      values.put(settings[i], settings[i + 1]);
    }
    return Settings.of(values);
  }

  // ---- Who comes

  /** A device that has just connected; it has read nothing yet. */
  MeshDevice connect(String id, String capabilities, String... more) {
    return new MeshDevice(this, id, capabilities, more);
  }

  /** A device that is there, and has read what greeted it; the others have not. */
  MeshDevice device(String id, String capabilities) {
    return connect(id, capabilities).forget();
  }

  /** A device that is there, and may be elected. */
  MeshDevice candidate(String id) {
    return device(id, "admin.manage");
  }

  MeshDevice mainAdmin(String id) {
    return connect(id, "admin.manage", "deviceType", "admin").forget();
  }

  /** A candidate that has been elected, and has read so. */
  MeshDevice admin(String id) {
    MeshDevice admin = candidate(id);
    pass(DELAY);
    return admin.forget();
  }

  // ---- What time does

  void pass(long millis) {
    loop.passMillis(millis);
  }

  /** Lets time go by, a heartbeat interval at a time, in which these devices send their heartbeats. */
  void passWhileAlive(long millis, MeshDevice... alive) {
    for (long left = millis; left > 0; left -= HEARTBEAT) {
      pass(Math.min(left, HEARTBEAT));
      for (MeshDevice device : alive) {
        device.heartbeat();
      }
    }
  }

  // ---- What is

  /** The ids of the devices, in their order. */
  List<String> ids() {
    return organization.clients().stream().map(MeshClient::id).toList();
  }

  Optional<String> holder() {
    return statistics().currentAdmin();
  }

  boolean isElecting() {
    return statistics().adminElectionActive();
  }

  MeshStatistics statistics() {
    return organization.statistics(8080);
  }

  List<String> candidates() {
    return statistics().candidates().stream().map(MeshStatistics.CandidateFigures::deviceId).toList();
  }

  long figure(String name) {
    return organization.figures().get(name).longValue();
  }

  boolean forceElection() {
    boolean[] electing = {false};
    loop.run(() -> electing[0] = organization.forceElection());
    return electing[0];
  }

  void note(String to, Frame frame) {
    log.add(new Sent(to, frame));
  }

  /** Who got what since the last look, over all devices, in order: {@code "A admin-heartbeat X"}. */
  List<String> takeLog() {
    List<String> taken = log.stream().map(Sent::summary).toList();
    log.clear();
    return taken;
  }

  void forgetLog() {
    log.clear();
  }

  List<String> takeNews() {
    List<String> taken = List.copyOf(news);
    news.clear();
    return taken;
  }

  private final class News implements MeshListener {
    @Override
    public void clientConnected(String organizationId, MeshClient client) {
      news.add(organizationId + " connected " + client.id() + " " + client.name() + " " + client.capabilities());
    }

    @Override
    public void clientDisconnected(String organizationId, String clientId) {
      news.add(organizationId + " disconnected " + clientId);
    }

    @Override
    public void officeChanged(String organizationId, Optional<String> deviceId, boolean isMainAdmin, long term) {
      news.add(organizationId + " office " + deviceId.orElse("vacant") + (isMainAdmin ? " main" : ""));
    }

    @Override
    public void organizationFull(String organizationId, int maxClients) {
      news.add(organizationId + " full " + maxClients);
    }

    @Override
    public void locationUpdated(String organizationId, String clientId, RawJson location) {
      news.add(organizationId + " location " + clientId + " " + location);
    }
  }
}
