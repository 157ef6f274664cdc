package io.reefmesh.gateway.service;

import io.reefmesh.balancer.Answer;
import io.reefmesh.balancer.Event;
import io.reefmesh.balancer.TaskId;
import io.reefmesh.gateway.door.ExplanationRenderer;
import io.reefmesh.gateway.door.Refusals;
import io.reefmesh.gateway.engine.Engine;
import io.reefmesh.gateway.engine.ReplyTo;
import io.reefmesh.v1.ExplainTaskResponse;
import java.time.Duration;
import java.util.concurrent.Semaphore;

/**
 * Explains tasks. The engine looks at every node for that, so only a few may ask at once: whoever
 * asks for thousands of explanations must not make tasks wait.
 */
final class TaskExplanations {

  private static final int MAX_ASKING = 16;

  private final Engine engine;
  private final TaskReads tasks;
  private final Semaphore asking = new Semaphore(MAX_ASKING);

  TaskExplanations(Engine engine, TaskReads tasks) {
    this.engine = engine;
    this.tasks = tasks;
  }

  void explain(String project, TaskId id, Reply<ExplainTaskResponse> reply) {
    if (!asking.tryAcquire()) {
      throw Refusals.overloaded(Refusals.Limit.EXPLANATIONS, MAX_ASKING, Duration.ofSeconds(1));
    }
    ReplyTo replyTo =
        answer -> {
          asking.release();
          if (answer instanceof Answer.Explained explained) {
            reply.send(ExplanationRenderer.render(explained.explanation()));
          } else {
            tasks.lookInStore(
                project, id, ended -> reply.send(ExplanationRenderer.render(ended)), reply::refuse);
          }
        };
    engine.post(new Event.Explain(replyTo, id, project));
  }
}
