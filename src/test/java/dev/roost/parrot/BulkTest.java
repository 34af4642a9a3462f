package dev.roost.parrot;

import static org.assertj.core.api.Assertions.assertThat;

import dev.roost.sim.Json;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The extensions {@code /orientation} and {@code /bulk} (section 3.5). */
class BulkTest {
  private static final String FULL = "{'id':1,'gps':{'latitude':1},'orientation':{'alpha':1,'beta':null}}";

  private final ParrotWorld world = new ParrotWorld();

  @Test
  @DisplayName("26. Extensions")
  void extensions() {
    ParrotUser a = world.member("A", "username", "Al");
    ParrotClient o = world.orientationListener("O");
    ParrotClient k = world.bulkListener("K");
    o.expect("orientation_listener_connected");
    k.expect("bulk_listener_connected");
    for (int i = 0; i < 30; i++) {
      a.data(FULL);
      a.data("{'orientation':{'alpha':2}}");
      world.pass(100);
    }
    world.pass(1_000);

    List<Json> orientations = o.take("orientation_data");
    assertThat(orientations).hasSize(60);
    assertThat(orientations.getFirst().at("orientation")).isEqualTo(Json.parse("{\"alpha\":1,\"beta\":null}"));
    assertThat(orientations.getFirst().at("userId").text()).isEqualTo(a.id());
    assertThat(orientations.getFirst().at("username").text()).isEqualTo("Al");
    List<Json> batches = k.take("bulk_data_batch");
    assertThat(batches).allSatisfy(batch -> {
      assertThat(batch.at("data").items()).hasSizeBetween(1, 10);
      assertThat(batch.at("batchSize").number()).isEqualTo(batch.at("data").items().size());
    });
    assertThat(batches.stream().mapToLong(batch -> batch.at("batchSize").number()).sum()).isEqualTo(30);
  }

  @Test
  @DisplayName("26. Extensions: with no bulk listener nothing is collected (defect 10)")
  void nobodyListens() {
    ParrotUser a = world.member("A");
    for (int i = 0; i < 5; i++) {
      a.data(FULL);
    }
    assertThat(world.stats().at("bulkQueueSize").number()).isZero();

    ParrotClient k = world.bulkListener("K");
    k.expect("bulk_listener_connected");
    world.pass(2_000);

    k.nothing();
  }

  @Test
  @DisplayName("What waits when the last bulk listener leaves is forgotten (defect 10)")
  void lastListenerLeaves() {
    ParrotUser a = world.member("A");
    ParrotClient k = world.bulkListener("K");
    a.data(FULL).data(FULL);
    assertThat(world.stats().at("bulkQueueSize").number()).isEqualTo(2);
    k.leave();
    assertThat(world.stats().at("bulkQueueSize").number()).isZero();

    ParrotClient next = world.bulkListener("K2");
    next.expect("bulk_listener_connected");
    world.pass(2_000);

    next.nothing();
  }

  @Test
  @DisplayName("What waits stays while another bulk listener is there")
  void anotherListenerStays() {
    ParrotUser a = world.member("A");
    ParrotClient k = world.bulkListener("K");
    ParrotClient k2 = world.bulkListener("K2");
    k2.forget();
    a.data(FULL);

    k.leave();
    world.pass(1_000);

    assertThat(k2.take("bulk_data_batch")).hasSize(1);
  }

  @Test
  @DisplayName("A batch goes out within BATCH_INTERVAL, and none where nothing waits")
  void interval() {
    ParrotUser a = world.member("A");
    ParrotClient k = world.bulkListener("K");
    k.forget();
    world.pass(3_000);
    k.nothing();
    a.data(FULL);
    a.data(FULL);
    k.nothing();

    world.pass(1_000);

    assertThat(k.expect("bulk_data_batch").at("batchSize").number()).isEqualTo(2);
    world.pass(5_000);
    k.nothing();
  }

