package io.reefmesh.chaos;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The rules of the checker, in words. */
final class Rules {

  private Rules() {}

  /**
   * By the name that findings carry.
   *
   * @param without rules that a run says nothing about
   */
  static Map<String, String> inWords(String... without) {
    Map<String, String> rules = new LinkedHashMap<>();
    rules.put("lost", "every acknowledged task ended");
    rules.put("second-outcome", "every reader saw one outcome, to the byte");
    rules.put("token", "no two nodes, and no two process lives, had one token");
    rules.put("attempts", "no task had more attempts than it may");
    rules.put("uncharged", "nothing ran that is recorded as refused or not received");
    rules.put("phantom", "nothing ran that was not submitted or is not on record");
    rules.put("false-success", "every success is what its handler gave");
    rules.put("gave-up", "no task failed retryably with attempts left");
    rules.put("expired", "no task expired, whatever the clocks said");
    rules.put("cancelled", "no task was cancelled unasked");
    rules.put("cancel", "a cancel was final when it was answered");
    rules.put("request-id", "every request id is one task, however often it was submitted");
    rules.put("undecided", "every submission was answered in the end");
    rules.put("list", "the list of tasks is complete");
    rules.put("session", "tasks of a session ran one by one, in order");
    rules.put("output", "followers heard all output, or of a gap");
    rules.put("follow", "every follower got its outcome");
    rules.put("recovery", "the mesh recovered from every fault");
    rules.put("disk-full", "a gateway without room stopped, and said so");
    rules.put("log", "no process logged an error of its own");
    rules.put("process", "no process ended unasked");
    rules.put("drain", "everything ended in time when the faults were over");
    rules.keySet().removeAll(List.of(without));
    return rules;
  }
}
