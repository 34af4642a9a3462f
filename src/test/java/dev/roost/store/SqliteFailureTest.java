package dev.roost.store;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

/** A disk that fails for a while, or for good. */
class SqliteFailureTest {
  private static final String FAULTLESS = "PRAGMA max_page_count = 1000000";

  @TempDir
  Path folder;

  private final ListAppender<ILoggingEvent> logged = new ListAppender<>();
  private final Logger logger = (Logger) LoggerFactory.getLogger(SqliteStore.class);
  private volatile SqliteOptions.Intruder fault = SqliteFailureTest::roomEnough;

  @BeforeEach
  void listen() {
    logged.start();
    logger.addAppender(logged);
    logger.setAdditive(false);
    logger.setLevel(Level.INFO);
  }

  @AfterEach
  void stopListening() {
    logger.detachAppender(logged);
    logger.setAdditive(true);
    logger.setLevel(null);
  }

  @Test
  void afterADiskWasFullEverythingIsThereInOrder() {
    try (Store store = open(options())) {
      step(store, 1);
      StoreContract.await(store.flush());
      fault = SqliteFailureTest::full;
      step(store, 2);
      StoreContract.awaitFailure(store.flush(), "cannot be written at present");
      for (int n = 3; n <= 500; n++) {
        step(store, n);
      }
      StoreContract.awaitFailure(store.flush(), "full");
      assertThat(store.figures().isHealthy()).isFalse();
      assertThat(store.figures().failures()).isPositive();
      assertThat(store.figures().pendingBytes()).isPositive();
      assertThat(StoreContract.documents(store, "last")).containsExactly("n=1");

      fault = SqliteFailureTest::roomEnough;
      until(() -> store.figures().isHealthy());
      StoreContract.await(store.flush());
      assertThat(store.figures().pendingBytes()).isZero();
      assertState(store, 500);
    }
    try (Store store = Stores.open(file().toString())) {
      assertState(store, 500);
    }
  }

  @Test
  void aChangeThatDoesNotFitOnTheDiskIsWrittenWhenThereIsRoom() {
    try (Store store = open(options())) {
      fault = SqliteFailureTest::noMorePages;
      step(store, 1);
      store.apply(List.of(StoreContract.put("big", "k", "x".repeat(500_000)), new Change.Delete("big", "none")));
      StoreContract.awaitFailure(store.flush(), "SQLITE_FULL");
      until(() -> store.figures().failures() > 3);
      StoreContract.awaitFailure(store.flush(), "SQLITE_FULL");
      fault = SqliteFailureTest::roomEnough;
      until(() -> store.figures().isHealthy());
      assertState(store, 1);
      assertThat(store.load("big").get("k")).hasSize(500_000);
    }
  }

  @Test
  void aFileThatIsBusyIsWaitedFor() throws SQLException {
    try (Store store = open(options())) {
      try (Connection tool = DriverManager.getConnection("jdbc:sqlite:" + file()); Statement statement = tool.createStatement()) {
        statement.execute("BEGIN IMMEDIATE");
        step(store, 1);
        StoreContract.awaitFailure(store.flush(), "BUSY");
        assertThat(store.figures().isHealthy()).isFalse();
        statement.execute("ROLLBACK");
      }
      until(() -> store.figures().isHealthy());
      assertState(store, 1);
    }
  }

  @Test
  void aFailureIsLoggedAtABoundedRateAndItsEndOnce() {
    try (Store store = open(options())) {
      fault = SqliteFailureTest::full;
      for (int n = 1; n <= 300; n++) {
        step(store, n);
      }
      until(() -> store.figures().failures() >= 100);
      fault = SqliteFailureTest::roomEnough;
      until(() -> store.figures().isHealthy());
    }
    assertThat(messages(Level.WARN)).hasSizeBetween(1, 2).allMatch(line -> line.contains("see that the disk has space"));
    assertThat(messages(Level.INFO)).singleElement().asString().contains("can be written again");
    assertThat(messages(Level.ERROR)).isEmpty();
  }

