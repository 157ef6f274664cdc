package io.reefmesh.node.link;

import io.grpc.Status;
import java.util.EnumMap;
import java.util.Map;
import java.util.function.Consumer;
import org.slf4j.event.Level;

/** Says why a link failed: each reason once, then at most once a minute while it lasts. */
final class LinkNotices {

  static final long REPEAT_MILLIS = 60_000;

  private static final int MAX_DESCRIPTION_CHARS = 500;

  private final LinkProfile profile;
  private final Consumer<LinkAction> actions;
  private final Map<Status.Code, Long> saidMillis = new EnumMap<>(Status.Code.class);

  LinkNotices(LinkProfile profile, Consumer<LinkAction> actions) {
    this.profile = profile;
    this.actions = actions;
  }

  void linked(String gatewayId, int held) {
    saidMillis.clear();
    say(
        Level.INFO,
        "node " + profile.nodeId() + " is linked to gateway " + gatewayId + holding(held));
  }

  void failed(Status.Code code, String description, int held, long nowMillis) {
    Long last = saidMillis.get(code);
    if (last != null && nowMillis - last < REPEAT_MILLIS) {
      return;
    }
    saidMillis.put(code, nowMillis);
    String what =
        description.length() > MAX_DESCRIPTION_CHARS
            ? description.substring(0, MAX_DESCRIPTION_CHARS)
            : description;
    say(
        RedialSchedule.isHardlyPassing(code) ? Level.ERROR : Level.WARN,
        "node "
            + profile.nodeId()
            + " has no link ("
            + code
            + ": "
            + what
            + "); it dials again"
            + holding(held)
            + advice(code));
  }

  void say(Level level, String text) {
    actions.accept(new LinkAction.Notice(level, text));
  }

  private static String holding(int held) {
    return held == 0 ? "" : ", holding " + held + " attempts";
  }

  private static String advice(Status.Code code) {
    return switch (code) {
      case ALREADY_EXISTS -> ". Another living process uses this node id: give one of them another";
      case UNIMPLEMENTED -> ". What answers there is no gateway: look at the gateway address";
      case FAILED_PRECONDITION -> ". Gateway and node do not speak the same protocol: update one";
      case UNAUTHENTICATED, PERMISSION_DENIED -> ". The gateway does not let this node in";
      default -> "";
    };
  }
}
