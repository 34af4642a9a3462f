package dev.roost.mesh;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Sections 1 and 2.2: what a device may say it can do, and what that is worth. */
class CapabilitiesTest {

  private static List<String> names(String list) {
    return Capabilities.parse(list).names();
  }

  @Test
  @DisplayName("2. None is none, and not an empty one")
  void none() {
    assertThat(names("")).isEmpty();
    assertThat(names(" ")).isEmpty();
    assertThat(names(",, ,")).isEmpty();
  }

  @Test
  @DisplayName("1. Trimmed, in the order given, repeated ones once (defect 9)")
  void trimmed() {
    assertThat(names(" b , a,b,\tc\n,a")).containsExactly("b", "a", "c");
    assertThat(names("admin.manage,admin.manage,,")).containsExactly("admin.manage");
  }

  @ParameterizedTest
  @ValueSource(strings = {"a", "A.b_c:d-9", "0", "invented.one", "64"})
  @DisplayName("1. Others than the known ones are legal: 1-64 of [A-Za-z0-9._:-]")
  void legal(String name) {
    String text = name.equals("64") ? "x".repeat(64) : name;

    assertThat(names("x.y," + text)).containsExactly("x.y", text);
  }

  @ParameterizedTest
  @ValueSource(strings = {"a b", "ü", "<b>", "a/b", "a\u0000b", "😀", "a\nb", "a;b", "'", "65"})
  @DisplayName("1. Malformed ones are left out, and take nothing with them")
  void malformed(String name) {
    assertThat(names("before," + (name.equals("65") ? "x".repeat(65) : name) + ",after")).containsExactly("before", "after");
  }

  @Test
  @DisplayName("21. At most 32, the first ones; what is left out does not count")
  void most() {
    String many = String.join(",", IntStream.range(0, 200).mapToObj(i -> "c" + i).toList());

    assertThat(names(many)).hasSize(32).startsWith("c0").endsWith("c31");
    assertThat(names("c0,c0,,ü," + many)).hasSize(32).endsWith("c31");
    assertThat(Capabilities.parse(many + ",admin.manage").has("admin.manage")).isFalse();
  }

  @ParameterizedTest
  @CsvSource({"'', 0", "admin.manage, 11", "'location.share,admin.manage', 12", "'admin.manage,server.temporary', 15", "'location.view,admin.manage', 17",
      "'location.view,admin.manage,server.temporary', 21", "location.view, 6", "server.temporary, 4", "'a,b,c', 3", "'admin.manage,admin.manage,,', 11", "Admin.Manage, 1",
      "'admin.manage,location.view,location.share,server.temporary,message.broadcast', 23"})
  @DisplayName("2.2 Priority")
  void priority(String list, int priority) {
    assertThat(Capabilities.parse(list).priority()).isEqualTo(priority);
  }

  @Test
  @DisplayName("1. Names are compared letter by letter")
  void has() {
    Capabilities capabilities = Capabilities.parse("location.view,x");

    assertThat(capabilities.has("location.view")).isTrue();
    assertThat(capabilities.has("x")).isTrue();
    assertThat(capabilities.has("location")).isFalse();
    assertThat(capabilities.has("Location.View")).isFalse();
    assertThat(capabilities.has("")).isFalse();
  }
}
