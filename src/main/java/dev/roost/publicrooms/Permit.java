package dev.roost.publicrooms;

import java.time.Instant;

/**
 * Whether an attempt is within its budget (section 2.6).
 *
 * @param isGranted whether it may go on
 * @param limit attempts in a window
 * @param remaining how many are left in this one; 0 during a block
 * @param resetAt when the window ends, or the block
 * @param retryAfterSeconds 0 if it is granted, else at least 1
 */
record Permit(boolean isGranted, int limit, int remaining, Instant resetAt, long retryAfterSeconds) {}
