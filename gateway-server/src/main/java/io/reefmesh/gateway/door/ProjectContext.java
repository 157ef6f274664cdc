package io.reefmesh.gateway.door;

import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.StatusRuntimeException;
import java.util.regex.Pattern;

/**
 * The project that a call is made for: named by metadata, checked at the door, and carried by the
 * call's {@link Context}.
 */
public final class ProjectContext {

  /** The metadata that names the project. */
  public static final Metadata.Key<String> METADATA =
      Metadata.Key.of("reefmesh-project", Metadata.ASCII_STRING_MARSHALLER);

  /** The project of calls that name none. */
  public static final String DEFAULT = "default";

  private static final Context.Key<String> KEY = Context.keyWithDefault("project", DEFAULT);
  private static final Pattern NAME = Pattern.compile("[a-z0-9_.-]{1,64}");

  private ProjectContext() {}

  /** The project of the call that is being handled on this thread. */
  public static String current() {
    return KEY.get();
  }

  /** Puts the project into the context of each call, and refuses calls with a bad name. */
  static final class Interceptor implements ServerInterceptor {

    @Override
    public <Q, A> ServerCall.Listener<Q> interceptCall(
        ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
      String project = headers.get(METADATA);
      if (project == null) {
        return next.startCall(call, headers);
      }
      if (!NAME.matcher(project).matches()) {
        StatusRuntimeException refusal =
            Refusals.invalid(
                "metadata." + METADATA.name(),
                "is "
                    + Printable.quoted(project)
                    + ": it must be 1-64 lower-case letters, digits, '_', '.' or '-'");
        Metadata trailers = refusal.getTrailers();
        call.close(refusal.getStatus(), trailers == null ? new Metadata() : trailers);
        return new ServerCall.Listener<>() {};
      }
      return Contexts.interceptCall(Context.current().withValue(KEY, project), call, headers, next);
    }
  }
}
