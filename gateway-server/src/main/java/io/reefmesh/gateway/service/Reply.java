package io.reefmesh.gateway.service;

import io.grpc.StatusRuntimeException;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.function.Supplier;

/** Answers one unary call, from whichever thread has the answer. */
final class Reply<T> {

  private final StreamObserver<T> observer;

  /** Called before the service method returns. */
  Reply(StreamObserver<T> observer) {
    this.observer = observer;
    // With a handler set, answering a caller that went away is no error.
    ((ServerCallStreamObserver<T>) observer).setOnCancelHandler(() -> {});
  }

  void send(T message) {
    observer.onNext(message);
    observer.onCompleted();
  }

  void refuse(StatusRuntimeException refusal) {
    observer.onError(refusal);
  }

  /** Sends what is made here, or the refusal that making it throws. */
  void sendOrRefuse(Supplier<T> making) {
    T message;
    try {
      message = making.get();
    } catch (StatusRuntimeException refusal) {
      refuse(refusal);
      return;
    }
    send(message);
  }
}
