package io.reefmesh.balancer;

/**
 * Something the dispatcher carries from an event to an effect and never looks into: payloads,
 * results, the place an answer goes to.
 */
public interface Opaque {

  /**
   * Marks the place of an answer to which a submitted task's id is enough: {@link Answer.Accepted}
   * goes there instead of {@link Answer.Submitted}, whose view of the task takes longer to make
   * than the task itself.
   */
  interface ForReceipt extends Opaque {}
}
