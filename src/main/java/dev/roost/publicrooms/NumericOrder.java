package dev.roost.publicrooms;

import java.util.List;

/** Orders names as people do: numbers in them by their value, so that room 10 comes after room 9. */
final class NumericOrder {
  private NumericOrder() {}

  static List<StudyRoom> byName(List<StudyRoom> rooms) {
    return rooms.stream().sorted((a, b) -> compare(a.name(), b.name())).toList();
  }

  static int compare(String a, String b) {
    int i = 0;
    int j = 0;
    while (i < a.length() && j < b.length()) {
      int endA = end(a, i);
      int endB = end(b, j);
      boolean isNumber = isDigit(a.charAt(i)) && isDigit(b.charAt(j));
      int order = isNumber ? compareNumbers(a.substring(i, endA), b.substring(j, endB)) : a.substring(i, endA).compareTo(b.substring(j, endB));
      if (order != 0) {
        return order;
      }
      i = endA;
      j = endB;
    }
    return a.length() - i - (b.length() - j);
  }

  /** Where the run of digits, or the single other character, ends that begins here. */
  private static int end(String text, int from) {
    int end = from + 1;
    while (isDigit(text.charAt(from)) && end < text.length() && isDigit(text.charAt(end))) {
      end++;
    }
    return end;
  }

  private static int compareNumbers(String a, String b) {
    String left = a.replaceFirst("^0+", "");
    String right = b.replaceFirst("^0+", "");
    return left.length() == right.length() ? left.compareTo(right) : left.length() - right.length();
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }
}
