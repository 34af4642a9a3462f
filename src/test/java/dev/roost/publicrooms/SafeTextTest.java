package dev.roost.publicrooms;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
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
  void aNameIsFitForAnyPage(String given, String shown) {
    assertEquals(Optional.of(shown), SafeText.name(given));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "\t\r\n", "\u00A0\uFEFF\u2003", "<b></b>", "<b> </b>", "\u0000\u0007", "\uD83D", "\uDE00\uD83D", "\u200B\u200D", "<b\u0000></b>", "\u202E"})
  void aNameOfNothingIsNone(String given) {
    assertEquals(Optional.empty(), SafeText.name(given));
    assertEquals(Optional.empty(), SafeText.message(given));
  }

  @Test
  void controlCharactersAndHalvesOfPairsGo() {
    assertEquals(Optional.of("ab"), SafeText.name("a\u0000\u001B\u007F\u009Fb"));
    assertEquals(Optional.of("ab"), SafeText.message("a\uD83Db\uDE00"));
    assertEquals(Optional.of("ab"), SafeText.message("a\u202E\u2066\u2028b"));
    assertEquals(Optional.of("x"), SafeText.name("<\u0000b>x"), "a tag that a control character hides");
    assertEquals(Optional.of("\uD83D\uDC68\u200D\uD83D\uDC69"), SafeText.name(" \uD83D\uDC68\u200D\uD83D\uDC69 "), "people in one picture stay together");
  }

  @Test
  void charactersAreCountedAsPeopleDoAndBeforeEscaping() {
    assertEquals(Optional.of("&amp;".repeat(50)), SafeText.name("&".repeat(50)));
    assertEquals(Optional.of("\uD83D\uDE00".repeat(50)), SafeText.name("  " + "\uD83D\uDE00".repeat(50)));
    assertEquals(Optional.empty(), SafeText.name("\uD83D\uDE00".repeat(51)));
    assertEquals(Optional.of("a".repeat(50)), SafeText.name("<b>" + "a".repeat(50) + "</b>"));
    assertEquals(Optional.empty(), SafeText.name("a".repeat(51)));
    assertEquals(Optional.of("a".repeat(1000)), SafeText.message(" " + "a".repeat(1000) + "\n"));
    assertEquals(Optional.empty(), SafeText.message("a".repeat(1001)));
    assertEquals(Optional.empty(), SafeText.message("<b>" + "a".repeat(999)), "the length of a message is that of what was sent");
  }

  @Test
  void aHostileTextOfAMegabyteTakesNoTime() {
    assertTimeoutPreemptively(Duration.ofSeconds(20), () -> {
      for (String part : new String[] {"<", ">", "<b", "<b>", "<<b>", "< ", "\u0000", " ", "\uD83D", "<3>", "&"}) {
        String text = part.repeat(1_000_000 / part.length());
        SafeText.name(text);
        SafeText.message(text);
        SafeText.name("<".repeat(500_000) + text);
      }
    });
  }

  @Test
  void nothingThatAPageCouldMistakeIsEverLeft() {
    Random random = new Random(6);
    String alphabet = "<>&\"'/ba!? 3\u0000\u202E\uD83D\uDE00";
    for (int round = 0; round < 50_000; round++) {
      StringBuilder text = new StringBuilder();
      for (int i = random.nextInt(30); i > 0; i--) {
        text.append(alphabet.charAt(random.nextInt(alphabet.length())));
      }
      Optional<String> name = SafeText.name(text.toString());
      name.ifPresent(shown -> {
        assertFalse(shown.matches("(?s).*[<>\"'/\u0000\u202E].*"), () -> text + " became " + shown);
        assertFalse(shown.replace("&lt;", "<").replace("&gt;", ">").replace("&#x2F;", "/").matches("(?s).*<[a-zA-Z/!?>][^<>]*>.*"), () -> text + " became " + shown);
        assertTrue(shown.codePoints().noneMatch(c -> Character.getType(c) == Character.SURROGATE), () -> text + " became " + shown);
        assertEquals(shown, shown.strip());
      });
    }
  }
}
