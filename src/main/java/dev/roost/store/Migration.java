package dev.roost.store;

import java.util.List;

/**
 * Leads a file from one schema version to the next, forward only. What was released is never changed: a new form of the tables is a new migration at the end.
 *
 * @param statements SQL, run in order in one transaction
 */
record Migration(String... statements) {

  /** The first makes the tables of a new file. */
  static final List<Migration> ALL = List.of(
      // Without a row number: one tree instead of two, and a collection lies together in the order of its keys.
      new Migration("CREATE TABLE document (collection TEXT NOT NULL, key TEXT NOT NULL, value BLOB NOT NULL, PRIMARY KEY (collection, key)) WITHOUT ROWID"));
}
