package dev.roost.bench;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A text with placeholders: {@code {user}} {@code {room}} {@code {run}} of the connection, and in messages {@code {marker}} {@code {now}} {@code {padding}},
 * with the preset mesh also {@code {target}}, with socketio {@code {medium}} and {@code {switch}}. Braces around anything else are left as they are, so JSON needs no escapes.
 *
 * @param wire as what it is sent
 */
record Template(String text, Wire wire) {
  static final String MARKER = "{marker}";
  /** The user that a message is for. */
  static final String TARGET = "{target}";
  static final String RUN = "{run}";
  /** {@code true} or {@code false}, by the message's turn in the {@link Rotation}; with a blank, which JSON allows, where that is shorter. */
  static final String SWITCH = "{switch}";
  /** {@code audio} or {@code video}, in the same way. */
  static final String MEDIUM = "{medium}";
  /** Of a user's number, so that all messages have the same length. */
  static final int DIGITS = 6;
  private static final String PADDING = "{padding}";
  private static final String NOW = "{now}";
  private static final Pattern PLACEHOLDER = Pattern.compile("\\{(user|room|run)}");
  private static final byte[] ON = "true ".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] OFF = "false".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] AUDIO = "audio".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] VIDEO = "video".getBytes(StandardCharsets.US_ASCII);
  /** Milliseconds since 1970 have 13 digits until the year 2286. */
  private static final int NOW_DIGITS = 13;

  Template(String text) {
    this(text, Wire.TEXT);
  }

  /** Who speaks. */
  record Speaker(String run, int user, int room) {}

  /** The same with this value in place of a placeholder. */
  Template with(String placeholder, String value) {
    return new Template(text.replace(placeholder, value), wire);
  }

  /** The text for a URL or an opening message. */
  String fill(Speaker speaker) {
    return about(speaker).replace(NOW, Long.toString(System.currentTimeMillis()));
  }

  private String about(Speaker speaker) {
    return PLACEHOLDER.matcher(text).replaceAll(match -> Matcher.quoteReplacement(switch (match.group(1)) {
      case "user" -> "%06d".formatted(speaker.user());
      case "room" -> "%05d".formatted(speaker.room());
      default -> speaker.run();
    }));
  }

  /**
   * The message of one sender, ready but for the marker and the time.
   *
   * @param size bytes that {@code {padding}} fills the message up to, if it is smaller
   */
  Message message(Speaker speaker, int size) {
    String known = about(speaker);
    Message bare = place(known, "");
    int missing = size - bare.bytes().length;
    return missing <= 0 ? bare : place(known, "x".repeat(missing));
  }

  private Message place(String filled, String padding) {
    String padded = filled.replace(PADDING, padding);
    Map<String, String> stamped = Map.of(MARKER, Marker.placeholder(), NOW, "0".repeat(NOW_DIGITS), TARGET, "0".repeat(DIGITS), SWITCH, "0".repeat(OFF.length),
        MEDIUM, "0".repeat(VIDEO.length));
    return new Message(place(padded, stamped, "").getBytes(wire.charset), wire, offset(padded, stamped, MARKER), offset(padded, stamped, NOW),
        offset(padded, stamped, TARGET), offset(padded, stamped, SWITCH), offset(padded, stamped, MEDIUM));
  }

  private static String place(String padded, Map<String, String> stamped, String except) {
    String placed = padded;
    for (Map.Entry<String, String> each : stamped.entrySet()) {
      placed = each.getKey().equals(except) ? placed : placed.replace(each.getKey(), each.getValue());
    }
    return placed;
  }

  /** Where the bytes for a placeholder begin when all the others are in their places, or -1. */
  private int offset(String padded, Map<String, String> stamped, String what) {
    String within = place(padded, stamped, what);
    int at = within.indexOf(what);
    return at < 0 ? -1 : within.substring(0, at).getBytes(wire.charset).length;
  }

  /** A message to be sent again and again. Not thread-safe. */
  record Message(byte[] bytes, Wire wire, int markerAt, int nowAt, int targetAt, int switchAt, int mediumAt) {
    /** Writes the user that the message is for over the one of the message before. */
    void address(int user) {
      write(user, targetAt, DIGITS);
    }

    /** Writes marker, time and the words of the turn, where there are any, over the ones of the message before. */
    void stamp(Marker marker, int stream, int sequence, long due) {
      if (markerAt >= 0) {
        marker.write(ByteBuffer.wrap(bytes), markerAt, stream, sequence, due);
      }
      if (nowAt >= 0) {
        write(System.currentTimeMillis(), nowAt, NOW_DIGITS);
      }
      if (switchAt >= 0) {
        System.arraycopy(Rotation.isOn(sequence) ? ON : OFF, 0, bytes, switchAt, OFF.length);
      }
      if (mediumAt >= 0) {
        System.arraycopy(Rotation.isAudio(sequence) ? AUDIO : VIDEO, 0, bytes, mediumAt, VIDEO.length);
      }
    }

    private void write(long number, int at, int digits) {
      long rest = number;
      for (int digit = at + digits - 1; digit >= at; digit--) {
        bytes[digit] = (byte) ('0' + rest % 10);
        rest /= 10;
      }
    }
  }
}
