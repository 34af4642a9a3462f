package dev.roost.gallery;

import static org.assertj.core.api.Assertions.assertThat;

import dev.roost.core.RawJson;
import dev.roost.sim.Json;
import dev.roost.store.Stores;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * Random schedules of everything that clients, the operator and time can do, beside a model that knows only who should be where and which version each room has. After every
 * step the invariants hold, in the server, in what the clients were told, and in the store. A failure names the seed and the step; the same seed does the same again.
 */
class GalleryRandomTest {
  private static final int SEEDS = 300;
  private static final int STEPS = 200;
  private static final int MAX_ROOMS = 4;
  private static final int MAX_USERS = 4;
  /** An hour, in ms: a day of virtual time is to cost little. */
  private static final int SWEEP = 3_600_000;
  private static final int MAX_BYTES = 1_024;
  private static final List<String> USERS = List.of("A", "B", "C", "D", "E", "F");
  private static final List<String> ROOMS = List.of("R", "R", "R1", "P", "P", "P", "P1", "P2");
  private static final List<String> KEYS = List.of("k", "sceneUrl", "treeViewState", "sessionSettings", "own");

  @Test
  @DisplayName("2. One room a connection, one roster for all, a version that never falls, and a store that knows it all")
  void invariants() {
    int relayed = 0;
    for (int seed = 1; seed <= SEEDS; seed++) {
      Schedule schedule = new Schedule(seed);
      for (int step = 1; step <= STEPS; step++) {
        String what = schedule.step();
        schedule.check("seed " + seed + ", step " + step + ": " + what);
      }
      schedule.end("seed " + seed + ", end");
      relayed += schedule.relayed;
    }
    // Schedules in which nothing gets through would prove nothing.
    assertThat(relayed).isGreaterThan(SEEDS * STEPS / 8);
  }

  /** A connection, where the model says it is, and what it believes of its room. */
  private static final class Player {
    final GalleryClient client;
    final String userId;
    Optional<String> room = Optional.empty();
    /** Users by id, in any order, with their roles; as a client that follows the protocol sees them. */
    final Map<String, String> view = new TreeMap<>();
    boolean inRoom;

    Player(GalleryClient client) {
      this.client = client;
      userId = client.userId;
    }
  }

  /** What the model knows of a room. */
  private static final class Model {
    final List<Player> members = new ArrayList<>();
    final boolean persistent;
    long version;

    Model(boolean persistent) {
      this.persistent = persistent;
    }
  }

  private static final class Schedule {
    private final Random random;
    private final GalleryWorld world;
    private final List<Player> present = new ArrayList<>();
    private final List<GalleryClient> gone = new ArrayList<>();
    private final Map<String, Model> model = new LinkedHashMap<>();
    /** Who may get what a member sends in this step, and the text that marks it. */
    private Optional<String> sentTo = Optional.empty();
    private Optional<Player> sender = Optional.empty();
    private int serial;
    private int checks;
    int relayed;

    Schedule(long seed) {
      random = new Random(seed);
      world = new GalleryWorld(seed, Stores.open(Stores.MEMORY), "MAX_ROOMS", "" + MAX_ROOMS, "MAX_USERS_PER_ROOM", "" + MAX_USERS, "MAX_STATE_BYTES", "" + MAX_BYTES,
          "MAX_ANNOTATIONS", "3", "MAX_ROOM_CREATIONS", "1000000", "ROOM_SWEEP_INTERVAL", "" + SWEEP);
    }

