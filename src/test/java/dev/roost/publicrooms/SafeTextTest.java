package dev.roost.publicrooms;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Sanitising (contract, section 1.4). */
class SafeTextTest {

  @ParameterizedTest
  @CsvSource(quoteCharacter = '`', delimiter = '|', value = {
      "O'Brien | O&#x27;Brien",
      "Create & Update | Create &amp; Update",
      "<script>alert(\"x\")</script> | alert(&quot;x&quot;)",
      "AC/DC | AC&#x2F;DC",
      "<b>Ann</b> | Ann",
      "1 < 2 > 0 | 1 &lt; 2 &gt; 0",
      "I <3 you | I &lt;3 you",
      "a <b c | a &lt;b c",
      "a > b | a &gt; b",
      "<<b>script>x | x",
      "<<<b>i>u>x | x",
      "<3<b>x> | &lt;3x&gt;",
      "<!-- a -->x | x",
      "<?php x ?>y | y",
      "<>x | x",
      "SELECT * FROM users; -- | SELECT * FROM users; --",
      "&lt;b&gt; | &amp;lt;b&amp;gt;",
  })
  @DisplayName("1.4. A name is fit for any page")
  void name(String given, String shown) {
    assertThat(SafeText.name(given)).contains(shown);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "\t\r\n", "\u00A0\uFEFF\u2003", "<b></b>", "<b> </b>", "\u0000\u0007", "\uD83D", "\uDE00\uD83D", "\u200B\u200D", "<b\u0000></b>", "\u202E"})
  @DisplayName("1.4. A text of nothing is none")
  void nothing(String given) {
    assertThat(SafeText.name(given)).isEmpty();
    assertThat(SafeText.message(given)).isEmpty();
  }

  @Test
  @DisplayName("1.4. Control characters and halves of pairs go; people in one picture stay together")
  void controls() {
    assertThat(SafeText.name("a\u0000\u001B\u007F\u009Fb")).contains("ab");
    assertThat(SafeText.message("a\uD83Db\uDE00")).contains("ab");
    assertThat(SafeText.message("a\u202E\u2066\u2028b")).contains("ab");
    assertThat(SafeText.name("<\u0000b>x")).as("a tag that a control character hides").contains("x");
    assertThat(SafeText.name(" \uD83D\uDC68\u200D\uD83D\uDC69 ")).contains("\uD83D\uDC68\u200D\uD83D\uDC69");
  }

  @Test
  @DisplayName("1.4. Characters are counted as people do, and before escaping")
  void lengths() {
    assertThat(SafeText.name("&".repeat(50))).contains("&amp;".repeat(50));
    assertThat(SafeText.name("  " + "\uD83D\uDE00".repeat(50))).contains("\uD83D\uDE00".repeat(50));
    assertThat(SafeText.name("\uD83D\uDE00".repeat(51))).isEmpty();
    assertThat(SafeText.name("<b>" + "a".repeat(50) + "</b>")).contains("a".repeat(50));
    assertThat(SafeText.name("a".repeat(51))).isEmpty();
    assertThat(SafeText.message(" " + "a".repeat(1000) + "\n")).contains("a".repeat(1000));
    assertThat(SafeText.message("a".repeat(1001))).isEmpty();
    assertThat(SafeText.message("<b>" + "a".repeat(998))).as("the length of a message is that of what was sent").isEmpty();
  }

  @Test
  @Timeout(value = 20, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  @DisplayName("A hostile text of a megabyte takes no time")
  void hostile() {
    for (String part : new String[] {"<", ">", "<b", "<b>", "<<b>", "< ", "\u0000", " ", "\uD83D", "<3>", "&"}) {
      String text = part.repeat(1_000_000 / part.length());
      assertThat(SafeText.name(text)).isEmpty();
      assertThat(SafeText.name("<".repeat(500_000) + text)).isEmpty();
      assertThat(SafeText.message(text)).isEmpty();
    }
  }

  @Test
  @DisplayName("Nothing that a page could mistake is ever left")
  void random() {
    Random random = new Random(6);
    String alphabet = "<>&\"'/ba!? 3\u0000\u202E\uD83D\uDE00";
    for (int round = 0; round < 50_000; round++) {
      StringBuilder text = new StringBuilder();
      for (int i = random.nextInt(30); i > 0; i--) {
        text.append(alphabet.charAt(random.nextInt(alphabet.length())));
      }
      SafeText.name(text.toString()).ifPresent(shown -> {
        assertThat(shown).as(text.toString()).doesNotContainPattern("[<>\"'/\u0000\u202E]").isEqualTo(shown.strip());
        assertThat(shown.replace("&lt;", "<").replace("&gt;", ">").replace("&#x2F;", "/")).as(text.toString()).doesNotContainPattern("<[a-zA-Z/!?>][^<>]*>");
        assertThat(shown.codePoints()).as(text.toString()).noneMatch(c -> Character.getType(c) == Character.SURROGATE);
      });
    }
  }
}
