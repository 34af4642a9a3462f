package dev.roost.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every engine keeps to. */
abstract class StoreContract {
  Store store;

  abstract Store open();

  @BeforeEach
  void openStore() {
    store = open();
  }

  @AfterEach
  void closeStore() {
    store.close();
  }

  @Test
  void aNewStoreIsEmptyAndHealthy() {
    assertThat(store.load("rooms")).isEmpty();
    assertThat(store.figures().isHealthy()).isTrue();
    assertThat(store.figures().pendingBytes()).isZero();
  }

  @Test
  void whatWasPutIsLoaded() {
    store.apply(List.of(put("rooms", "a", "one")));
    assertThat(loaded("rooms")).containsExactly("a=one");
  }

  @Test
  void theLastOfSeveralChangesCounts() {
    store.apply(List.of(put("rooms", "a", "one")));
    store.apply(List.of(put("rooms", "a", "two"), put("rooms", "a", "three")));
    store.apply(List.of(put("rooms", "b", "one"), new Change.Delete("rooms", "b")));
    store.apply(List.of(put("rooms", "c", "one"), new Change.Delete("rooms", "c"), put("rooms", "c", "again")));
    assertThat(loaded("rooms")).containsExactly("a=three", "c=again");
  }

  @Test
  void aDeletedDocumentIsGoneAndDeletingNothingIsNothing() {
    store.apply(List.of(put("rooms", "a", "one"), put("rooms", "b", "two")));
    await(store.flush());
    store.apply(List.of(new Change.Delete("rooms", "a"), new Change.Delete("rooms", "never"), new Change.Delete("nowhere", "never")));
    assertThat(loaded("rooms")).containsExactly("b=two");
    assertThat(loaded("nowhere")).isEmpty();
  }

  @Test
  void collectionsAreApart() {
    store.apply(List.of(put("rooms", "a", "room"), put("chats", "a", "chat"), put("", "a", "nameless")));
    assertThat(loaded("rooms")).containsExactly("a=room");
    assertThat(loaded("chats")).containsExactly("a=chat");
    assertThat(loaded("")).containsExactly("a=nameless");
  }

  @Test
  void keysAreLoadedInTheOrderOfTheirUtf8Bytes() {
    List<String> keys = new ArrayList<>(List.of("", " ", "A", "a", "a\0", "a\0b", "aa", "b", "é", "߿", "ࠀ", "日本", "\uFF01", "\uFFFD", "😀", "😀a", "👍🏽", "\uDBFF\uDFFF"));
    List<String> byBytes = new ArrayList<>(keys);
    byBytes.sort((a, b) -> Arrays.compareUnsigned(a.getBytes(StandardCharsets.UTF_8), b.getBytes(StandardCharsets.UTF_8)));
    Collections.shuffle(keys, new Random(7));
    for (String key : keys) {
      store.apply(List.of(put("rooms", key, "value of " + key)));
    }
    await(store.flush());
    assertThat(store.load("rooms").keySet()).containsExactlyElementsOf(byBytes);
    assertThat(store.load("rooms")).allSatisfy((key, value) -> assertThat(text(value)).isEqualTo("value of " + key));
  }

  @Test
  void halfOfASurrogatePairIsRefusedBecauseTwoDocumentsWouldBecomeOne() {
    for (String text : List.of("\uD83D", "\uDE00", "a\uD83Db", "\uDE00\uD83D", "😀\uD83D")) {
      assertThatThrownBy(() -> put("rooms", text, "")).isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> new Change.Delete(text, "a")).isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void anyBytesAreAValue() {
    byte[] big = new byte[1 << 20];
    new Random(1).nextBytes(big);
    byte[] all = new byte[256];
    for (int i = 0; i < all.length; i++) {
      all[i] = (byte) i;
    }
    store.apply(List.of(new Change.Put("v", "big", big), new Change.Put("v", "all", all), new Change.Put("v", "none", new byte[0])));
    await(store.flush());
    assertThat(store.load("v").get("big")).isEqualTo(big);
    assertThat(store.load("v").get("all")).isEqualTo(all);
    assertThat(store.load("v").get("none")).isEmpty();
  }

  @Test
  void anEmptyStepIsNothing() {
    store.apply(List.of());
    await(store.flush());
    assertThat(store.figures().pendingBytes()).isZero();
  }

  @Test
  void afterAFlushNothingIsPending() {
    for (int i = 0; i < 1000; i++) {
      store.apply(List.of(put("rooms", "k" + i % 10, "v" + i)));
    }
    await(store.flush());
    assertThat(store.figures().pendingBytes()).isZero();
    assertThat(store.figures().commits()).isPositive();
    assertThat(loaded("rooms")).hasSize(10).contains("k9=v999");
  }

  @Test
  void flushesOfNothingAreDoneAtOnce() {
    for (int i = 0; i < 100; i++) {
      assertThat(store.flush().toCompletableFuture()).isCompleted();
    }
  }

  @Test
  void everyThreadKeepsItsOrderAndItsStepsWhole() throws InterruptedException {
    int threads = 16;
    int steps = 500;
    List<Thread> writers = new ArrayList<>();
    for (int t = 0; t < threads; t++) {
      String key = "t" + t;
      writers.add(Thread.ofPlatform().start(() -> {
        for (int n = 1; n <= steps; n++) {
          store.apply(List.of(put("left", key, "" + n), put("right", key, "" + n), put("last", "of all", key)));
          if (n % 100 == 0) {
            await(store.flush());
          }
        }
      }));
    }
    for (Thread writer : writers) {
      writer.join();
    }
    assertThat(loaded("left")).hasSize(threads).allMatch(document -> document.endsWith("=" + steps));
    assertThat(loaded("right")).isEqualTo(loaded("left"));
    assertThat(loaded("last")).hasSize(1);
  }

  @Test
  void aLoadedMapBelongsToTheCaller() {
    store.apply(List.of(put("rooms", "a", "one")));
    await(store.flush());
    store.load("rooms").clear();
    assertThat(loaded("rooms")).containsExactly("a=one");
  }

  @Test
  void afterTheCloseStepsAreIgnoredAndTheRestFailsClearly() {
    store.apply(List.of(put("rooms", "a", "one")));
    store.close();
    store.close();
    store.apply(List.of(put("rooms", "a", "late")));
    assertThatThrownBy(() -> store.load("rooms")).isInstanceOf(StoreException.class).hasMessageContaining("closed");
    assertThatThrownBy(() -> await(store.flush())).hasCauseInstanceOf(StoreException.class).hasMessageContaining("closed");
    assertThat(store.figures().isHealthy()).isTrue();
  }

  /** The collection after all that was handed over, as key=value. */
  List<String> loaded(String collection) {
    await(store.flush());
    return documents(store, collection);
  }

  static List<String> documents(Store store, String collection) {
    return store.load(collection).entrySet().stream().map(document -> document.getKey() + "=" + text(document.getValue())).toList();
  }

  static Change put(String collection, String key, String value) {
    return new Change.Put(collection, key, value.getBytes(StandardCharsets.UTF_8));
  }

  static String text(byte[] value) {
    return new String(value, StandardCharsets.UTF_8);
  }

  static void await(CompletionStage<Void> flush) {
    flush.toCompletableFuture().orTimeout(20, TimeUnit.SECONDS).join();
  }

  static void awaitFailure(CompletionStage<Void> flush, String message) {
    assertThatThrownBy(() -> await(flush)).isInstanceOf(CompletionException.class).hasCauseInstanceOf(StoreException.class).hasMessageContaining(message);
  }
}
