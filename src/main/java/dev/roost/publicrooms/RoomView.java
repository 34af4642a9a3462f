package dev.roost.publicrooms;

/** The room object of section 1.4. */
record RoomView(String id, String name, int currentOccupancy, int capacity) {

  boolean isFull() {
    return currentOccupancy >= capacity;
  }
}
