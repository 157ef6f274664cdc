"""The calls for many tasks, and those that help when things go wrong: SubmitTasks over a kill -9, RetryTask and
RetryTasks, ExplainTask, and lists by pages while tasks arrive. With grpcio, grpcurl and the command line."""

import json
import os
import queue
import subprocess
import threading
import time

import grpc
from google.protobuf import timestamp_pb2
from mesh import (
    GRPCURL,
    REEFMESH,
    Checks,
    Client,
    Gateway,
    Node,
    error_info,
    eventually,
    folder,
    grpcurl,
    json_messages,
    refused,
    run,
    script,
    spec,
    tool,
    violations,
)
from reefmesh.v1 import task_pb2, task_service_pb2

TASKS = 2000
BATCH = 50

checks = Checks()
stamps = os.path.join(folder(), "stamps")
stamp = script("stamp.sh", f'#!/bin/sh\necho "$REEFMESH_TASK_ID $REEFMESH_ATTEMPT" >> {stamps}\n')
ENVIRONMENT = {"REEFMESH_NODE_BEAT": "1s", "REEFMESH_NODE_SILENT_AFTER": "4s"}
gateway = Gateway(env=ENVIRONMENT).wait_ready()
port, data = gateway.port, gateway.data
node = Node(
    gateway, "n1", ["--slots", "8", "--handler", f"stamp={stamp}", "--allow", "sh", "--label", "room=kitchen"]
).wait_ready()
client = Client(gateway.target)


def slowly(requests):
    """So slowly that a kill finds some sent, some receipted and some not even sent."""
    while (message := requests.get()) is not None:
        yield message
        time.sleep(0.05)


class SubmissionStream:
    """Sends all that has no receipt, reads receipts and outcomes, and does it again when the stream breaks."""

    def __init__(self, target, specs):
        self.target = target
        self.specs = specs  # request id -> spec
        self.tasks = {}  # request id -> task id
        self.outcomes = {}  # task id -> task
        self.doubled = 0
        self.broken = 0

    def owed(self):
        return [r for r in self.specs if self.tasks.get(r) not in self.outcomes]

    def run(self):
        while self.owed():
            requests = queue.SimpleQueue()
            owed = self.owed()
            for at in range(0, len(owed), BATCH):
                requests.put(
                    task_service_pb2.SubmitTasksRequest(
                        want_outcomes=True,
                        submissions=[
                            task_service_pb2.TaskSubmission(request_id=r, spec=self.specs[r])
                            for r in owed[at : at + BATCH]
                        ],
                    )
                )
            requests.put(None)  # the half-close
            caller = Client(self.target)
            try:
                for response in caller.tasks.SubmitTasks(slowly(requests), timeout=200):
                    self.take(response)
            except grpc.RpcError as error:
                assert error.code() in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED), error
                self.broken += 1
                time.sleep(0.2)
            caller.close()

    def take(self, response):
        for receipt in response.receipts:
            assert not receipt.HasField("refusal"), receipt
            known = self.tasks.setdefault(receipt.request_id, receipt.task_id)
            self.doubled += known != receipt.task_id
        for task in response.outcomes:
            self.outcomes[task.id] = task


with checks("2,000 submissions on a stream survive kill -9 of the gateway in the middle"):
    stream = SubmissionStream(gateway.target, {f"r{n}": spec("stamp") for n in range(TASKS)})
    thread = threading.Thread(target=stream.run, daemon=True)
    thread.start()
    eventually(lambda: len(stream.tasks) >= 500, 60, "the kill's moment")
    gateway.kill()
    assert len(stream.tasks) < TASKS, "all had their receipts already: half of it was not tested"
    print(f"     killed with {len(stream.tasks)} receipts and {len(stream.outcomes)} outcomes", flush=True)
    gateway = Gateway(port=port, data=data, env=ENVIRONMENT, name="gateway-2").wait_ready()
    thread.join(200)
    assert not thread.is_alive(), f"{len(stream.owed())} are still owed"
    assert stream.broken >= 1, "the stream never broke: nothing was tested"

with checks("no loss and no duplicate: each request id made one task, and each has one outcome"):
    assert stream.doubled == 0, f"{stream.doubled} request ids made two tasks"
    assert len(set(stream.tasks.values())) == TASKS
    assert {t.state for t in stream.outcomes.values()} == {task_pb2.TASK_STATE_SUCCEEDED}
    listed, token = [], ""
    while True:
        page = client.tasks.ListTasks(task_service_pb2.ListTasksRequest(page_size=1000, page_token=token), timeout=30)
        listed += [t.id for t in page.tasks]
        token = page.next_page_token
        if not token:
            break
    assert sorted(listed) == sorted(stream.tasks.values()), len(listed)
    with open(stamps, encoding="utf-8") as file:
        runs = file.read().splitlines()
    assert len(runs) == len(set(runs)), "an attempt ran twice"

