/** The Parrot contract as tests: every rule and scenario of the state machine on virtual time, with the real parser and encoder, without a socket. */
package dev.roost.parrot;
