package io.reefmesh.chaos.history;

import io.reefmesh.chaos.work.Effect;
import io.reefmesh.v1.Task;
import java.util.List;

/**
 * All that is known at the end of a run, when faults are healed and everything had time to end.
 *
 * @param history what callers did and saw
 * @param effects what handlers left outside the mesh
 * @param listed every task that the mesh lists
 */
public record Evidence(History history, List<Effect> effects, List<Task> listed) {}
