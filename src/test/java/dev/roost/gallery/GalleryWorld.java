package dev.roost.gallery;

import dev.roost.core.RandomIds;
import dev.roost.core.RawJson;
import dev.roost.core.Settings;
import dev.roost.gallery.GalleryMessages.RoomJoined;
import dev.roost.sim.Json;
import dev.roost.sim.SimLoop;
import dev.roost.store.Store;
import dev.roost.store.Stores;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;

/**
 * One Gallery in virtual time, its store, and the clients around it, with the settings of the contract unless a test says otherwise. Nothing happens but what the
 * test does.
 */
final class GalleryWorld {
  /** Defaults of section 4, in milliseconds. */
  static final long ROOM_TIMEOUT = 86_400_000;
  static final long SWEEP = 60_000;

  /** What a late joiner to a fresh room sees (2.2). */
  static final Json INITIAL_STATE = Json.parse(Json.quoted("{'version':0,'sceneUrl':'','sceneLoaded':false,'treeViewState':{},'annotations':[],'focusPoints':[],"
      + "'sessionSettings':{'avatarsVisible':true,'syncCameraFraming':false,'allowAnnotations':true}}"));

  final SimLoop loop = new SimLoop();
  final Store store;
  final Rooms rooms;
  final List<Sent> log = new ArrayList<>();
  private final Map<String, String> settings = new HashMap<>();
  private int addresses;

  /** What a client was sent. */
  record Sent(String to, String json) {

    private String summary() {
      Json message = Json.parse(json);
      String event = message.at("event").text();
      return to + " " + event + switch (event) {
        case "user_left" -> " " + message.at("data", "userId").text();
        case "user_joined" -> " " + message.at("data", "user", "id").text();
        case "error" -> " " + message.at("data", "message").text();
        default -> "";
      };
    }
  }

  /** @param settings environment names and values, one after the other */
  GalleryWorld(String... settings) {
    this(1, Stores.open(Stores.MEMORY), settings);
  }

  GalleryWorld(long seed, Store store, String... settings) {
    for (int i = 0; i < settings.length; i += 2) {
      this.settings.put(settings[i], settings[i + 1]);
    }
    this.store = store;
    GalleryArchive archive = new GalleryArchive(store);
    rooms = new Rooms(loop, GallerySettings.from(Settings.of(this.settings)), new RandomIds(new Random(seed)), GalleryCodec::encode, archive);
    archive.load().forEach(rooms::restore);
  }

  /** The server after a restart: everybody is gone, the store is there. */
  GalleryWorld restarted() {
    String[] same = settings.entrySet().stream().flatMap(entry -> List.of(entry.getKey(), entry.getValue()).stream()).toArray(String[]::new);
    GalleryWorld next = new GalleryWorld(2, store, same);
    // Its clock goes on.
    next.loop.pass(Duration.between(next.loop.now(), loop.now()));
    return next;
  }

  /** A client that has connected, from an address of its own, and has read its {@code connected}. */
  GalleryClient client(String userId) {
    return client(userId, "10.0." + (addresses >> 8) + "." + (addresses++ & 255));
  }

  GalleryClient client(String userId, String address) {
    GalleryClient client = new GalleryClient(this, userId, address);
    client.expect("connected");
    return client;
  }

  /** A client that is in a room as a viewer. What came of its joining is unread by the others and read by itself. */
  GalleryClient viewer(String userId, String room) {
    return member(userId, room, "viewer");
  }

  GalleryClient editor(String userId, String room) {
    return member(userId, room, "editor");
  }

  GalleryClient host(String userId, String room) {
    return member(userId, room, "host");
  }

  private GalleryClient member(String userId, String room, String role) {
    GalleryClient client = client(userId);
    client.join(room, "'userInfo':{'role':'" + role + "'}").expect("room_joined");
    return client;
  }

  /** A room made with this configuration. */
  void create(String room, String config) {
    GalleryClient creator = client("creator");
    creator.create(room, config).expect("room_created");
    creator.drop();
  }

  void pass(long millis) {
    loop.passMillis(millis);
  }

  /** Section 7: the operator's deletion. */
  boolean delete(String room) {
    boolean[] deleted = {false};
    loop.run(() -> deleted[0] = rooms.delete(room));
    return deleted[0];
  }

  /** The ids of all rooms, in their order. */
  List<String> roomIds() {
    return rooms.all().stream().map(Room::id).toList();
  }

  Optional<Room> find(String room) {
    return rooms.all().stream().filter(candidate -> candidate.id().equals(room)).findFirst();
  }

  Room room(String room) {
    return find(room).orElseThrow(() -> new AssertionError("No room " + room + " in " + roomIds()));
  }

  List<String> roster(String room) {
    return room(room).members().stream().map(Client::id).toList();
  }

  /** {@code roomInfo} as somebody who joined now would get it. */
  Json snapshot(String id) {
    Room room = room(id);
    RoomJoined joined = new RoomJoined(RawJson.ABSENT, id, room.members(), room.state(), room.state().focusPoints(loop.nanos()), room.createdAt(), loop.now());
    return Json.parse(GalleryCodec.encode(joined).payloadText()).at("data", "roomInfo");
  }

  /** The state as somebody who joined now would get it. */
  Json state(String room) {
    return snapshot(room).at("state");
  }

  /** The ids of a room's annotations, in their order. */
  List<String> annotations(String room) {
    return state(room).at("annotations").items().stream().map(annotation -> annotation.at("id").text()).toList();
  }

  /** Whose focus points a room has. */
  List<String> focus(String room) {
    return state(room).at("focusPoints").items().stream().map(focus -> focus.at("userId").text()).toList();
  }

  /** Who got what since the last look, over all clients, in order: {@code "A user_left B"}. */
  List<String> takeLog() {
    List<String> taken = log.stream().map(Sent::summary).toList();
    log.clear();
    return taken;
  }
}
