"""kill -9 of the gateway in the middle of 2,000 tasks: each acknowledged one reaches an outcome, and no
attempt runs twice.

Every run of a task leaves a line "task attempt node" in one file, written by the program that the node
starts for it. So an attempt that ran twice, or on two nodes, is there for all to see.
"""

import collections
import os
import queue
import threading
import time

import grpc
from mesh import Checks, Client, Gateway, Node, eventually, folder, script, spec
from reefmesh.v1 import task_pb2, task_service_pb2

TASKS = 2000
SUBMITTERS = 8
SLOTS = 6

checks = Checks()
stamps = os.path.join(folder(), "stamps")
ENVIRONMENT = {"REEFMESH_NODE_BEAT": "1s", "REEFMESH_NODE_SILENT_AFTER": "4s"}

gateway = Gateway(env=ENVIRONMENT).wait_ready()
port, data = gateway.port, gateway.data
nodes = []
for node_id in ("n1", "n2", "n3"):
    # A third of a second of work: the kills meet running tasks, and there is still a queue at the second.
    stamp = script(
        f"stamp-{node_id}.sh",
        f'#!/bin/sh\necho "$REEFMESH_TASK_ID $REEFMESH_ATTEMPT {node_id}" >> {stamps}\nsleep 0.3\necho done\n',
    )
    nodes.append(Node(gateway, node_id, ["--slots", str(SLOTS), "--handler", f"stamp={stamp}"]))
for node in nodes:
    node.wait_ready()


class Submitter(threading.Thread):
    """Takes numbers and submits them, each under its request id, again and again until acknowledged."""

    work = queue.Queue()
    lock = threading.Lock()
    acknowledged = {}  # request id -> task id
    repeated = 0
    give_up = threading.Event()

    def run(self):
        client = Client(f"127.0.0.1:{port}")
        while True:
            try:
                number = Submitter.work.get_nowait()
            except queue.Empty:
                break
            self.submit(client, f"task-{number}")
        client.close()

    def submit(self, client, request_id):
        while not Submitter.give_up.is_set():
            try:
                task = client.submit(spec("stamp"), request_id=request_id, timeout=10)
                with Submitter.lock:
                    Submitter.acknowledged[request_id] = task.id
                return
            except grpc.RpcError as error:
                retryable = (
                    grpc.StatusCode.UNAVAILABLE,
                    grpc.StatusCode.DEADLINE_EXCEEDED,
                    grpc.StatusCode.CANCELLED,
                    grpc.StatusCode.UNKNOWN,
                    grpc.StatusCode.INTERNAL,
                )
                if error.code() not in retryable:
                    print(f"a submit failed for good: {error.code().name} {error.details()}", flush=True)
                    return
                with Submitter.lock:
                    Submitter.repeated += 1
                time.sleep(0.1)


def acknowledged():
    with Submitter.lock:
        return len(Submitter.acknowledged)


def ran():
    try:
        with open(stamps, encoding="utf-8") as file:
            return [tuple(line.split()) for line in file.read().splitlines()]
    except FileNotFoundError:
        return []


def all_tasks(client):
    found, token = [], ""
    while True:
        page = client.tasks.ListTasks(
            task_service_pb2.ListTasksRequest(page_size=500, page_token=token), timeout=30
        )
        found += page.tasks
        token = page.next_page_token
        if not token:
            return found


def kill_and_restart(name):
    global gateway
    before, runs = acknowledged(), len(ran())
    gateway.kill()
    print(f"     killed with {before} acknowledged, {runs} runs begun", flush=True)
    started = time.monotonic()
    gateway = Gateway(port=port, data=data, env=ENVIRONMENT, name=name).wait_ready()
    print(f"     ready again after {time.monotonic() - started:.1f} s", flush=True)
    return before


for number in range(TASKS):
    Submitter.work.put(number)
submitters = [Submitter(daemon=True) for _ in range(SUBMITTERS)]
for submitter in submitters:
    submitter.start()

with checks("the gateway is killed while tasks are submitted and others run"):
    eventually(lambda: acknowledged() >= TASKS * 2 // 5 and len(ran()) >= 50, 90, "the first kill's moment")
    before = kill_and_restart("gateway-2")
    assert before < TASKS, "all were acknowledged already: nothing was tested"

with checks("every task is acknowledged in the end"):
    eventually(lambda: acknowledged() == TASKS, 120, "all acknowledged")
    assert len(set(Submitter.acknowledged.values())) == TASKS, "two request ids share a task"

with checks("the gateway is killed once more, while only nodes talk to it"):
    runs = len(ran())
    assert runs < TASKS, "all tasks ran already: nothing was tested"
    kill_and_restart("gateway-3")

client = Client(f"127.0.0.1:{port}")
final = {}

with checks("each acknowledged task reaches an outcome, and it is success"):

    def settled():
        mesh = {task.id: task for task in all_tasks(client)}
        done = [t for t in mesh.values() if t.state >= task_pb2.TASK_STATE_SUCCEEDED]
        if len(done) < TASKS:
            return None
        final.update(mesh)
        return True

    eventually(settled, 180, f"{TASKS} outcomes")
    missing = set(Submitter.acknowledged.values()) - set(final)
    assert not missing, f"{len(missing)} acknowledged tasks are gone"
    states = collections.Counter(task_pb2.TaskState.Name(t.state) for t in final.values())
    assert states == {"TASK_STATE_SUCCEEDED": TASKS}, states

with checks("a repeated submit made no second task"):
    assert len(final) == TASKS, len(final)

with checks("no attempt ran twice, on one node or on two"):
    runs = collections.Counter((task, attempt) for task, attempt, _ in ran())
    twice = {key: [r for r in ran() if r[:2] == key] for key, count in runs.items() if count > 1}
    assert not twice, f"{len(twice)} attempts ran twice: {list(twice.values())[:5]}"

with checks("every task ran, on the node that its record names, within its attempts"):
    nodes_of = {(task, int(attempt)): node for task, attempt, node in ran()}
    for task in final.values():
        last = task.attempts[-1]
        assert nodes_of.get((task.id, last.number)) == last.node_id, (task.id, last)
        assert sum(a.charged for a in task.attempts) <= 3, task.attempts

more = sum(len(task.attempts) > 1 for task in final.values())
print(f"     {len(ran())} runs of {TASKS} tasks, {more} with more than one attempt, {Submitter.repeated} submits repeated")
Submitter.give_up.set()
checks.finish()