with checks("grpcurl submits a stream: receipts for the good, refusals with the field for the bad"):
    lines = "\n".join(
        json.dumps(message)
        for message in (
            {"wantOutcomes": True, "submissions": [{"requestId": "g1", "spec": {"type": "ping"}}]},
            {"submissions": [{"requestId": "g2", "spec": {"type": "ping", "priority": 11}}]},
        )
    )
    result = run(
        GRPCURL, "-plaintext", "-d", "@", gateway.target, "reefmesh.v1.TaskService/SubmitTasks", stdin=lines
    )
    assert result.returncode == 0, result.stderr
    answers = list(json_messages(result.stdout))
    receipts = {r["requestId"]: r for a in answers for r in a.get("receipts", ())}
    assert receipts["g2"]["refusal"]["field"] == "spec.priority", receipts
    assert [t["id"] for a in answers for t in a.get("outcomes", ())] == [receipts["g1"]["taskId"]], answers

with checks("a message larger than the limit is refused with what to do"):
    large = task_pb2.TaskSpec(type="ping", payload=task_pb2.Payload(data=b"x" * (20 << 20)))
    error = refused(lambda: client.submit(large), grpc.StatusCode.RESOURCE_EXHAUSTED)
    assert error_info(error).reason == "MESSAGE_TOO_LARGE", error.details()

# Retry ---------------------------------------------------------------------------------------------

once = task_pb2.RetryPolicy(max_attempts=1)
FAIL = ("sh", "-c", "exit 3")


def failing(**fields):
    made = spec("tool-execution", {"argv": list(FAIL), "check": True}, **fields)
    made.retry.CopyFrom(once)
    return made


def retry(task_id, request_id=""):
    request = task_service_pb2.RetryTaskRequest(id=task_id, request_id=request_id)
    return client.tasks.RetryTask(request, timeout=20).task


with checks("a failed task is retried as a new one that names it, once for one request id"):
    old = client.wait_end(client.submit(failing(labels={"batch": "a"}, session_id="s-retry")).id)
    assert old.state == task_pb2.TASK_STATE_FAILED, old
    new = retry(old.id, "retry-1")
    assert new.retry_of == old.id and new.id != old.id and new.spec == old.spec, new
    assert retry(old.id, "retry-1").id == new.id
    assert retry(old.id).id != new.id
    assert client.get(client.wait_end(new.id).id).retry_of == old.id

with checks("what has not ended, succeeded, or is unknown is not retried, and the answer says why"):
    waiting = client.submit(spec("nobody-serves-this"))
    error = refused(lambda: retry(waiting.id), grpc.StatusCode.FAILED_PRECONDITION)
    assert error_info(error).metadata["state"] == "QUEUED", error.details()
    succeeded = client.wait_end(client.submit(spec("ping")).id)
    error = refused(lambda: retry(succeeded.id), grpc.StatusCode.FAILED_PRECONDITION)
    assert error_info(error).metadata["state"] == "SUCCEEDED", error.details()
    refused(lambda: retry("0000000000000"), grpc.StatusCode.NOT_FOUND)
    client.tasks.CancelTask(task_service_pb2.CancelTaskRequest(id=waiting.id), timeout=20)

with checks("RetryTasks goes oldest first by pages, and leaves alone what failed again meanwhile"):
    olds = [client.wait_end(client.submit(failing(labels={"batch": "b"})).id).id for _ in range(7)]
    found, token = [], ""
    while True:
        request = task_service_pb2.RetryTasksRequest(limit=3, request_id="all-b", page_token=token)
        request.filter.labels["batch"] = "b"
        page = client.tasks.RetryTasks(request, timeout=20)
        for retried in page.tasks:
            client.wait_end(retried.new_id)
        found += page.tasks
        token = page.next_page_token
        if not token:
            break
    assert [r.old_id for r in found] == olds, found
    assert len({r.new_id for r in found}) == 7
    request = task_service_pb2.RetryTasksRequest(request_id="x" * 65)
    assert violations(refused(lambda: client.tasks.RetryTasks(request, timeout=20), grpc.StatusCode.INVALID_ARGUMENT))


def reefmesh(*args, code=0, stdin=None):
    result = subprocess.run(
        [REEFMESH, *args, "--gateway", gateway.target], capture_output=True, text=True, timeout=120, input=stdin, check=False
    )
    assert result.returncode == code, f"{result.returncode}: {result.stdout}{result.stderr}"
    return result.stdout


with checks("reefmesh tasks retry: by id, and by filters"):
    line = reefmesh("tasks", "retry", olds[0]).split()
    assert line[0] == olds[0] and client.get(line[1]).retry_of == olds[0], line
    lines = reefmesh("tasks", "retry", "--state", "failed", "--label", "batch=b", "--limit", "4").splitlines()
    assert [text.split()[0] for text in lines] == olds[:4], lines
    reefmesh("tasks", "retry", succeeded.id, code=5)
    reefmesh("tasks", "retry", code=2)

