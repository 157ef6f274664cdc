package io.reefmesh.client;

import java.time.Duration;
import java.util.concurrent.Executor;

/**
 * How a client calls.
 *
 * @param callTimeout deadline of one attempt of a unary call
 * @param retry how unary calls are repeated
 * @param followFor how long a watch is resumed without getting anything new
 * @param callbacks where callbacks run
 * @param maxOpenTasks how many watches may be open at once
 */
record CallSettings(
    Duration callTimeout,
    CallRetry retry,
    Duration followFor,
    Executor callbacks,
    int maxOpenTasks) {}