  @Test
  void whatWaitsForTheDiskIsTheNewestOfEachDocument() {
    try (Store store = open(options().withMaxPendingBytes(400_000))) {
      fault = SqliteFailureTest::full;
      for (int n = 1; n <= 100_000; n++) {
        step(store, n);
      }
      // At most twice: what is at the disk, and what came since.
      assertThat(store.figures().pendingBytes()).isBetween(1000L, 400_000L);
      fault = SqliteFailureTest::roomEnough;
      until(() -> store.figures().isHealthy());
      StoreContract.await(store.flush());
      assertState(store, 100_000);
    }
  }

  @Test
  void beyondTheBoundItGivesUpForGoodAndTheFileStaysAPrefix() {
    try (Store store = open(options().withMaxPendingBytes(1 << 20))) {
      step(store, 1);
      StoreContract.await(store.flush());
      fault = SqliteFailureTest::full;
      step(store, 2);
      for (int i = 0; i < 30; i++) {
        store.apply(List.of(StoreContract.put("big", "k" + i, "x".repeat(100_000))));
      }
      StoreContract.awaitFailure(store.flush(), "has given up");
      fault = SqliteFailureTest::roomEnough;
      step(store, 3);
      StoreContract.awaitFailure(store.flush(), "has given up");
      assertThat(store.figures().isHealthy()).isFalse();
      until(() -> store.figures().pendingBytes() == 0);
    }
    assertThat(messages(Level.ERROR)).singleElement().asString().contains("gives up: 1 MB").contains("then restart");
    try (Store store = Stores.open(file().toString())) {
      assertState(store, 1);
      assertThat(store.load("big")).isEmpty();
    }
  }

  @Test
  void anAttemptThatSucceedsAfterTheStoreGaveUpIsNoRecovery() {
    try (Store store = open(options().withMaxPendingBytes(1 << 20))) {
      fault = SqliteFailureTest::full;
      step(store, 1);
      until(() -> store.figures().failures() > 0);
      CountDownLatch isAtWork = new CountDownLatch(1);
      CountDownLatch mayWrite = new CountDownLatch(1);
      fault = connection -> {
        isAtWork.countDown();
        await(mayWrite);
        roomEnough(connection);
      };
      await(isAtWork);
      store.apply(List.of(StoreContract.put("big", "k", "x".repeat(2 << 20))));
      StoreContract.awaitFailure(store.flush(), "has given up");
      mayWrite.countDown();
      until(() -> store.figures().commits() == 1);
      assertThat(store.figures().isHealthy()).isFalse();
    }
    assertThat(messages(Level.ERROR)).singleElement().asString().contains("gives up: 1 MB");
    assertThat(messages(Level.INFO)).isEmpty();
    try (Store store = Stores.open(file().toString())) {
      assertState(store, 1);
      assertThat(store.load("big")).isEmpty();
    }
  }