  @Test
  @DisplayName("A full batch goes out at once, and the next one starts anew")
  void full() {
    ParrotUser a = world.member("A");
    ParrotClient k = world.bulkListener("K");
    k.forget();
    for (int i = 0; i < 9; i++) {
      a.data(FULL);
    }
    k.nothing();
    world.pass(900);

    a.data(FULL);
    a.data(FULL);

    assertThat(k.expect("bulk_data_batch").at("batchSize").number()).isEqualTo(10);
    assertThat(world.stats().at("bulkQueueSize").number()).isEqualTo(1);
    k.nothing();
    world.pass(1_000);
    assertThat(k.expect("bulk_data_batch").at("batchSize").number()).isEqualTo(1);
  }

  @Test
  @DisplayName("BATCH_INTERVAL and MAX_BATCH_SIZE are settings, and the listener is told")
  void settings() {
    ParrotWorld fast = new ParrotWorld("BATCH_INTERVAL", "50", "MAX_BATCH_SIZE", "3");
    ParrotUser a = fast.member("A");
    ParrotClient k = fast.bulkListener("K");

    Json hello = k.expect("bulk_listener_connected");
    assertThat(hello.at("batchInterval").number()).isEqualTo(50);
    assertThat(hello.at("maxBatchSize").number()).isEqualTo(3);
    assertThat(hello.at("timestamp").text()).isEqualTo("2026-01-01T00:00:00.000Z");
    a.data(FULL).data(FULL).data(FULL).data(FULL);
    assertThat(k.expect("bulk_data_batch").at("batchSize").number()).isEqualTo(3);
    fast.pass(50);
    assertThat(k.expect("bulk_data_batch").at("batchSize").number()).isEqualTo(1);
  }

  @Test
  @DisplayName("Photos do not pile up until a batch is full: what waits is bounded in bytes, too")
  void photos() {
    ParrotUser a = world.member("A");
    ParrotClient k = world.bulkListener("K");
    k.forget();
    String point = "{'photoBase64':'" + "A".repeat(3 << 20) + "'}";

    a.data(point);
    k.nothing();
    a.data(point);

    assertThat(k.expect("bulk_data_batch").at("batchSize").number()).isEqualTo(2);
  }

  @Test
  @DisplayName("An item has the parts of the contract, null where there is none")
  void item() {
    ParrotUser a = world.member("A", "username", "Al");
    ParrotClient k = world.bulkListener("K");
    k.forget();
    a.data("{'id':4,'weather':{'temperature':null}}");
    a.data("{'gps':{'latitude':1},'motion':{'accelerationX':2},'weather':{},'objectsDetected':[{'class':'cat'}],'colorPalette':[{'r':1}],"
        + "'photoBase64':'p','audioBase64':'s'}");

    world.pass(1_000);

    List<Json> items = k.expect("bulk_data_batch").at("data").items();
    assertThat(items.getFirst()).isEqualTo(Json.parse(Json.quoted("{'timestamp':'2026-01-01T00:00:00.000Z','userId':'" + a.id() + "','username':'Al',"
        + "'gps':null,'motion':null,'weather':{'temperature':null},'objectsDetected':[],'photoBase64':null,'audioBase64':null}")));
    assertThat(items.getLast().at("colorPalette", 0, "r").number()).isEqualTo(1);
    assertThat(items.getLast().at("objectsDetected", 0, "class").text()).isEqualTo("cat");
    assertThat(items.getLast().at("photoBase64").text()).isEqualTo("p");
    assertThat(items.getLast().at("audioBase64").text()).isEqualTo("s");
    assertThat(items.getLast().at("motion", "accelerationX").number()).isEqualTo(2);
  }

  @Test
  @DisplayName("Points without orientation make no orientation_data")
  void withoutOrientation() {
    ParrotUser a = world.member("A");
    ParrotClient o = world.orientationListener("O");
    o.forget();

    a.data("{}").data("{'orientation':null}").data("{'orientation':[1]}").data("{'orientation':'north'}");

    o.nothing();
  }
}
