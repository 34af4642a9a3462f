/**
 * Redis and Valkey, on one server, behind sentinels or as a cluster: commands, scripts and channels for those who share state between servers. One {@code Redis} a process.
 *
 * <p>Nothing here knows a protocol. The only package that knows the Redis library. Nobody waits: a command answers or fails within a second, on a thread of the library's own.
 */
package dev.roost.cluster;
