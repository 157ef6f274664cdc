"""Ended tasks are forgotten beyond a number, also over a restart; their request ids are not."""

import grpc
from mesh import Checks, Client, Gateway, Node, error_info, eventually, refused, spec
from reefmesh.v1 import task_pb2, task_service_pb2

checks = Checks()
KEPT = 1_000
RETENTION = ["--set", f"retention.count={KEPT}"]

gateway = Gateway(args=RETENTION).wait_ready()
node = Node(gateway, "n1", ["--slots", "64"]).wait_ready()
client = Client(gateway.target)


def listed():
    """The ids of all tasks that have ended, newest first."""
    ids, token = [], ""
    while True:
        page = client.tasks.ListTasks(
            task_service_pb2.ListTasksRequest(
                filter=task_service_pb2.TaskFilter(states=[task_pb2.TASK_STATE_SUCCEEDED]),
                page_size=1_000,
                page_token=token,
            ),
            timeout=20,
        )
        ids += [task.id for task in page.tasks]
        token = page.next_page_token
        if not token:
            return ids


def submit(first, last):
    calls = [
        client.tasks.SubmitTask.future(
            task_service_pb2.SubmitTaskRequest(request_id=f"r{i}", spec=spec("ping")), timeout=60
        )
        for i in range(first, last)
    ]
    return [call.result().task.id for call in calls]


first = submit(0, 800)
waiting = client.submit(spec("nobody-runs-this"))
second = submit(800, 1_800)
client.wait_end(second[-1])

with checks("the newest ended tasks stay, the oldest are forgotten, a waiting one stays"):
    kept = eventually(
        lambda: ids if len(ids := listed()) == KEPT else None, 30, f"a list of {KEPT} ended tasks"
    )
    assert set(kept) <= set(first + second)
    assert kept == sorted(kept, reverse=True)
    assert kept[-1] > first[700], "others than the oldest were forgotten"
    assert client.get(waiting.id).state == task_pb2.TASK_STATE_QUEUED

with checks("a forgotten task is not found"):
    refused(lambda: client.get(first[0]), grpc.StatusCode.NOT_FOUND)

with checks("a request whose task was forgotten is not run again, and says so"):
    error = refused(lambda: client.submit(spec("ping"), "r0"), grpc.StatusCode.NOT_FOUND)
    assert error_info(error).reason == "TASK_FORGOTTEN", error_info(error)
    assert error_info(error).metadata["task_id"] == first[0], error_info(error)

with checks("the same request id with another content is still refused"):
    error = refused(lambda: client.submit(spec("pong"), "r0"), grpc.StatusCode.ALREADY_EXISTS)
    assert error_info(error).reason == "REQUEST_ID_REUSED", error_info(error)

gateway.kill()
gateway = Gateway(port=gateway.port, args=RETENTION, name="gateway-again").wait_ready()
client.close()
client = Client(gateway.target)

with checks("both hold after a kill and a restart"):
    assert len(listed()) == KEPT
    error = refused(lambda: client.submit(spec("ping"), "r0"), grpc.StatusCode.NOT_FOUND)
    assert error_info(error).reason == "TASK_FORGOTTEN", error_info(error)
    assert client.get(waiting.id).state == task_pb2.TASK_STATE_QUEUED

checks.finish()
