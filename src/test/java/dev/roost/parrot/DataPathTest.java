package dev.roost.parrot;

import static org.assertj.core.api.Assertions.assertThat;

import dev.roost.core.Delivery.Kind;
import dev.roost.sim.Json;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The way of a data point: rule T10 and section 3.5. */
class DataPathTest {
  private final ParrotWorld world = new ParrotWorld();

  @Test
  @DisplayName("3. Data path")
  void dataPath() {
    ParrotUser a = world.member("A", "username", "Al");
    ParrotDashboard d = world.dashboard("D");
    ParrotClient l = world.listener("L");
    world.pass(2_000);
    d.forget();
    l.forget();

    a.data("{'id':7,'gps':{'latitude':1.5}}");

    Json ack = a.expect("ack");
    assertThat(ack.at("received").number()).isEqualTo(7);
    assertThat(ack.at("clientId").text()).isEqualTo(a.id());
    assertThat(ack.at("timestamp").text()).isEqualTo("2026-01-01T00:00:02.000Z");
    Json sensorData = l.expect("sensor_data");
    assertThat(sensorData.at("data")).isEqualTo(Json.parse(Json.quoted("{'id':7,'gps':{'latitude':1.5}}")));
    assertThat(sensorData.at("userId").text()).isEqualTo(a.id());
    assertThat(sensorData.at("username").text()).isEqualTo("Al");
    assertThat(sensorData.at("timestamp").text()).isEqualTo("2026-01-01T00:00:02.000Z");
    assertThat(d.expect("dataReceived").at("pointNumber").number()).isEqualTo(1);
    world.pass(1_000);
    Json stats = d.newestStats();
    assertThat(stats.at("totalDataPoints").number()).isEqualTo(1);
    assertThat(stats.at("users", 0, "dataCount").number()).isEqualTo(1);
    assertThat(a.data("{'gps':null}").expect("ack").has("received")).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"7", "'seven'", "null", "{'a':[1]}", "[1,2]", "1.50", "true", "12345678901234567890123"})
  @DisplayName("3.2: ack echoes the id with its JSON type")
  void idOfAnyType(String id) {
    ParrotUser a = world.member("A");

    assertThat(a.data("{'id':" + id + "}").expect("ack").at("received")).isEqualTo(Json.parse(Json.quoted(id)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"{'orientation':{'alpha':null}}", "{'gps':null}", "{'gps':{'longitude':1}}", "{}", "{'motion':{'accelerationX':null}}",
      "{'gps':[],'orientation':'x','motion':1,'weather':false,'objectsDetected':{},'photoBase64':[],'audioBase64':null,'colorPalette':0}",
      "{'orientation':{},'objectsDetected':[null],'modules':null}"})
  @DisplayName("4. Sparse data (defect 7)")
  void sparseData(String point) {
    ParrotUser a = world.member("A");
    ParrotClient l = world.listener("L");
    world.orientationListener("O");
    world.bulkListener("K");
    l.forget();

    a.data(point);

    a.expect("ack");
    assertThat(l.take("sensor_data").getFirst().at("data")).isEqualTo(Json.parse(Json.quoted(point)));
    world.pass(2_000);
    assertThat(world.stats().at("totalDataPoints").number()).isEqualTo(1);
  }

  @Test
  @DisplayName("5. Observer data")
  void observerData() {
    world.member("A");
    ParrotUser b = world.member("B");
    ParrotDashboard d = world.dashboard("D");
    ParrotClient l = world.listener("L");
    world.pass(2_000);
    d.forget();
    l.forget();

    for (int i = 0; i < 50; i++) {
      b.data();
      Json rejected = b.expect("rejected");
      assertThat(rejected.at("code").text()).isEqualTo("not_active_sender");
      assertThat(rejected.at("message").text()).contains("not the active");
    }

    b.nothing();
    l.nothing();
    d.nothing();
    assertThat(b.closeCode()).isEmpty();
    assertThat(world.stats().at("totalDataPoints").number()).isZero();
    assertThat(world.statsOf(b).at("dataCount").number()).isZero();
    assertThat(world.statsOf(b).at("lastData").isNull()).isTrue();
  }

  @Test
  @DisplayName("22. A photo point of 3 MiB is acked and relayed")
  void photo() {
    ParrotUser a = world.member("A");
    ParrotClient l = world.listener("L");
    l.forget();
    String photo = "data:image/jpeg;base64," + "QUJD".repeat(3 << 18);

    a.data("{'id':1,'photoBase64':'" + photo + "'}");

    a.expect("ack");
    assertThat(l.take("sensor_data").getFirst().at("data", "photoBase64").text()).isEqualTo(photo);
  }

  @Test
  @DisplayName("3.5: one point goes out in the order of the contract")
  void order() {
    ParrotWorld batches = new ParrotWorld("MAX_BATCH_SIZE", "1");
    ParrotUser a = batches.member("A");
    batches.dashboard("D");
    batches.listener("L");
    batches.orientationListener("O");
    batches.bulkListener("K");
    batches.pass(2_000);
    batches.takeLog();

    a.data("{'id':1,'orientation':{'alpha':1},'gps':{'latitude':1}}");

    assertThat(batches.takeLog())
        .containsExactly("O orientation_data", "K bulk_data_batch", "L sensor_data", "D dataReceived", "D stats", "L stats", "A ack");
  }

  @Test
  @DisplayName("3.5: per receiver the order of acceptance is kept")
  void orderOfPoints() {
    ParrotUser a = world.member("A");
    ParrotUser b = world.member("B");
    ParrotClient l = world.listener("L");
    ParrotDashboard d = world.dashboard("D");
    for (int i = 0; i < 100; i++) {
      (i < 50 ? a : b).data("{'id':" + i + "}");
      if (i == 49) {
        d.promote(b);
      }
    }

    assertThat(l.take("sensor_data")).extracting(message -> message.at("data", "id").number())
        .hasSize(100).isSorted();
    assertThat(b.take("ack")).extracting(ack -> ack.at("received").number()).hasSize(50).isSorted();
  }

  @Test
  @DisplayName("Data is relayed verbatim, byte for byte")
  void verbatim() {
    ParrotUser a = world.member("A");
    ParrotClient l = world.listener("L");
    world.takeLog();
    String point = "{ \"id\" : 1.50e+3,\n\t\"big\":123456789012345678901234567890, \"x\":\"\\u00e4\\/é😀\", \"x\":[ ] }";

    a.sendVerbatim("{\"data\":" + point + " ,\"type\":\"data\"}");

    assertThat(world.log).filteredOn(sent -> sent.to().equals("L")).first().satisfies(sent -> assertThat(sent.json()).contains("\"data\":" + point + "}"));
    assertThat(world.log).filteredOn(sent -> sent.to().equals("A")).last().satisfies(sent -> assertThat(sent.json()).contains("\"received\":1.50e+3"));
    l.forget();
  }

  @Test
  @DisplayName("T10: data while the slot is vacant is rejected")
  void vacantSlot() {
    ParrotUser a = world.user("A").data();

    assertThat(a.types()).containsExactly("rejected");
    world.assertVacant();
  }

  @Test
  @DisplayName("D5: observers who ask with receiveData get the stream, the others do not")
  void observersWhoAsk() {
    ParrotUser a = world.user("A").send("{'type':'handshake','receiveData':true}");
    ParrotUser b = world.user("B").send("{'type':'handshake','receiveData':true}");
    ParrotUser c = world.member("C");
    ParrotUser e = world.user("E").send("{'type':'handshake','receiveData':'true'}");
    List.of(a, b, e).forEach(ParrotClient::forget);

    a.data("{'id':3}");

    assertThat(a.types()).containsExactly("ack");
    assertThat(b.expect("sensor_data").at("data", "id").number()).isEqualTo(3);
    b.nothing();
    c.nothing();
    e.nothing();
  }

  @Test
  @DisplayName("OBSERVER_SENSOR_DATA: all observers get the stream")
  void observersBySetting() {
    ParrotWorld open = new ParrotWorld("OBSERVER_SENSOR_DATA", "true");
    ParrotUser a = open.member("A");
    ParrotUser b = open.member("B");
    ParrotUser silent = open.user("silent");
    silent.forget();

    a.data();

    assertThat(b.types()).containsExactly("sensor_data");
    assertThat(silent.types()).containsExactly("sensor_data");
    assertThat(a.types()).containsExactly("ack");
  }

  @Test
  @DisplayName("Delivery: newer stats replace older ones, streams may lose their oldest, everything else must arrive")
  void deliveryClasses() {
    List<ParrotClient> all = everythingHappens();

    Map<String, Set<Kind>> kinds = new TreeMap<>();
    all.forEach(client -> client.deliveries()
        .forEach((type, classes) -> kinds.merge(type, classes, (one, two) -> {
          one.addAll(two);
          return one;
        })));
    assertThat(kinds.remove("stats")).containsExactly(Kind.LATEST);
    // dataReceived comes with every point, too, and holds a running number.
    for (String stream : List.of("sensor_data", "orientation_data", "bulk_data_batch", "dataReceived")) {
      assertThat(kinds.remove(stream)).as(stream).containsExactly(Kind.DROPPABLE);
    }
    assertThat(kinds.keySet()).containsExactlyInAnyOrder("ack", "bulk_listener_connected", "demoted", "error", "kicked", "listener_connected", "observer_mode",
        "orientation_listener_connected", "promoted", "rejected", "senderPromoted", "sender_changed", "server_shutdown", "userConnected",
        "userDisconnected", "welcome");
    assertThat(kinds).allSatisfy((type, classes) -> assertThat(classes).as(type).containsExactly(Kind.RELIABLE));
  }

  /** Every message of the contract is sent at least once. */
  private List<ParrotClient> everythingHappens() {
    ParrotDashboard d = world.dashboard("D");
    ParrotDashboard guest = world.guest("G");
    ParrotClient l = world.listener("L");
    ParrotClient o = world.orientationListener("O");
    ParrotClient k = world.bulkListener("K");
    ParrotUser a = world.member("A");
    ParrotUser b = world.user("B").send("{'type':'handshake','receiveData':true}");
    a.data("{'id':1,'orientation':{},'gps':{}}").send("{'type':'x'}");
    b.data().request();
    d.promote(b);
    d.kick(b);
    guest.kick(a);
    world.pass(1_000);
    world.loop.run(world.session::shutdown);
    return List.of(d, guest, l, o, k, a, b);
  }
}
