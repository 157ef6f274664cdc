package io.reefmesh.bench.mesh;

import io.grpc.ManagedChannel;
import io.reefmesh.client.MeshChannels;
import io.reefmesh.client.MeshTarget;
import java.util.ArrayList;
import java.util.List;

/** Drivers with connections of their own. */
public final class Drivers implements AutoCloseable {

  private final List<ManagedChannel> channels = new ArrayList<>();
  private final List<TaskDriver> drivers = new ArrayList<>();

  private Drivers() {}

  /** One stream per client, each on a connection of its own. */
  public static Drivers streams(String address, int clients, boolean wantOutcomes) {
    Drivers made = new Drivers();
    for (int i = 0; i < clients; i++) {
      String name = "b" + Long.toString(System.nanoTime(), 36) + "-" + i;
      made.drivers.add(new StreamDriver(made.channel(address), name, wantOutcomes));
    }
    return made;
  }

  /** Unary submissions and watches by the generated stubs. */
  public static Drivers unary(String address, int clients, boolean watched) {
    Drivers made = new Drivers();
    for (int i = 0; i < clients; i++) {
      made.drivers.add(new UnaryDriver(made.channel(address), made.channel(address), watched));
    }
    return made;
  }

  /** The client library. */
  public static Drivers sdk(String address, int clients) {
    Drivers made = new Drivers();
    for (int i = 0; i < clients; i++) {
      made.drivers.add(new SdkDriver(address));
    }
    return made;
  }

  /** All of them. */
  public List<TaskDriver> all() {
    return drivers;
  }

  private ManagedChannel channel(String address) {
    ManagedChannel channel = MeshChannels.dial(MeshTarget.builder(address).retry(false).build());
    channels.add(channel);
    return channel;
  }

  @Override
  public void close() {
    drivers.forEach(TaskDriver::close);
    channels.forEach(ManagedChannel::shutdownNow);
  }
}
