/**
 * State that outlives a process: documents by collection and key, changed in atomic steps. One interface, one implementation per engine, one test suite over all of them.
 *
 * <p>Nothing here knows a protocol. Nobody waits for a disk on a loop: a change is handed over, and written by a thread of the store's own.
 */
package dev.roost.store;
