"""grpcurl and buf curl: people at a terminal."""

import json
import os
import re
import subprocess
import time

from mesh import BUF, GRPCURL, Checks, Gateway, Node, eventually, grpcurl, pids_of, run

checks = Checks()
TASKS = "reefmesh.v1.TaskService"
ID = re.compile(r"[0-9a-hjkmnp-tv-z]{13}")

gateway = Gateway().wait_ready()
node = Node(
    gateway, "n1", ["--slots", "4", "--allow", "sleep", "--allow", "sh", "--handler", "echo=cat"]
).wait_ready()
target = gateway.target


def tool(argv, **more):
    return {"type": "tool-execution", "payload": {"json": {"argv": argv}}, **more}


def finished(task_id):
    return grpcurl(target, f"{TASKS}/WatchTask", {"id": task_id})[-1]["event"]["finished"]


with checks("list names every service"):
    names = run(GRPCURL, "-plaintext", target, "list").stdout.split()
    expected = {TASKS, "reefmesh.v1.NodeService", "reefmesh.v1.FleetService", "grpc.health.v1.Health"}
    assert expected <= set(names), names

with checks("describe shows the comments of services, methods and fields"):
    text = run(GRPCURL, "-plaintext", target, "describe", TASKS).stdout
    assert "For callers: submit tasks" in text, text
    assert "Accepts a task. When it returns, the task is durable" in text, text
    fields = run(GRPCURL, "-plaintext", target, "describe", "reefmesh.v1.TaskSpec").stdout
    assert "1 goes first" in fields, fields

with checks("describe shows the comments of enum values"):
    result = run(GRPCURL, "-plaintext", target, "describe", "reefmesh.v1.TaskState")
    assert "Accepted by a node." in result.stdout, result.stdout + result.stderr

with checks("a submitted task with a JSON payload reaches its outcome"):
    reply = grpcurl(target, f"{TASKS}/SubmitTask", {"spec": {"type": "ping", "payload": {"json": {"a": [1]}}}})
    task = reply[0]["task"]
    assert ID.fullmatch(task["id"]), task["id"]
    assert task["spec"]["payload"]["json"] == {"a": [1]}, task
    end = finished(task["id"])
    assert end["state"] == "TASK_STATE_SUCCEEDED", end
    assert end["result"]["json"] == {"pong": True, "node_id": "n1"}, end

with checks("the same request id gives the same task, other content is refused"):
    request = {"request_id": "once", "spec": {"type": "ping"}}
    first, second = (grpcurl(target, f"{TASKS}/SubmitTask", request)[0]["task"]["id"] for _ in range(2))
    assert first == second, (first, second)
    other = {"request_id": "once", "spec": {"type": "ping", "priority": 1}}
    result = run(GRPCURL, "-plaintext", "-d", json.dumps(other), target, f"{TASKS}/SubmitTask")
    assert result.returncode != 0 and "AlreadyExists" in result.stderr, result.stderr

with checks("RunTask streams output while the task runs"):
    spec = tool(["sh", "-c", "for i in 1 2 3 4; do echo line $i; sleep 0.5; done"])
    call = subprocess.Popen(
        [GRPCURL, "-plaintext", "-d", json.dumps({"spec": spec}), target, f"{TASKS}/RunTask"],
        stdout=subprocess.PIPE,
        text=True,
    )
    seen = {}
    for line in call.stdout:
        for word in ("line 1", "line 4", '"finished"'):
            if word in line:
                seen.setdefault(word, time.monotonic())
    assert call.wait(30) == 0
    assert list(seen) == ["line 1", "line 4", '"finished"'], seen
    assert seen['"finished"'] - seen["line 1"] > 0.8, "the first line came with the end, not before it"

with checks("the result of a tool holds exit code and output; a non-zero exit is a result"):
    spec = tool(["sh", "-c", "echo out; echo err >&2; exit 3"])
    end = grpcurl(target, f"{TASKS}/RunTask", {"spec": spec})[-1]["event"]["finished"]
    assert end["state"] == "TASK_STATE_SUCCEEDED", end
    assert end["result"]["json"] == {"exit_code": 3, "stdout": "out\n", "stderr": "err\n"}, end

