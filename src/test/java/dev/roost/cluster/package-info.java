/** Proofs for {@code cluster}: against real servers, sentinels and a cluster that the tests start. */
package dev.roost.cluster;
