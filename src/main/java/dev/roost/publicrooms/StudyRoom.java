package dev.roost.publicrooms;

/** One room (section 2.2). On the rooms' loop. */
final class StudyRoom {
  private final String id;
  private final String name;

  StudyRoom(String id, String name) {
    this.id = id;
    this.name = name;
  }

  /** A UUID. */
  String id() {
    return id;
  }

  String name() {
    return name;
  }
}
