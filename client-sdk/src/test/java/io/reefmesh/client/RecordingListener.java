package io.reefmesh.client;

import io.reefmesh.v1.AttemptStarted;
import io.reefmesh.v1.OutputChunk;
import io.reefmesh.v1.OutputGap;
import io.reefmesh.v1.Task;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Writes down what it hears, a line each. */
final class RecordingListener implements TaskListener, OutputListener {

  final List<String> heard = Collections.synchronizedList(new ArrayList<>());
  final List<MeshException> broken = Collections.synchronizedList(new ArrayList<>());

  @Override
  public void onState(Task task) {
    heard.add("state " + task.getState().name().substring("TASK_STATE_".length()));
  }

  @Override
  public void onAttempt(AttemptStarted attempt) {
    heard.add("attempt " + attempt.getAttempt());
  }

  @Override
  public void onOutput(OutputChunk chunk) {
    heard.add("output " + chunk.getOffset() + " " + Payloads.text(chunk));
  }

  @Override
  public void onGap(OutputGap gap) {
    heard.add("gap " + gap.getMessage());
  }

  @Override
  public void onFinished(Task task) {
    heard.add("finished " + Payloads.text(task.getResult()));
  }

  @Override
  public void onBroken(MeshException why) {
    heard.add("broken " + why.code());
    broken.add(why);
  }
}
