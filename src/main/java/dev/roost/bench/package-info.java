/**
 * The load tool, {@code ./roost bench}: many WebSocket clients in one process that say how fast, how complete and at what cost a server delivers.
 *
 * <p>Nothing of the server imports this package, and it imports nothing of the server but the JSON writer. It has its own frame reader and writer, so that
 * a fault of the server's cannot hide behind the same fault here.
 */
package dev.roost.bench;
