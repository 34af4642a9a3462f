package dev.roost.store;

import java.util.Objects;

/** One change of one document. A {@link Store} applies the changes of a step all or not at all. */
public sealed interface Change {

  /** The collection, such as {@code gallery.rooms}. */
  String collection();

  /** The key within the collection, any text, also none; keys are ordered by their UTF-8 bytes. */
  String key();

  /**
   * The document is this from now on, whether there was one or not.
   *
   * @param value belongs to the store from here on; nobody writes to it
   * @throws IllegalArgumentException if collection or key cannot be written as UTF-8 (half of a surrogate pair)
   */
  record Put(String collection, String key, byte[] value) implements Change {

    public Put {
      KeyOrder.check(collection);
      KeyOrder.check(key);
      Objects.requireNonNull(value, "value");
    }
  }

  /**
   * The document is gone; nothing happens if there was none.
   *
   * @throws IllegalArgumentException if collection or key cannot be written as UTF-8 (half of a surrogate pair)
   */
  record Delete(String collection, String key) implements Change {

    public Delete {
      KeyOrder.check(collection);
      KeyOrder.check(key);
    }
  }
}
