package io.reefmesh.balancer;

/**
 * A process that claims the id of a linked node, while that node is asked whether it lives. Due
 * when the node should have answered; that time does not move when the newcomer dials again.
 */
final class Newcomer extends Timed {

  final NodeEntry incumbent;

  /** What the newcomer said last. */
  Event.Hello hello;

  /** Its link is open; else it may dial again. */
  boolean linked = true;

  /** The node had its time to answer. */
  boolean unanswered;

  Newcomer(Event.Hello hello, NodeEntry incumbent) {
    this.hello = hello;
    this.incumbent = incumbent;
  }
}
