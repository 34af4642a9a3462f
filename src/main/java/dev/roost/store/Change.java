package dev.roost.store;

/** One change of one document. A {@link Store} applies the changes of a step all or not at all. */
public sealed interface Change {

  /** The collection, such as {@code gallery.rooms}. */
  String collection();

  /** The key within the collection; keys are ordered by their UTF-8 bytes. */
  String key();

  /**
   * The document is this from now on, whether there was one or not.
   *
   * @param value belongs to the store from here on; nobody writes to it
   */
  record Put(String collection, String key, byte[] value) implements Change {}

  /** The document is gone; nothing happens if there was none. */
  record Delete(String collection, String key) implements Change {}
}