with checks("reefmesh submit --from: ids in the order of the lines, outcomes with --wait, bad lines told"):
    lines = "\n".join(json.dumps({"type": "ping", "payload": {"json": {"n": 2**60 + n}}}) for n in range(300))
    ids = reefmesh("submit", "--from", "-", "--request-id", "lot", stdin=lines).split()
    assert len(set(ids)) == 300, len(set(ids))
    again = [
        json.loads(text)
        for text in reefmesh("submit", "--from", "-", "--request-id", "lot", "-o", "json", stdin=lines).splitlines()
    ]
    assert [receipt["taskId"] for receipt in again] == ids, "a repeat"
    assert [receipt["requestId"] for receipt in again] == [f"lot-{n + 1}" for n in range(300)]
    outcomes = reefmesh("submit", "--from", "-", "--wait", "-o", "json", stdin=lines).splitlines()
    assert {json.loads(text)["state"] for text in outcomes} == {"TASK_STATE_SUCCEEDED"} and len(outcomes) == 300
    reefmesh("submit", "--from", "-", "--type", "ping", stdin='{}\nnot json\n{"priority": 11}\n', code=5)

# Explain -------------------------------------------------------------------------------------------


def explain(task_id):
    return client.tasks.ExplainTask(task_service_pb2.ExplainTaskRequest(id=task_id), timeout=20)


with checks("ExplainTask: nobody offers the capability"):
    task = client.submit(spec("ping", required_capabilities=["warp-drive"]))
    told = explain(task.id)
    assert told.wait_reason.cause == task_pb2.WAIT_CAUSE_NO_CAPABLE_NODE, told
    assert "warp-drive" in told.summary and "warp-drive" in told.nodes[0].reason and not told.nodes[0].eligible
    text = reefmesh("tasks", "explain", task.id)
    assert "warp-drive" in text and "n1" in text, text

with checks("ExplainTask: its session is busy, and with which task"):
    gate = os.path.join(folder(), "gate")
    wait = ("sh", "-c", f"while [ ! -e {gate} ]; do sleep 0.1; done")
    head = client.submit(tool(*wait, session_id="s-busy"))
    client.wait_state(head.id, task_pb2.TASK_STATE_RUNNING)
    told = explain(client.submit(spec("ping", session_id="s-busy")).id)
    assert told.wait_reason.cause == task_pb2.WAIT_CAUSE_SESSION_BUSY, told
    assert told.wait_reason.blocking_task_id == head.id

with checks("ExplainTask: it runs, and where"):
    told = explain(head.id)
    assert told.state == task_pb2.TASK_STATE_RUNNING and "n1" in told.summary, told

with checks("ExplainTask: all nodes are full, and how many go before it"):
    blockers = [client.submit(tool(*wait)) for _ in range(7)]
    for blocker in blockers:
        client.wait_state(blocker.id, task_pb2.TASK_STATE_RUNNING)
    first = client.submit(spec("ping"))
    second = client.submit(spec("ping"))
    told = explain(second.id)
    assert told.wait_reason.cause == task_pb2.WAIT_CAUSE_NODES_BUSY, told
    assert told.tasks_ahead == 1 and "8 of 8" in told.nodes[0].reason, told

with checks("ExplainTask: its time has not come"):
    later = timestamp_pb2.Timestamp(seconds=int(time.time()) + 3600)
    told = explain(client.submit(spec("ping", not_before=later)).id)
    assert told.wait_reason.cause == task_pb2.WAIT_CAUSE_NOT_BEFORE and told.wait_reason.until == later, told
open(gate, "w").close()

with checks("ExplainTask: what became of an ended task"):
    told = explain(olds[0])
    assert told.state == task_pb2.TASK_STATE_FAILED and "Attempt 1 on node n1 failed" in told.summary, told
    assert "It is a retry of task" in explain(found[0].new_id).summary
    assert grpcurl(gateway.target, "reefmesh.v1.TaskService/ExplainTask", {"id": olds[0]})[0]["summary"] == told.summary
    refused(lambda: explain("0000000000000"), grpc.StatusCode.NOT_FOUND)

# Lists ---------------------------------------------------------------------------------------------

with checks("pages while tasks arrive and end: each task once, none left out"):
    before = set(stream.tasks.values())
    stop = threading.Event()

    def keep_submitting():
        own = Client(gateway.target)
        while not stop.is_set():
            own.submit(spec("ping"))
        own.close()

    arriving = threading.Thread(target=keep_submitting, daemon=True)
    arriving.start()
    seen, token = [], ""
    while True:
        page = client.tasks.ListTasks(task_service_pb2.ListTasksRequest(page_size=100, page_token=token), timeout=30)
        seen += [t.id for t in page.tasks]
        token = page.next_page_token
        if not token:
            break
    stop.set()
    arriving.join(20)
    assert len(seen) == len(set(seen)), "a task was shown twice"
    assert before <= set(seen), f"{len(before - set(seen))} tasks were left out"
    assert seen == sorted(seen, reverse=True), "not newest first"

checks.finish()
