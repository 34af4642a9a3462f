package dev.roost.ptt.recording;

import dev.roost.ptt.Recorder.Transmission;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How the files of a recording are called: when it began, of what kind it is and something random. Never what a client said (defect 21 of the contract's section 6): two recordings cannot have one name, and none leaves the folder.
 *
 * @param text without ending
 */
record RecordingName(LocalDate date, String text) {
  static final int RANDOM_LENGTH = 12;

  private static final DateTimeFormatter START = DateTimeFormatter.ofPattern("uuuuMMdd'T'HHmmss.SSS'Z'").withZone(ZoneOffset.UTC);
  private static final Pattern FORM = Pattern.compile("((\\d{8})T\\d{6}\\.\\d{3}Z-(?:group|private)-[0-9a-z]{" + RANDOM_LENGTH + "})\\.(opus|raw|spool|part)");

  static RecordingName of(Transmission transmission, String random) {
    Instant start = transmission.start();
    return new RecordingName(LocalDate.ofInstant(start, ZoneOffset.UTC), START.format(start) + "-" + kind(transmission) + "-" + random);
  }

  /** The name of a file of a recording; empty if it is another file. */
  static Optional<RecordingName> ofFile(String fileName) {
    Matcher matcher = FORM.matcher(fileName);
    if (!matcher.matches()) {
      return Optional.empty();
    }
    return Days.parse(matcher.group(2), DateTimeFormatter.BASIC_ISO_DATE).map(date -> new RecordingName(date, matcher.group(1)));
  }

  static String kind(Transmission transmission) {
    return transmission.isGroup() ? "group" : "private";
  }
}
