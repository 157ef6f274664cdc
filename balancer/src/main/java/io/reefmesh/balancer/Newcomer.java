package io.reefmesh.balancer;

/** A process that claims the id of a linked node, while that node is asked whether it lives. */
final class Newcomer extends Timed {

  final Event.Hello hello;
  final NodeEntry incumbent;

  Newcomer(Event.Hello hello, NodeEntry incumbent) {
    this.hello = hello;
    this.incumbent = incumbent;
  }
}