    /** Does one thing; what it was. */
    String step() {
      sentTo = Optional.empty();
      sender = Optional.empty();
      int dice = random.nextInt(100);
      if (present.isEmpty() || dice < 10 && present.size() < 10) {
        return connect();
      }
      if (dice < 15) {
        return pass();
      }
      Player player = dice < 49 ? any(present) : mostlyMember();
      if (dice < 19) {
        return create(player);
      } else if (dice < 42) {
        return join(player);
      } else if (dice < 45) {
        player.client.leave();
        depart(player);
        return player.userId + " leaves";
      } else if (dice < 49) {
        return drop(player);
      } else if (dice < 62) {
        return broadcast(player, "chat_message", "{'n':" + ++serial + "}");
      } else if (dice < 80) {
        return update(player);
      } else if (dice < 97) {
        return annotateOrFocus(player);
      } else if (dice < 98) {
        return delete();
      }
      return haunt();
    }

    /** Most of those who send something are in a room. */
    private Player mostlyMember() {
      List<Player> members = present.stream().filter(player -> player.room.isPresent()).toList();
      return members.isEmpty() || random.nextInt(8) == 0 ? any(present) : any(members);
    }

    private String connect() {
      Player player = new Player(world.client(any(USERS)));
      present.add(player);
      return player.userId + " connects";
    }

    /** A sweep, or the end of focus points; rooms that nobody ever joined go after a day. */
    private String pass() {
      boolean days = random.nextInt(8) == 0;
      long millis = days ? GalleryWorld.ROOM_TIMEOUT + SWEEP : random.nextInt(2_000);
      world.pass(millis);
      if (days) {
        model.values().removeIf(room -> room.members.isEmpty() && !room.persistent);
      }
      return millis + " ms pass";
    }

    private String create(Player player) {
      String room = any(ROOMS);
      boolean persistent = room.startsWith("P");
      player.client.create(room, "{'persistent':" + persistent + "}");
      if (!model.containsKey(room) && model.size() < MAX_ROOMS) {
        model.put(room, new Model(persistent));
      }
      return player.userId + " creates " + room;
    }

    private String join(Player player) {
      String room = any(ROOMS);
      player.client.join(room, "'userInfo':{'role':'" + any(List.of("host", "editor", "viewer", "none")) + "','name':'N" + random.nextInt(2) + "'}");
      Model there = model.get(room);
      if (there == null && model.size() < MAX_ROOMS) {
        there = new Model(false);
        model.put(room, there);
      }
      if (there == null) {
        return player.userId + " cannot join " + room;
      }
      Optional<Player> twin = there.members.stream().filter(member -> member.userId.equals(player.userId)).findFirst();
      if (twin.isEmpty() && there.members.size() == MAX_USERS) {
        return player.userId + " finds " + room + " full";
      }
      if (twin.isPresent()) {
        int place = there.members.indexOf(twin.get());
        if (twin.get() != player) {
          depart(player);
          twin.get().room = Optional.empty();
        }
        there.members.set(place, player);
      } else {
        depart(player);
        there.members.add(player);
      }
      player.room = Optional.of(room);
      return player.userId + " joins " + room;
    }

    /** The model's leave. */
    private void depart(Player player) {
      player.room.ifPresent(room -> {
        Model left = model.get(room);
        left.members.remove(player);
        if (left.members.isEmpty() && !left.persistent) {
          model.remove(room);
        }
      });
      player.room = Optional.empty();
    }

    private String drop(Player player) {
      player.client.drop();
      depart(player);
      present.remove(player);
      gone.add(player.client.forget());
      return player.userId + " drops";
    }

    private String broadcast(Player player, String type, String data) {
      player.client.message(type, data);
      sentTo = player.room;
      sender = Optional.of(player);
      return player.userId + " sends " + type + " " + data;
    }

