package io.reefmesh.bench.cases;

import java.util.List;
import java.util.Optional;

/** All cases, in the order in which they run. */
public final class BenchCases {

  /** All of them. */
  public static final List<BenchCase> ALL =
      List.of(
          new StreamLifecycleCase(),
          new UnaryResultCase(),
          new DispatchLatencyCase(),
          new OutputRelayCase(),
          new FleetCase(),
          new PickerScalingCase(),
          new BacklogCase(),
          new OverloadCase());

  private BenchCases() {}

  /** The case of that name. */
  public static Optional<BenchCase> named(String name) {
    return ALL.stream().filter(one -> one.name().equals(name)).findFirst();
  }
}
