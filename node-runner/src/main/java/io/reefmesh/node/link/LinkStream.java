package io.reefmesh.node.link;

import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import io.reefmesh.v1.LinkRequest;
import io.reefmesh.v1.LinkResponse;
import io.reefmesh.v1.NodeServiceGrpc;
import org.jspecify.annotations.Nullable;

/**
 * One stream on a channel of its own. All methods but the callbacks are called on the mailbox; the
 * callbacks only post to it. Messages are asked for one by one as they are dealt with, so that a
 * gateway cannot fill the mailbox.
 */
final class LinkStream implements ClientResponseObserver<LinkRequest, LinkResponse> {

  /** Messages that may be on their way from the network to the core. */
  private static final int WINDOW = 16;

  /** Takes what happens on a stream, on whatever thread. */
  interface Events {
    void heard(LinkStream stream, LinkResponse message);

    void writable(LinkStream stream);

    void closed(LinkStream stream, Status status);
  }

  final long number;
  private final ManagedChannel channel;
  private final Events events;
  private @Nullable ClientCallStreamObserver<LinkRequest> call;
  private boolean ended;

  private LinkStream(long number, ManagedChannel channel, Events events) {
    this.number = number;
    this.channel = channel;
    this.events = events;
  }

  static LinkStream open(long number, ManagedChannel channel, Events events) {
    LinkStream stream = new LinkStream(number, channel, events);
    NodeServiceGrpc.newStub(channel).link(stream);
    return stream;
  }

  @Override
  public void beforeStart(ClientCallStreamObserver<LinkRequest> requestStream) {
    call = requestStream;
    requestStream.disableAutoRequestWithInitial(WINDOW);
    requestStream.setOnReadyHandler(() -> events.writable(this));
  }

  boolean isWritable() {
    return call != null && !ended && call.isReady();
  }

  void write(LinkRequest message) {
    if (call != null && !ended) {
      call.onNext(message);
    }
  }

  /** A message was dealt with: the next may come. */
  void dealtWithOne() {
    if (call != null) {
      call.request(1);
    }
  }

  /** Says no more; the gateway may still end it. */
  void complete() {
    if (call != null && !ended) {
      ended = true;
      call.onCompleted();
    }
    channel.shutdown();
  }

  /** Ends it at once, whatever is on its way. */
  void abort(String reason) {
    ended = true;
    if (call != null) {
      call.cancel(reason, null);
    }
    channel.shutdownNow();
  }

  /** It has ended by itself. */
  void release() {
    ended = true;
    channel.shutdownNow();
  }

  @Override
  public void onNext(LinkResponse message) {
    events.heard(this, message);
  }

  @Override
  public void onError(Throwable thrown) {
    events.closed(this, Status.fromThrowable(thrown));
  }

  @Override
  public void onCompleted() {
    events.closed(this, Status.OK.withDescription("the gateway ended the link"));
  }
}