    private String update(Player player) {
      String key = any(KEYS);
      String value = switch (key) {
        case "sceneUrl" -> "'" + "u".repeat(random.nextInt(300)) + "'";
        case "treeViewState" -> "{'/" + random.nextInt(5) + "':true}";
        case "sessionSettings" -> "{'allowAnnotations':" + (random.nextInt(4) > 0) + "}";
        case "k" -> "" + random.nextInt();
        default -> random.nextInt(4) == 0 ? "'" + "o".repeat(1_000) + "'" : "[]";
      };
      String version = random.nextInt(4) == 0 ? "" : "'version':" + (random.nextInt(20) == 0 ? -3 : random.nextInt(60)) + ",";
      String lists = switch (random.nextInt(8)) {
        case 0 -> ",'annotations':[{'id':'n0','userId':'A'}]";
        case 1 -> ",'focusPoints':[{'userId':'B','duration':500},{'userId':'C'}]";
        case 2 -> ",'annotations':7";
        default -> "";
      };
      return broadcast(player, "state_update", "{" + version + "'data':{'" + key + "':" + value + lists + "}}");
    }

    private String annotateOrFocus(Player player) {
      return switch (random.nextInt(3)) {
        case 0 -> broadcast(player, "annotation_add", "{'id':'n" + random.nextInt(6) + "','text':'" + "t".repeat(random.nextInt(150)) + "'}");
        case 1 -> broadcast(player, "annotation_remove", "'n" + random.nextInt(6) + "'");
        default -> broadcast(player, "focus_change", "{'path':'" + "p".repeat(random.nextInt(150)) + "'" + (random.nextBoolean() ? ",'duration':" + random.nextInt(1_500) : "") + "}");
      };
    }

    private String delete() {
      String room = any(ROOMS);
      world.delete(room);
      Model deleted = model.remove(room);
      if (deleted != null) {
        deleted.members.forEach(member -> member.room = Optional.empty());
      }
      return room + " is deleted";
    }

    /** A connection that is in no room goes on as if it were. */
    private String haunt() {
      Optional<Player> stray = present.stream().filter(player -> player.room.isEmpty()).findFirst();
      stray.ifPresent(player -> {
        player.client.update("{'k':0}").leave().annotate("n1").direct("A", "{'n':0}");
        sender = Optional.of(player);
      });
      return "a stray one haunts";
    }

    private <T> T any(List<T> list) {
      return list.get(random.nextInt(list.size()));
    }

    // ---- What must hold

    void check(String when) {
      try {
        rosters(when);
        present.forEach(player -> hear(player, when));
        views(when);
        states(when);
        if (++checks % 8 == 0) {
          stored(when);
        }
      } catch (RuntimeException e) {
        throw new AssertionError(when, e);
      }
      for (GalleryClient ghost : gone) {
        ghost.nothing();
      }
    }

    /** A connection is where the model says, and in no other room. */
    private void rosters(String when) {
      that(when, "rooms", world.roomIds(), List.copyOf(model.keySet()));
      for (Map.Entry<String, Model> entry : model.entrySet()) {
        that(when, "members of " + entry.getKey(), List.copyOf(world.room(entry.getKey()).members()), entry.getValue().members.stream().map(player -> player.client.client()).toList());
      }
      for (Player player : present) {
        that(when, "room of " + player.userId, player.client.client().room().map(Room::id), player.room);
      }
    }

    /** Reads what a client was told in this step. */
    private void hear(Player player, String when) {
      for (Json message : player.client.take()) {
        Json data = message.at("data");
        switch (message.at("event").text()) {
          case "room_joined" -> {
            player.view.clear();
            player.inRoom = true;
            data.at("roomInfo", "users").items().forEach(user -> player.view.put(user.at("id").text(), looks(user)));
          }
          case "user_joined" -> {
            that(when, player.userId + " got user_joined in a room", player.inRoom, true);
            player.view.put(data.at("user", "id").text(), looks(data.at("user")));
          }
          case "user_left" -> that(when, player.userId + " knew who left", player.view.remove(data.at("userId").text()) != null || !player.inRoom, true);
          case "message" -> {
            relayed++;
            if (data.at("message").has("type")) {
              that(when, player.userId + " is where this was sent", player.room, sentTo);
              that(when, player.userId + " did not send this itself", sender.get() == player, false);
            } else {
              that(when, player.userId + " is outside as the sender is", player.room, Optional.empty());
            }
          }
          case "error" -> {
            String text = data.at("message").text();
            if (text.equals("Joined from another connection") || text.equals("Room deleted")) {
              player.inRoom = false;
            }
          }
          case "room_created" -> { }
          default -> throw new AssertionError(when + ": " + player.userId + " got " + message);
        }
      }
      if (player.room.isEmpty()) {
        // It left by itself; nobody tells it.
        player.inRoom = false;
      }
    }

