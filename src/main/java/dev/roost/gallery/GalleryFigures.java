package dev.roost.gallery;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;

/** What Gallery counts for operators. On Gallery's loop. */
final class GalleryFigures {
  long connections;
  long roomsOpened;
  long joins;
  long broadcasts;
  long directMessages;
  long faults;

  Map<String, Number> toMap(Collection<Room> rooms) {
    Map<String, Number> figures = new LinkedHashMap<>();
    figures.put("rooms", rooms.size());
    figures.put("persistentRooms", rooms.stream().filter(room -> room.config().persistent()).count());
    figures.put("connections", connections);
    figures.put("members", rooms.stream().mapToLong(room -> room.members().size()).sum());
    figures.put("roomsOpened", roomsOpened);
    figures.put("joins", joins);
    figures.put("broadcasts", broadcasts);
    figures.put("directMessages", directMessages);
    figures.put("faults", faults);
    return figures;
  }
}
