package dev.roost.gallery;

import java.util.Locale;
import java.util.Optional;

/** What a member may do in a room (2.5 of the contract): claimed at join, not proven, unless a host key is set. */
enum Role {
  VIEWER, EDITOR, HOST;

  /** As on the wire. */
  String wire() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The role of this name; empty for any other text. */
  static Optional<Role> of(String wire) {
    return switch (wire) {
      case "host" -> Optional.of(HOST);
      case "editor" -> Optional.of(EDITOR);
      case "viewer" -> Optional.of(VIEWER);
      default -> Optional.empty();
    };
  }
}
