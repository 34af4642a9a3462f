/** Loops and clients that exist in memory only, with virtual time: what the tests of state machines run on. */
package dev.roost.sim;
