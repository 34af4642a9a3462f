/**
 * What every protocol stands on: loops, connections, frames, delivery, limits, settings.
 *
 * <p>Nothing here knows a network library or a JSON library, and nothing here imports another Roost package.
 * A state machine needs only this package and its own messages, so all its rules run in virtual time in the tests.
 */
package dev.roost.core;