with checks("cancel kills a running sleep and what a shell started"):
    seconds = str(400_000 + os.getpid() % 100_000)
    ids = [
        grpcurl(target, f"{TASKS}/SubmitTask", {"spec": tool(argv)})[0]["task"]["id"]
        for argv in (["sleep", seconds], ["sh", "-c", f"sleep {seconds} & wait"])
    ]
    eventually(lambda: len(pids_of(seconds)) >= 2, 20, "the start of both sleeps")
    for task_id in ids:
        reply = grpcurl(target, f"{TASKS}/CancelTask", {"id": task_id, "reason": "enough"})
        assert reply[0]["task"]["state"] == "TASK_STATE_CANCELLED", reply
    eventually(lambda: not pids_of(seconds), 15, "the end of both sleeps")
    again = grpcurl(target, f"{TASKS}/CancelTask", {"id": ids[0]})[0]["task"]
    assert again["state"] == "TASK_STATE_CANCELLED", again
    assert "enough" in again["failure"]["message"], again["failure"]

with checks("whole numbers reach the handler whole"):
    payload = {"n": 42, "zero": 0, "big": 9007199254740991, "minus": -7, "half": 0.5}
    spec = {"type": "echo", "payload": {"json": payload}}
    end = grpcurl(target, f"{TASKS}/RunTask", {"spec": spec})[-1]["event"]["finished"]
    result = end["result"]
    raw = result.get("text") or json.dumps(result.get("json"), separators=(",", ":"))
    for word in ('"n":42', '"zero":0', '"big":9007199254740991', '"minus":-7', '"half":0.5'):
        assert re.search(re.escape(word) + r"[,}]", raw), raw

with checks("a type that no node has waits, says why, and expires"):
    spec = {"type": "no-such-type", "timeouts": {"queue": "3s"}}
    task_id = grpcurl(target, f"{TASKS}/SubmitTask", {"spec": spec})[0]["task"]["id"]
    task = grpcurl(target, f"{TASKS}/GetTask", {"id": task_id})[0]["task"]
    assert task["state"] == "TASK_STATE_QUEUED", task
    assert task["waitReason"]["cause"] == "WAIT_CAUSE_NO_CAPABLE_NODE", task["waitReason"]
    assert "no-such-type" in task["waitReason"]["message"], task["waitReason"]
    end = finished(task_id)
    assert end["state"] == "TASK_STATE_EXPIRED", end
    assert end["failure"]["message"], end

with checks("lists show tasks newest first and nodes by id"):
    tasks = grpcurl(target, f"{TASKS}/ListTasks", {"page_size": 3})[0]
    ids = [task["id"] for task in tasks["tasks"]]
    assert ids == sorted(ids, reverse=True) and len(ids) == 3, ids
    following = grpcurl(target, f"{TASKS}/ListTasks", {"page_size": 3, "page_token": tasks["nextPageToken"]})[0]
    assert max(task["id"] for task in following["tasks"]) < min(ids), following
    nodes = grpcurl(target, "reefmesh.v1.FleetService/ListNodes")[0]["nodes"]
    assert [n["id"] for n in nodes] == ["n1"] and nodes[0]["state"] == "NODE_STATE_ONLINE", nodes
    assert nodes[0]["slots"] == 4, nodes

with checks("GetMesh answers an empty request"):
    figures = grpcurl(target, "reefmesh.v1.FleetService/GetMesh")[0]
    assert figures["store"] == "sqlite" and figures["strategy"] == "least-connections", figures

with checks("errors carry a reason, and field paths where a field is wrong"):
    for request, path in (
        ({"spec": {"type": "ping", "priority": 0}}, "spec.priority"),
        ({"spec": {"type": ""}}, "spec.type"),
    ):
        result = run(GRPCURL, "-plaintext", "-d", json.dumps(request), target, f"{TASKS}/SubmitTask")
        assert result.returncode != 0 and "InvalidArgument" in result.stderr, result.stderr
        assert path in result.stderr, result.stderr

with checks("buf curl works"):
    for method, data, word in (
        ("reefmesh.v1.FleetService/ListNodes", "{}", "n1"),
        (f"{TASKS}/RunTask", '{"spec":{"type":"ping"}}', "TASK_STATE_SUCCEEDED"),
    ):
        url = f"http://{target}/{method}"
        result = run(BUF, "curl", "--protocol", "grpc", "--http2-prior-knowledge", "-d", data, url)
        assert result.returncode == 0 and word in result.stdout, result.stdout + result.stderr

checks.finish()
