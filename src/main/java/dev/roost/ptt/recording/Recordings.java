package dev.roost.ptt.recording;

import dev.roost.core.RandomIds;
import dev.roost.core.Setting;
import dev.roost.core.SettingException;
import dev.roost.core.Settings;
import dev.roost.ptt.Recorder;
import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps each transmission with audio as a file, and says in an index of the day who spoke to whom.
 *
 * <p>Guarantees: the loop never waits for the disk; memory is bounded, and what does not fit is missing in the recording, counted and logged; the end of the process, however it comes, costs a recording its last second at most; a failure of the
 * power may cost what the system had not written yet. While the disk fails, the server goes on.
 */
public final class Recordings implements Recorder {
  private static final Logger log = LoggerFactory.getLogger(Recordings.class);
  private static final Duration TIDY_INTERVAL = Duration.ofMinutes(1);
  private static final Duration CLOSE_TIME = Duration.ofSeconds(1);
  private static final int MAX_DAYS = 36_500;

  private static final Setting<String> FOLDER = Setting.text("PTT_RECORDINGS", "DIR", "", "Folder for recordings of what is said; none: nothing is recorded");
  private static final Setting<Integer> KEEP_DAYS = Setting.integer("PTT_RECORDINGS_KEEP_DAYS", 0, 0, MAX_DAYS, "After so many days recordings are deleted; 0: never");

  private final RecordingCounts counts = new RecordingCounts();
  private final Set<RecordingTake> underWay = ConcurrentHashMap.newKeySet();
  private final RandomIds ids = new RandomIds(new SecureRandom());
  private final RecordingLimits limits;
  private final RecordingFolder folder;
  private final Duration closeTime;
  private final RecordingQueue queue;
  private final RecordingWriter writer;
  private volatile boolean isClosed;

  /** @param closeTime how long the end waits for what is being written */
  Recordings(RecordingFolder folder, RecordingLimits limits, InstantSource clock, Duration tidyInterval, Duration closeTime) {
    this.folder = folder;
    this.limits = limits;
    this.closeTime = closeTime;
    queue = new RecordingQueue(limits.queueBytes());
    writer = new RecordingWriter(folder, queue, limits, counts, clock, tidyInterval);
  }

  public static List<Setting<?>> settings() {
    return List.of(FOLDER, KEEP_DAYS);
  }

  /**
   * Opens the folder of the settings, makes it if it is missing; {@link Recorder#NONE} where none is set.
   *
   * @throws SettingException if it cannot be made or written, or another server records there
   */
  public static Recorder open(Settings settings) {
    String path = settings.get(FOLDER);
    int keepDays = settings.get(KEEP_DAYS);
    if (path.isEmpty()) {
      return NONE;
    }
    try {
      Recordings recordings = new Recordings(RecordingFolder.open(Path.of(path)), RecordingLimits.of(keepDays), InstantSource.system(), TIDY_INTERVAL, CLOSE_TIME);
      log.info("What is said is recorded to {}{}", recordings.folder.path(), keepDays == 0 ? "" : " and kept for " + keepDays + " days");
      return recordings;
    } catch (IOException e) {
      throw refusal(settings, path, RecordingFolder.reason(e));
    } catch (InvalidPathException e) {
      throw refusal(settings, path, "it is no file name");
    }
  }

  private static SettingException refusal(Settings settings, String path, String why) {
    return new SettingException("PTT_RECORDINGS must be a folder that this server alone can write to, but was \"" + path + "\" (from " + settings.source(FOLDER) + "): " + why);
  }

  @Override
  public Take begin(Transmission transmission) {
    if (isClosed) {
      return NONE.begin(transmission);
    }
    Recording recording = new Recording(RecordingName.of(transmission, ids.next(RecordingName.RANDOM_LENGTH)), transmission);
    RecordingTake take = new RecordingTake(recording, queue, counts, limits.recordingBytes(), underWay::remove);
    underWay.add(take);
    return take;
  }

  @Override
  public Map<String, Number> figures() {
    return counts.toMap();
  }

  @Override
  public void close() {
    if (isClosed) {
      return;
    }
    isClosed = true;
    underWay.forEach(RecordingTake::cutOff);
    queue.put(new RecordingQueue.Work.Stop());
    try {
      if (!writer.isDone(closeTime)) {
        log.warn("The disk under {} was too slow to finish all recordings; the next start will do it", folder.path());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
