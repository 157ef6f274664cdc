package io.reefmesh.gateway.probe;

import io.grpc.BindableService;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.protobuf.services.HealthStatusManager;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/**
 * The gateway's health, told by {@code grpc.health.v1.Health} and, through {@link HttpDoor}, over
 * HTTP.
 *
 * <p>Readiness is the service "" and every service by its full name: SERVING exactly between {@link
 * #serving} and {@link #draining} or {@link #failed}. Liveness is the service "liveness": SERVING
 * while the gateway's loop ticks, whatever the readiness is, so that a slow start, a drain or a
 * broken disk makes nobody kill the process. Thread-safe.
 */
public final class HealthDoor {

  /** The name that liveness goes by. */
  public static final String LIVENESS = "liveness";

  private final HealthStatusManager statuses = new HealthStatusManager();
  private final List<String> services;
  private volatile State state = State.STARTING;
  private volatile boolean live = true;

  /** Where the gateway stands. It only moves forward. */
  public enum State {
    /** It loads its store. */
    STARTING,
    /** It takes calls. */
    SERVING,
    /** It finishes what it has and takes nothing new. */
    DRAINING,
    /** Its store failed; it is about to exit. */
    FAILED
  }

  /** Starts as STARTING and live, for the services with these full names. */
  public HealthDoor(List<String> services) {
    this.services = List.copyOf(services);
    tell(ServingStatus.NOT_SERVING);
    statuses.setStatus(LIVENESS, ServingStatus.SERVING);
  }

  /** The gRPC service that answers Check and Watch. An unknown name is NOT_FOUND. */
  public BindableService service() {
    return statuses.getHealthService();
  }

  /** The start is over. Ignored when the gateway drains already. */
  public void serving() {
    moveTo(State.SERVING);
  }

  /** The gateway stops: not ready from now on. */
  public void draining() {
    moveTo(State.DRAINING);
  }

  /** The store failed: not ready from now on. */
  public void failed() {
    moveTo(State.FAILED);
  }

  /** Where the gateway stands. */
  public State state() {
    return state;
  }

  /** Whether the gateway takes calls. */
  public boolean isReady() {
    return state == State.SERVING;
  }

  /** Whether the gateway's loop ticks. */
  public boolean isLive() {
    return live;
  }

  /**
   * Asks a check now and then, and tells what it says.
   *
   * @return cancels the asking
   */
  public ScheduledFuture<?> follow(
      LivenessCheck check, ScheduledExecutorService scheduler, Duration every) {
    return scheduler.scheduleWithFixedDelay(
        () -> setLive(check.isAlive()), 0, every.toMillis(), TimeUnit.MILLISECONDS);
  }

  void setLive(boolean alive) {
    live = alive;
    statuses.setStatus(LIVENESS, alive ? ServingStatus.SERVING : ServingStatus.NOT_SERVING);
  }

  private synchronized void moveTo(State next) {
    if (next.compareTo(state) > 0) {
      state = next;
      tell(next == State.SERVING ? ServingStatus.SERVING : ServingStatus.NOT_SERVING);
    }
  }

  private void tell(ServingStatus status) {
    statuses.setStatus(HealthStatusManager.SERVICE_NAME_ALL_SERVICES, status);
    services.forEach(service -> statuses.setStatus(service, status));
  }
}
