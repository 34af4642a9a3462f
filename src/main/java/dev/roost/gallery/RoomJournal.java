package dev.roost.gallery;

import dev.roost.core.RawJson;
import dev.roost.gallery.GalleryMessages.Annotation;
import java.util.List;

/** Where persistent rooms are kept (R5). What belongs together is handed over together and survives together; nothing here waits for a disk. On Gallery's loop. */
interface RoomJournal {

  /** One part of a room's state that is different now. */
  sealed interface Entry {}

  record KeyWritten(String key, RawJson value) implements Entry {}

  /** {@code number} orders the annotations of a room and never comes twice. */
  record AnnotationWritten(long number, Annotation annotation) implements Entry {}

  record AnnotationErased(long number) implements Entry {}

  /** The room is like this now: its configuration and version as they are, and these entries. */
  void write(Room room, List<Entry> entries);

  /** The room is gone, with all its entries. */
  void erase(Room room, List<Entry> entries);
}
