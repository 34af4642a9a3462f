/**
 * Who a connection is (contract, section 1.2): tokens are checked here, by a secret, by public keys in a file or by those that an address gives out, or taken at their word where authentication is off.
 *
 * <p>The only package that knows the token library, and only its signatures: of what a stranger sends nothing is parsed by it. The network and threads are for fetching keys, never for a token.
 */
package dev.roost.ptt.auth;
