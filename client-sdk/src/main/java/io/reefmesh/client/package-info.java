/**
 * What bots embed to hand tasks to a mesh and follow them to their outcome, and the one way by
 * which any program of the project dials a gateway. Everything public here is safe to use from
 * several threads unless it says otherwise.
 *
 * <pre>{@code
 * try (MeshClient mesh = MeshClient.builder().target("localhost:7420").build()) {
 *   TaskHandle task = mesh.submit(TaskSpecs.json("ping", "{}"));
 *   task.onOutput(chunk -> System.out.print(Payloads.text(chunk)));
 *   Payload result = task.awaitResult();
 *   System.out.println(Payloads.text(result));
 * }
 * }</pre>
 *
 * <p>Submitting returns at once; what happens later arrives through futures and listeners, on
 * network threads unless the client was given an executor for callbacks. Calls that fail throw a
 * {@link io.reefmesh.client.MeshException}, tasks that end without a result a {@link
 * io.reefmesh.client.TaskOutcomeException}. Lost connections, restarted gateways and answers that
 * got lost are dealt with inside: a submission is repeated under its request id, a watch is resumed
 * from its cursor.
 */
@NullMarked
package io.reefmesh.client;

import org.jspecify.annotations.NullMarked;
