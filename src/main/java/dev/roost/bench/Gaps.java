package dev.roost.bench;

import java.util.Arrays;

/**
 * What one receiver has of one stream: which sequence numbers came, exactly, in the memory of what is missing. A stream without loss costs one number.
 * Not thread-safe.
 */
final class Gaps {
  /** Missing numbers as ranges, begin and end (not included) in turn, ascending. */
  private int[] ranges = {};
  private int used;

  /** What the arrival of a number means. */
  enum Arrival { NEXT, LATE, DUPLICATE }

  /** Numbers from {@code from} to {@code to} (not included) were skipped; they lie above all that were skipped before. */
  void skipped(int from, int to) {
    if (used + 2 > ranges.length) {
      ranges = Arrays.copyOf(ranges, Math.max(8, used * 2));
    }
    ranges[used++] = from;
    ranges[used++] = to;
  }

  /** Whether this number is missing. */
  boolean lacks(int number) {
    return rangeOf(number) >= 0;
  }

  /** A number below the highest seen has come: it was missing, or it is there twice. */
  Arrival arrived(int number) {
    int range = rangeOf(number);
    if (range < 0) {
      return Arrival.DUPLICATE;
    }
    int from = ranges[range];
    int to = ranges[range + 1];
    if (from + 1 == to) {
      System.arraycopy(ranges, range + 2, ranges, range, used - range - 2);
      used -= 2;
    } else if (number == from) {
      ranges[range]++;
    } else if (number == to - 1) {
      ranges[range + 1]--;
    } else {
      split(range, number);
    }
    return Arrival.LATE;
  }

  private void split(int range, int number) {
    int to = ranges[range + 1];
    ranges = used + 2 > ranges.length ? Arrays.copyOf(ranges, used * 2) : ranges;
    System.arraycopy(ranges, range + 2, ranges, range + 4, used - range - 2);
    used += 2;
    ranges[range + 1] = number;
    ranges[range + 2] = number + 1;
    ranges[range + 3] = to;
  }

  /** The index of the range that holds the number, or -1. */
  private int rangeOf(int number) {
    int low = 0;
    int high = used / 2 - 1;
    while (low <= high) {
      int middle = (low + high) >>> 1;
      if (number < ranges[2 * middle]) {
        high = middle - 1;
      } else if (number >= ranges[2 * middle + 1]) {
        low = middle + 1;
      } else {
        return 2 * middle;
      }
    }
    return -1;
  }
}
