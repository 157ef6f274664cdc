package io.reefmesh.cli.demo;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** Commands to copy, for looking at a mesh with grpcurl. */
final class GrpcurlLines {

  /** Nothing that a shell or JSON would read as anything else. */
  private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9/._@%+-]+");

  private GrpcurlLines() {}

  /**
   * The lines: submit, watch, list nodes, health.
   *
   * @param address the gateway
   * @param program what the nodes may run
   * @param files some of which the mesh has hashed
   * @param taskId a task to watch
   */
  static List<String> of(
      String address, Sha256Program program, List<HashedFile> files, String taskId) {
    List<String> lines = new ArrayList<>();
    lines.add(call(address, submission(program, files), "reefmesh.v1.TaskService/SubmitTask"));
    lines.add(call(address, "{\"id\":\"" + taskId + "\"}", "reefmesh.v1.TaskService/WatchTask"));
    lines.add("grpcurl -plaintext " + address + " reefmesh.v1.FleetService/ListNodes");
    lines.add("grpcurl -plaintext " + address + " grpc.health.v1.Health/Check");
    return lines;
  }

  private static String submission(Sha256Program program, List<HashedFile> files) {
    Optional<Path> plain =
        files.stream()
            .map(HashedFile::path)
            .filter(path -> PLAIN.matcher(path.toString()).matches())
            .findFirst();
    if (plain.isEmpty()) {
      return "{\"spec\":{\"type\":\"ping\"}}";
    }
    return "{\"spec\":{\"type\":\"tool-execution\",\"payload\":{\"json\":{\"argv\":[\""
        + String.join("\",\"", program.arguments(plain.get()))
        + "\"]}}}}";
  }

  private static String call(String address, String request, String method) {
    return "grpcurl -plaintext -d '" + request + "' " + address + " " + method;
  }
}