    private static String looks(Json user) {
      return user.at("name").text() + " " + user.at("role").text();
    }

    /** What each member believes is what is. */
    private void views(String when) {
      for (Player player : present) {
        if (player.room.isPresent()) {
          Map<String, String> roster = new TreeMap<>();
          world.room(player.room.get()).members().forEach(member -> roster.put(member.id(), member.name() + " " + member.role().wire()));
          that(when, "what " + player.userId + " believes of " + player.room.get(), player.view, roster);
        }
      }
    }

    private void states(String when) {
      model.forEach((id, room) -> {
        RoomState state = world.room(id).state();
        assertThat(state.version()).as("%s: version of %s", when, id).isGreaterThanOrEqualTo(room.version);
        room.version = state.version();
        long recount = state.keys().entrySet().stream().mapToLong(entry -> entry.getKey().length() + entry.getValue().length() + 64L).sum()
            + state.annotations().stream().mapToLong(annotation -> annotation.whole().length() + 64L).sum()
            + state.focusPoints(world.loop.nanos()).stream().mapToLong(focus -> focus.whole().length() + 64L).sum();
        that(when, "bytes of " + id, state.bytes(), recount);
        assertThat(recount).as("%s: bytes of %s", when, id).isLessThanOrEqualTo(MAX_BYTES);
        assertThat(state.annotations()).as("%s: annotations of %s", when, id).hasSizeLessThanOrEqualTo(3);
      });
    }

    /** What a restart would find now is what persistent rooms are now. */
    private void stored(String when) {
      List<String> stored = new ArrayList<>();
      for (StoredRoom room : new GalleryArchive(world.store).load()) {
        stored.add(room.roomId());
        RoomState state = world.room(room.roomId()).state();
        that(when, "stored version of " + room.roomId(), room.version(), state.version());
        that(when, "stored keys of " + room.roomId(), texts(room.keys()), texts(state.keys()));
        that(when, "stored annotations of " + room.roomId(), room.annotations().stream().map(kept -> kept.annotation().author() + " " + kept.annotation().whole()).toList(),
            state.annotations().stream().map(annotation -> annotation.author() + " " + annotation.whole()).toList());
        that(when, "stored allowAnnotations of " + room.roomId(), room.allowAnnotations(), state.allowsAnnotations());
      }
      that(when, "stored rooms", stored.stream().sorted().toList(), model.entrySet().stream().filter(entry -> entry.getValue().persistent).map(Map.Entry::getKey).sorted().toList());
    }

    private static Map<String, String> texts(Map<String, RawJson> keys) {
      Map<String, String> texts = new TreeMap<>();
      keys.forEach((key, value) -> texts.put(key, value.toString()));
      return texts;
    }

    /** As assertThat, without the cost of a description that nobody reads: this is called millions of times. */
    private static void that(String when, String what, Object found, Object expected) {
      if (!Objects.equals(found, expected)) {
        assertThat(found).as("%s: %s", when, what).isEqualTo(expected);
      }
    }

    void end(String when) {
      while (!present.isEmpty()) {
        drop(any(present));
        check(when);
      }
      List.copyOf(model.keySet()).forEach(world::delete);
      model.clear();
      check(when);
      for (String collection : List.of("gallery.rooms", "gallery.state", "gallery.annotations")) {
        assertThat(world.store.load(collection)).as("%s: %s", when, collection).isEmpty();
      }
    }
  }
}
