package io.reefmesh.bench.limit;

import com.google.protobuf.ByteString;
import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.StreamObserver;
import io.reefmesh.bench.mesh.Emission;
import io.reefmesh.bench.process.ParentWatch;
import io.reefmesh.cli.ReadyLine;
import io.reefmesh.v1.Payload;
import java.util.HexFormat;
import java.util.Map;

/**
 * The first of a relay's two hops: as many threads as there are subscribers emit as the tasks of a
 * node do, over one stream. A process of its own, which ends with the emission.
 */
public final class RelaySource {

  private RelaySource() {}

  /**
   * Emits.
   *
   * @param arguments the process to end with, the relay's address, how many emit, and the emission
   *     in hex
   */
  public static void main(String[] arguments) throws InterruptedException {
    ParentWatch.haltWithout(Long.parseLong(arguments[0]));
    ManagedChannel channel =
        NettyChannelBuilder.forTarget(arguments[1])
            .usePlaintext()
            .directExecutor()
            .disableRetry()
            .build();
    int count = Integer.parseInt(arguments[2]);
    Emission emission = Emission.decode(ByteString.copyFrom(HexFormat.of().parseHex(arguments[3])));
    StreamObserver<Payload> out =
        ClientCalls.asyncBidiStreamingCall(
            channel.newCall(EchoWire.PUBLISH, CallOptions.DEFAULT), new Silence());
    System.out.println(new ReadyLine("source", Map.of("count", arguments[2])).format());
    Thread[] threads = new Thread[count];
    for (int i = 0; i < count; i++) {
      int number = i;
      threads[i] = new Thread(() -> emit(emission, number, count, out), "emission-" + i);
      threads[i].start();
    }
    for (Thread thread : threads) {
      thread.join();
    }
    channel.shutdownNow();
  }

  private static void emit(Emission emission, int number, int count, StreamObserver<Payload> out) {
    String subscriber = Integer.toString(number);
    emission.run(
        number,
        count,
        chunk -> {
          Payload message = Payload.newBuilder().setContentType(subscriber).setData(chunk).build();
          synchronized (out) {
            out.onNext(message);
          }
        });
  }

  private static final class Silence implements StreamObserver<Payload> {
    @Override
    public void onNext(Payload message) {}

    @Override
    public void onError(Throwable failure) {}

    @Override
    public void onCompleted() {}
  }
}
