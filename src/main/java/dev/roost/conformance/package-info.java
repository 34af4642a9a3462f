/** Servers for the public test suites of the protocols that Roost speaks; off unless named. */
package dev.roost.conformance;
