package dev.roost.mesh;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * What a device says it can do: section 1 of the contract. Claims, not rights: the organisation's devices trust each other.
 *
 * @param names without repetition, in the order given
 */
record Capabilities(List<String> names) {
  static final String ADMIN_MANAGE = "admin.manage";
  static final String LOCATION_VIEW = "location.view";
  static final String LOCATION_SHARE = "location.share";
  static final String SERVER_TEMPORARY = "server.temporary";

  private static final int MOST = 32;
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._:-]{1,64}");

  /** Reads a comma-separated list; what is empty, malformed, repeated or too many is left out. */
  static Capabilities parse(String list) {
    Set<String> kept = new LinkedHashSet<>();
    for (String part : list.split(",")) {
      String name = part.strip();
      if (kept.size() < MOST && NAME.matcher(name).matches()) {
        kept.add(name);
      }
    }
    return new Capabilities(List.copyOf(kept));
  }

  boolean has(String name) {
    return names.contains(name);
  }

  /** Section 2.2. */
  int priority() {
    return names.size() + (has(LOCATION_VIEW) ? 5 : 0) + (has(ADMIN_MANAGE) ? 10 : 0) + (has(SERVER_TEMPORARY) ? 3 : 0);
  }
}