  @Test
  void aFileThatIsFoundDamagedIsNotWrittenAnyMore() {
    try (Store store = open(options())) {
      fault = connection -> {
        throw new SQLiteException("[SQLITE_CORRUPT_INDEX] injected", SQLiteErrorCode.SQLITE_CORRUPT_INDEX);
      };
      step(store, 1);
      StoreContract.awaitFailure(store.flush(), "has given up");
      fault = SqliteFailureTest::roomEnough;
      step(store, 2);
      assertThat(store.figures().isHealthy()).isFalse();
    }
    assertThat(messages(Level.ERROR)).singleElement().asString().contains("its file is damaged").contains("restored backup");
    try (Store store = Stores.open(file().toString())) {
      assertThat(store.load("last")).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void afterAFailureOfItsThreadItGivesUpAndNobodyWaitsForEver(boolean isError) {
    try (Store store = open(options())) {
      step(store, 1);
      StoreContract.await(store.flush());
      CountDownLatch isAtWork = new CountDownLatch(1);
      CountDownLatch mayFail = new CountDownLatch(1);
      fault = connection -> {
        isAtWork.countDown();
        await(mayFail);
        if (isError) {
          throw new OutOfMemoryError("injected");
        }
        throw new IllegalStateException("injected");
      };
      step(store, 2);
      CompletionStage<Void> ofTheBatch = store.flush();
      await(isAtWork);
      step(store, 3);
      CompletionStage<Void> ofTheNext = store.flush();
      mayFail.countDown();
      StoreContract.awaitFailure(ofTheBatch, "has given up");
      StoreContract.awaitFailure(ofTheNext, "has given up");
      step(store, 4);
      StoreContract.awaitFailure(store.flush(), "has given up");
      assertThat(store.figures().pendingBytes()).isZero();
      assertThat(store.figures().isHealthy()).isFalse();
    }
    assertThat(messages(Level.ERROR)).singleElement().asString().contains("its thread ended by a failure").contains("restart");
    assertThat(logged.list).last().extracting(event -> event.getThrowableProxy().getMessage()).isEqualTo("injected");
    try (Store store = Stores.open(file().toString())) {
      assertState(store, 1);
    }
  }

  @Test
  void aCloseDoesNotWaitForTheDiskForEverAndSaysWhatIsLost() {
    Store store = open(options());
    fault = SqliteFailureTest::full;
    for (int n = 1; n <= 300; n++) {
      step(store, n);
    }
    long start = System.nanoTime();
    store.close();
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofMillis(2500));
    assertThat(messages(Level.ERROR)).singleElement().asString().contains("could not write its last steps");
    try (Store again = Stores.open(file().toString())) {
      assertThat(again.load("last")).isEmpty();
    }
  }

  private Path file() {
    return folder.resolve("roost.db");
  }

  private SqliteOptions options() {
    return SqliteOptions.defaults().withRetryPause(Duration.ofMillis(5)).withIntruder(connection -> fault.run(connection));
  }

  private Store open(SqliteOptions options) {
    return SqliteStore.open(file(), options);
  }

  /** A step that is seen to be half-applied or out of order. */
  private static void step(Store store, int n) {
    store.apply(List.of(StoreContract.put("left", "k" + n % 300, "" + n), StoreContract.put("last", "n", "" + n), StoreContract.put("right", "k" + n % 300, "x".repeat(50) + n)));
  }

  private static void assertState(Store store, int last) {
    assertThat(StoreContract.documents(store, "last")).containsExactly("n=" + last);
    for (int n = Math.max(1, last - 299); n <= last; n++) {
      assertThat(store.load("left").get("k" + n % 300)).asString().isEqualTo("" + n);
      assertThat(store.load("right").get("k" + n % 300)).asString().isEqualTo("x".repeat(50) + n);
    }
  }

  private List<String> messages(Level level) {
    return List.copyOf(logged.list).stream().filter(event -> event.getLevel() == level).map(ILoggingEvent::getFormattedMessage).toList();
  }

  /** From here on the file cannot grow: SQLite itself says that the disk is full, somewhere within a transaction. */
  private static void noMorePages(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute("PRAGMA max_page_count = 1");
    }
  }

  /** Not even a small step can be written. */
  private static void full(Connection connection) throws SQLException {
    noMorePages(connection);
    try (Statement statement = connection.createStatement()) {
      statement.execute("CREATE TABLE filler (x)");
      statement.execute("INSERT INTO filler VALUES (zeroblob(100000))");
    }
  }

  private static void roomEnough(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(FAULTLESS);
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      assertThat(latch.await(20, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private static void until(BooleanSupplier condition) {
    long start = System.nanoTime();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime() - start).isLessThan(Duration.ofSeconds(20).toNanos());
      Thread.onSpinWait();
    }
  }
}
