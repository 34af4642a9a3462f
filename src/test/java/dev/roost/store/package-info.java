/** The store: one contract for every engine, then what only SQLite must withstand: foreign and damaged files, failing disks, and the end of the process at any moment. */
package dev.roost.store;
