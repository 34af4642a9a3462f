/**
 * A protocol that sends every message back: what independent WebSocket test suites run against, and the smallest example of how a protocol plugs in. Off unless
 * {@code --only} or {@code --listen} names it.
 */
package dev.roost.echo;
