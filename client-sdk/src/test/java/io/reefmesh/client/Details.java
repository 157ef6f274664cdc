package io.reefmesh.client;

import com.google.protobuf.Any;
import com.google.protobuf.Message;
import com.google.rpc.RetryInfo;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** Rich errors as a gateway sends them, and failures as a caller sees them. */
final class Details {

  private Details() {}

  static StatusRuntimeException status(Status.Code code, String message, Message... details) {
    com.google.rpc.Status.Builder rich =
        com.google.rpc.Status.newBuilder().setCode(code.value()).setMessage(message);
    for (Message detail : details) {
      rich.addDetails(Any.pack(detail));
    }
    return StatusProto.toStatusRuntimeException(rich.build());
  }

  static RetryInfo retryIn(long seconds) {
    return RetryInfo.newBuilder()
        .setRetryDelay(com.google.protobuf.Duration.newBuilder().setSeconds(seconds))
        .build();
  }

  static @Nullable String header(Metadata headers, String name) {
    return headers.get(Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER));
  }

  /** What the future failed with, waiting 10 s at most. */
  static Throwable failureOf(CompletableFuture<?> future) {
    try {
      throw new AssertionError("it did not fail but gave " + future.get(10, TimeUnit.SECONDS));
    } catch (ExecutionException e) {
      return Objects.requireNonNull(e.getCause());
    } catch (CancellationException e) {
      return e;
    } catch (TimeoutException | InterruptedException e) {
      throw new AssertionError("it did not fail in time", e);
    }
  }
}
