package dev.roost.socketio;

import static dev.roost.socketio.SioWorld.WINDOW;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.roost.core.RawJson;
import dev.roost.socketio.SioWorld.Recorder;
import dev.roost.socketio.StockClient.Space;
import java.util.List;
import org.junit.jupiter.api.Test;

/** One event that is encoded once, for single sockets at different times. */
class PreparedEventTest {
  private final SioWorld world = new SioWorld(WINDOW);
  private final Recorder main = world.offer("/");

  private void run(Runnable task) {
    world.loop.run(task);
  }

  private PreparedEvent prepared(RawJson... arguments) {
    return world.namespace("/").prepare(Payload.of("list", arguments));
  }

  @Test
  void isSentInOrderAndLeavesTheOffsetOfTheClientAlone() {
    StockClient client = new StockClient(world);
    Space space = client.space("/");
    client.connect("/");
    PreparedEvent list = prepared(RawJson.of("[1,\"x\"]"));
    run(() -> {
      main.last().emit(Payload.of("before"));
      main.last().emit(list);
      main.last().emit(list);
    });
    client.read().cut();
    assertThat(space.take()).containsExactly("[\"before\"]", "[\"list\",[1,\"x\"]]", "[\"list\",[1,\"x\"]]");
    run(() -> {
      main.last().emit(list);
      main.last().emit(Payload.of("missed"));
    });
    client.connect("/");
    assertThat(space.recovered).isTrue();
    assertThat(client.read().space("/").take()).as("the events that were kept, once").containsExactly("[\"missed\"]");
  }

  @Test
  void takesNoRoomInTheLog() {
    StockClient client = new StockClient(world);
    client.space("/");
    client.connect("/");
    PreparedEvent list = prepared(RawJson.of("[1]"));
    run(() -> List.of(1, 2, 3).forEach(i -> main.last().emit(list)));
    assertThat(world.figure("recoveryLogBytes")).isZero();
  }

  @Test
  void isNothingThatAClientWouldTakeForAnOffset() {
    new StockClient(world).connect("/");
    assertThatIllegalArgumentException().isThrownBy(this::prepared);
    assertThatIllegalArgumentException().isThrownBy(() -> prepared(RawJson.of("1"), RawJson.of("\"x\"")));
  }

  @Test
  void isOfOneNamespace() {
    world.offer("/other");
    StockClient client = new StockClient(world);
    client.connect("/");
    PreparedEvent other = world.namespace("/other").prepare(Payload.of("list", RawJson.of("{}")));
    assertThatIllegalArgumentException().isThrownBy(() -> main.last().emit(other)).withMessageContaining("/other");
  }
}
