/**
 * Puts the server together: settings, path table, operations, pages, life cycle. {@link dev.roost.server.Roost} is the composition root and can be embedded;
 * {@code Main} only adds the command line.
 */
package dev.roost.server;
