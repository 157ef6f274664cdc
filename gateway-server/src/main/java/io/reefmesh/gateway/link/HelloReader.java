package io.reefmesh.gateway.link;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSortedSet;
import io.reefmesh.balancer.Event;
import io.reefmesh.balancer.NodeProfile;
import io.reefmesh.balancer.TaskId;
import io.reefmesh.gateway.door.Refusals;
import io.reefmesh.gateway.door.Violations;
import io.reefmesh.v1.AttemptRef;
import io.reefmesh.v1.Beat;
import io.reefmesh.v1.HeldAttempt;
import io.reefmesh.v1.Hello;
import io.reefmesh.v1.NodeType;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/** Checks what nodes say of themselves, and puts it into the dispatcher's words. */
final class HelloReader {

  /** The protocol that is spoken here. */
  static final int PROTOCOL_VERSION = 1;

  private static final Pattern NODE_ID = Pattern.compile("[A-Za-z0-9._-]{1,64}");
  private static final Pattern INCARNATION = Pattern.compile("[0-9a-f]{16}");
  private static final int MAX_CAPABILITIES = 64;
  private static final int MAX_TYPES = 256;
  private static final int MAX_LABELS = 32;
  private static final int MAX_NAME = 128;
  private static final int MAX_LABEL_VALUE = 256;
  private static final int MAX_SLOTS = 100_000;
  private static final int MAX_WEIGHT = 1_000;
  private static final int MAX_VERSION = 64;

  private HelloReader() {}

  /**
   * @throws io.grpc.StatusRuntimeException FAILED_PRECONDITION or INVALID_ARGUMENT with field paths
   */
  static Event.Hello read(long link, Hello hello, String address) {
    if (hello.getProtocolVersion() != PROTOCOL_VERSION) {
      throw Refusals.unsupportedProtocol(
          hello.getProtocolVersion(), PROTOCOL_VERSION, PROTOCOL_VERSION);
    }
    Violations violations = new Violations();
    violations.unless(
        NODE_ID.matcher(hello.getNodeId()).matches(),
        "hello.node_id",
        "must be 1-64 characters out of letters, digits, '.', '_' and '-'");
    violations.unless(
        INCARNATION.matcher(hello.getIncarnation()).matches(),
        "hello.incarnation",
        "must be 16 lower-case hex digits");
    names(hello.getCapabilitiesList(), MAX_CAPABILITIES, "hello.capabilities", violations);
    names(hello.getTaskTypesList(), MAX_TYPES, "hello.task_types", violations);
    violations.unless(
        hello.getLabelsCount() <= MAX_LABELS
            && hello.getLabelsMap().entrySet().stream()
                .allMatch(
                    label ->
                        !label.getKey().isEmpty()
                            && label.getKey().length() <= MAX_NAME
                            && label.getValue().length() <= MAX_LABEL_VALUE),
        "hello.labels",
        "must be at most 32, with keys of 1-128 and values of up to 256 characters");
    slots(hello.getSlots(), "hello.slots", violations);
    violations.unless(
        hello.getWeight() >= 0 && hello.getWeight() <= MAX_WEIGHT,
        "hello.weight",
        "must be from 1 to 1000, or absent");
    violations.unless(
        hello.getSoftwareVersion().length() <= MAX_VERSION,
        "hello.software_version",
        "must be at most 64 characters");
    violations.throwIfAny();
    return new Event.Hello(
        link,
        hello.getNodeId(),
        hello.getIncarnation(),
        Math.max(0, hello.getLinkNumber()),
        profile(hello, address),
        held(hello.getHeldList(), "hello.held"));
  }

  /**
   * @throws io.grpc.StatusRuntimeException INVALID_ARGUMENT with field paths
   */
  static Event.Beat read(long link, Beat beat, long pushesReceived) {
    Violations violations = new Violations();
    names(beat.getCapabilitiesList(), MAX_CAPABILITIES, "beat.capabilities", violations);
    slots(beat.getSlots(), "beat.slots", violations);
    violations.throwIfAny();
    return new Event.Beat(
        link,
        isBusy(beat),
        share(beat.getCpuLoad()),
        share(beat.getMemoryLoad()),
        beat.getSlots(),
        ImmutableSortedSet.copyOf(beat.getCapabilitiesList()),
        held(beat.getHeldList(), "beat.held"),
        pushesReceived);
  }

  /**
   * @throws io.grpc.StatusRuntimeException INVALID_ARGUMENT with the field path
   */
  static TaskId taskId(String text, String field) {
    try {
      return TaskId.parse(text);
    } catch (IllegalArgumentException e) {
      throw Refusals.invalid(field, String.valueOf(e.getMessage()));
    }
  }

  private static boolean isBusy(Beat beat) {
    return switch (beat.getStatus()) {
      case NODE_STATUS_BUSY, NODE_STATUS_OFFLINE -> true;
      case NODE_STATUS_UNSPECIFIED, NODE_STATUS_HEALTHY, UNRECOGNIZED -> false;
    };
  }

  private static NodeProfile profile(Hello hello, String address) {
    int weight = hello.getWeight() > 0 ? hello.getWeight() : hello.getSlots();
    return new NodeProfile(
        hello.getType() == NodeType.NODE_TYPE_CHANNEL,
        ImmutableSortedSet.copyOf(hello.getCapabilitiesList()),
        ImmutableSortedSet.copyOf(hello.getTaskTypesList()),
        ImmutableMap.copyOf(hello.getLabelsMap()),
        hello.getSlots(),
        Math.min(Math.max(weight, 1), MAX_WEIGHT),
        hello.getKeepsSessionState(),
        hello.getSoftwareVersion(),
        address);
  }

  private static ImmutableList<Event.HeldAttempt> held(List<HeldAttempt> held, String field) {
    ImmutableList.Builder<Event.HeldAttempt> attempts =
        ImmutableList.builderWithExpectedSize(held.size());
    for (HeldAttempt attempt : held) {
      AttemptRef ref = attempt.getRef();
      attempts.add(
          new Event.HeldAttempt(
              taskId(ref.getTaskId(), field),
              ref.getAttempt(),
              attempt.getFinished(),
              attempt.getProgress(),
              attempt.getOutputOffset()));
    }
    return attempts.build();
  }

  private static void names(List<String> names, int most, String field, Violations violations) {
    violations.unless(
        names.size() <= most
            && names.stream().allMatch(name -> !name.isEmpty() && name.length() <= MAX_NAME),
        field,
        String.format(Locale.ROOT, "must be at most %d names of 1-%d characters", most, MAX_NAME));
  }

  private static void slots(int slots, String field, Violations violations) {
    violations.unless(slots >= 0 && slots <= MAX_SLOTS, field, "must be from 0 to " + MAX_SLOTS);
  }

  private static double share(double load) {
    return Double.isNaN(load) ? 0 : Math.min(Math.max(load, 0), 1);
  }
}
