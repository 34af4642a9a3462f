package dev.roost.store;

import java.time.Duration;

/**
 * How a store is doing.
 *
 * @param isHealthy false when changes cannot be written at present
 * @param pendingBytes what was handed over and is not on the disk yet
 * @param commits transactions since the start
 * @param failures transactions that failed since the start
 * @param slowestCommit the longest transaction of the last minute or so
 */
public record StoreFigures(boolean isHealthy, long pendingBytes, long commits, long failures, Duration slowestCommit) {}
