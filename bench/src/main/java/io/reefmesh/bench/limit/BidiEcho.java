package io.reefmesh.bench.limit;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.StreamObserver;
import io.reefmesh.bench.load.Operation;
import io.reefmesh.bench.load.Outcome;
import io.reefmesh.v1.Payload;
import java.util.ArrayDeque;

/** Echoes on one stream: answers come in the order of the questions. */
final class BidiEcho implements Operation {

  private final Payload message;
  private final StreamObserver<Payload> out;

  // Guarded by its own monitor, under which the stream is written as well.
  private final ArrayDeque<Outcome> asked = new ArrayDeque<>();

  BidiEcho(Channel channel, Payload message) {
    this.message = message;
    this.out =
        ClientCalls.asyncBidiStreamingCall(
            channel.newCall(EchoWire.BIDI, CallOptions.DEFAULT), new Inbound());
  }

  @Override
  public void start(long intendedNanos, Outcome outcome) {
    synchronized (asked) {
      asked.add(outcome);
      out.onNext(message);
    }
  }

  private final class Inbound implements StreamObserver<Payload> {
    @Override
    public void onNext(Payload answer) {
      Outcome outcome;
      synchronized (asked) {
        outcome = asked.poll();
      }
      if (outcome != null) {
        outcome.done(System.nanoTime());
      }
    }

    @Override
    public void onError(Throwable failure) {
      ArrayDeque<Outcome> lost;
      synchronized (asked) {
        lost = new ArrayDeque<>(asked);
        asked.clear();
      }
      lost.forEach(outcome -> outcome.failed(failure.toString()));
    }

    @Override
    public void onCompleted() {}
  }
}
