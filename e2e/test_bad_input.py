"""Wrong input, through Python's grpcio: the code, the reason and the field path of each refusal."""

import grpc
from google.protobuf import duration_pb2
from mesh import Checks, Client, Gateway, Node, error_info, refused, spec, violations
from reefmesh.v1 import fleet_service_pb2, task_pb2, task_service_pb2

checks = Checks()
gateway = Gateway().wait_ready()
node = Node(gateway, "n1").wait_ready()
client = Client(gateway.target)
INVALID = grpc.StatusCode.INVALID_ARGUMENT


def seconds(number):
    return duration_pb2.Duration(seconds=number)


def submit(made):
    return lambda: client.submit(made)


def timeouts(**fields):
    return submit(spec("ping", timeouts=task_pb2.Timeouts(**fields)))


def data(size):
    return task_pb2.TaskSpec(type="ping", payload=task_pb2.Payload(data=b"x" * size))


WRONG = [
    ("priority 0", submit(spec("ping", priority=0)), "spec.priority"),
    ("priority 11", submit(spec("ping", priority=11)), "spec.priority"),
    ("priority -1", submit(spec("ping", priority=-1)), "spec.priority"),
    ("an empty type", submit(spec("")), "spec.type"),
    ("a type with a space", submit(spec("a b")), "spec.type"),
    ("a type of 129 characters", submit(spec("t" * 129)), "spec.type"),
    ("a negative queue timeout", timeouts(queue=seconds(-1)), "spec.timeouts.queue"),
    ("a zero run timeout", timeouts(run=seconds(0)), "spec.timeouts.run"),
    ("a run timeout of 1,000 years", timeouts(run=seconds(31_536_000_000)), "spec.timeouts.run"),
    ("a negative total timeout", timeouts(total=seconds(-5)), "spec.timeouts.total"),
    ("a malformed duration", timeouts(queue=duration_pb2.Duration(seconds=1, nanos=-1)), "spec.timeouts.queue"),
    ("a payload over 1 MiB", submit(data((1 << 20) + 1)), "spec.payload"),
    ("33 required capabilities", submit(spec("ping", required_capabilities=[f"c{i}" for i in range(33)])), "spec.required_capabilities"),
    ("a session of 129 characters", submit(spec("ping", session_id="s" * 129)), "spec.session_id"),
    ("101 attempts", submit(spec("ping", retry=task_pb2.RetryPolicy(max_attempts=101))), "spec.retry.max_attempts"),
    ("-1 attempts", submit(spec("ping", retry=task_pb2.RetryPolicy(max_attempts=-1))), "spec.retry.max_attempts"),
    ("a whole number beyond 2^53", submit(spec("ping", {"a": [1, {"b": 1e17}]})), "spec.payload.json"),
    ("no spec", lambda: client.tasks.SubmitTask(task_service_pb2.SubmitTaskRequest(), timeout=20), "spec"),
    ("a request id of 129 characters", lambda: client.submit(spec("ping"), request_id="r" * 129), "request_id"),
    ("page size 1001", lambda: client.tasks.ListTasks(task_service_pb2.ListTasksRequest(page_size=1001), timeout=20), "page_size"),
    ("page size -1", lambda: client.tasks.ListTasks(task_service_pb2.ListTasksRequest(page_size=-1), timeout=20), "page_size"),
    ("a page token of nobody's", lambda: client.tasks.ListTasks(task_service_pb2.ListTasksRequest(page_token="what"), timeout=20), "page_token"),
    ("node page size 1001", lambda: client.fleet.ListNodes(fleet_service_pb2.ListNodesRequest(page_size=1001), timeout=20), "page_size"),
    ("an id that is none", lambda: client.get("not an id"), "id"),
    ("an empty id", lambda: client.get(""), "id"),
]

for name, call, path in WRONG:
    with checks(f"{name} is refused as {path}"):
        error = refused(call, INVALID)
        info = error_info(error)
        assert info is not None and info.domain == "reefmesh" and info.reason, info
        paths = violations(error)
        assert any(p == path or p.startswith((path + ".", path + "[")) for p in paths), (
            f"the violations name {paths}: {error.details()}"
        )

with checks("several wrong fields are named together"):
    error = refused(submit(spec("", priority=0)), INVALID)
    assert {"spec.type", "spec.priority"} <= set(violations(error)), violations(error)

with checks("an unknown id is NOT_FOUND in every call"):
    nobody = "0000000000000"
    for call in (
        lambda: client.get(nobody),
        lambda: client.tasks.CancelTask(task_service_pb2.CancelTaskRequest(id=nobody), timeout=20),
        lambda: list(client.tasks.WatchTask(task_service_pb2.WatchTaskRequest(id=nobody), timeout=20)),
        lambda: client.fleet.GetNode(fleet_service_pb2.GetNodeRequest(id="nobody"), timeout=20),
    ):
        error = refused(call, grpc.StatusCode.NOT_FOUND)
        assert error_info(error) is not None, error.details()

with checks("RunTask refuses in the same way"):
    request = task_service_pb2.RunTaskRequest(spec=spec("ping", priority=11))
    error = refused(lambda: list(client.tasks.RunTask(request, timeout=20)), INVALID)
    assert violations(error) == ["spec.priority"], violations(error)

with checks("a payload of exactly 1 MiB passes"):
    end = client.wait_end(client.submit(data(1 << 20)).id)
    assert end.state == task_pb2.TASK_STATE_SUCCEEDED, end.failure
    assert len(client.get(end.id).spec.payload.data or client.get(end.id).spec.payload.text) == 1 << 20

with checks("a message far over the limit is refused and the connection serves on"):
    error = None
    try:
        client.submit(data(40 << 20))
    except grpc.RpcError as refusal:
        error = refusal
    assert error is not None, "40 MiB were accepted"
    assert error.code() in (INVALID, grpc.StatusCode.RESOURCE_EXHAUSTED), f"{error.code()} {error.details()}"
    assert client.wait_end(client.submit(spec("ping")).id).state == task_pb2.TASK_STATE_SUCCEEDED

checks.finish()
