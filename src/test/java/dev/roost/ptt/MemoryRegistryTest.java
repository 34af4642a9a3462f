package dev.roost.ptt;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class MemoryRegistryTest extends RegistryContract {
  private final MemoryRegistry registry = new MemoryRegistry();

  @Override
  Registry registry() {
    return registry;
  }

  @Override
  void onLoop(Runnable task) {
    task.run();
  }

  @Override
  List<String> groupMessages(String groupId) {
    return registry.groupMessages(groupId);
  }

  @Override
  List<String> userMessages(String userId) {
    return registry.userMessages(userId);
  }

  @Test
  void oneUserCannotFillTheMemory() {
    for (int i = 0; i < 10_000; i++) {
      assertThat(add("g" + i, "ann")).isTrue();
    }
    assertThat(add("one more", "ann")).isFalse();
    assertThat(members("one more")).isEmpty();
    assertThat(add("g0", "ann")).isTrue();
    assertThat(add("one more", "bob")).isTrue();
    assertThat(remove("g0", "ann")).isTrue();
    assertThat(add("one more", "ann")).isTrue();
  }

  @Test
  void theListsOfWhoeverHadNoMessageForLongestAreForgotten() {
    for (int i = 0; i <= 500; i++) {
      registry.noteGroupMessage("g" + i, "m");
    }
    assertThat(groupMessages("g0")).isEmpty();
    assertThat(groupMessages("g1")).containsExactly("m");
    assertThat(groupMessages("g500")).containsExactly("m");
  }
}
