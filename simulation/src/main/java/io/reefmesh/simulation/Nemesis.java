package io.reefmesh.simulation;

import java.util.SplittableRandom;

/** Brings the faults that the seed has in store, until calm; or those of the script. */
final class Nemesis {

  private static final int MAX_OUTAGE_MILLIS = 30_000;

  private final World world;
  private final SimTime time;
  private final SplittableRandom random;
  private final FaultLog log;

  Nemesis(World world, SplittableRandom random, FaultLog log) {
    this.world = world;
    this.time = world.time();
    this.random = random;
    this.log = log;
  }

  void begin() {
    if (world.shape() == Shape.SCRIPT) {
      script();
    } else {
      plan();
    }
  }

  private void plan() {
    time.after(
        random.nextInt(200, 2 * world.shape().faultMillis),
        () -> {
          if (world.faulty()) {
            fault();
            plan();
          }
        });
  }

  private void script() {
    time.after(6_000, () -> strike(Fault.HALF_OPEN, 1));
    time.after(9_000, () -> strike(Fault.NODE_CRASH, 2));
    time.after(14_000, () -> strike(Fault.RESET, 0));
    time.after(20_000, () -> strike(Fault.NODE_FREEZE, 1));
    time.after(27_000, () -> strike(Fault.TWIN, 0));
    time.after(31_000, () -> strike(Fault.DRAIN, 1));
    time.after(33_000, () -> strike(Fault.STALL, 2));
  }

  private void fault() {
    int kind = random.nextInt(100);
    Fault fault;
    if (kind < 36) {
      fault = kind < 10 ? Fault.RESET : linkFault(kind);
    } else if (kind < 50) {
      fault = random.nextInt(100) < 85 ? Fault.NODE_CRASH : Fault.NODE_GONE;
    } else if (kind < 64) {
      fault = Fault.NODE_FREEZE;
    } else if (kind < 74) {
      fault = Fault.UNREACHABLE;
    } else if (kind < 86) {
      fault = Fault.GATEWAY_KILL;
    } else if (kind < 94) {
      fault = kind < 90 ? Fault.GATEWAY_FREEZE : Fault.TWIN;
    } else {
      fault = kind < 98 ? Fault.DRAIN : Fault.REMOVE;
    }
    strike(fault, random.nextInt(world.nodes().size()));
  }

  private static Fault linkFault(int kind) {
    if (kind < 18) {
      return Fault.HALF_OPEN;
    }
    return kind < 24 ? Fault.ONE_WAY_CUT : kind < 30 ? Fault.STALL : Fault.SLOW_LINK;
  }

  private void strike(Fault fault, int index) {
    SimNode node = world.nodes().get(index);
    Connection connection = node.newestConnection();
    time.note("fault", fault.name().hashCode(), index, () -> fault + " at " + node.nodeId());
    switch (fault) {
      case RESET, HALF_OPEN, ONE_WAY_CUT, STALL, SLOW_LINK -> {
        if (connection == null) {
          return;
        }
        damage(connection, fault);
      }
      case NODE_CRASH -> world.crash(index, random.nextInt(50, 25_000));
      case NODE_GONE -> {
        if (index == 0) {
          return;
        }
        node.crash();
      }
      case NODE_FREEZE -> node.freeze(random.nextInt(500, 45_000));
      case UNREACHABLE -> {
        world.unreachable(node.nodeId(), random.nextInt(100, MAX_OUTAGE_MILLIS));
        if (connection != null) {
          damage(connection, Fault.HALF_OPEN);
        }
      }
      case GATEWAY_KILL -> world.killGateway(random.nextInt(50, 15_000));
      case GATEWAY_FREEZE -> world.freezeGateway(random.nextInt(200, MAX_OUTAGE_MILLIS));
      case TWIN -> world.twin(node, random.nextInt(1_000, MAX_OUTAGE_MILLIS));
      case DRAIN -> world.drain(node.nodeId(), random.nextInt(500, MAX_OUTAGE_MILLIS));
      case REMOVE -> world.remove(node.nodeId());
      default -> throw new IllegalArgumentException(fault + " is the store's");
    }
    log.count(fault);
  }

  private void damage(Connection connection, Fault fault) {
    switch (fault) {
      case RESET -> connection.reset(true, true);
      case HALF_OPEN -> {
        int told = random.nextInt(3);
        connection.reset(told == 1, told == 2);
      }
      case ONE_WAY_CUT -> connection.cutOneWay(random.nextBoolean());
      case STALL -> connection.stall(random.nextInt(100, MAX_OUTAGE_MILLIS));
      case SLOW_LINK -> connection.slow(random.nextInt(1_000, MAX_OUTAGE_MILLIS));
      default -> throw new IllegalArgumentException(fault + " is not of links");
    }
  }
}
