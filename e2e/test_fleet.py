"""Operators: a node is drained under load, resumed, removed, and all of it can be followed."""

import json
import subprocess
import threading

from mesh import GRPCURL, REEFMESH, Checks, Client, Gateway, Node, eventually, grpcurl, refused, tool
from reefmesh.v1 import fleet_service_pb2, node_pb2, task_pb2

import grpc

FLEET = "reefmesh.v1.FleetService/"

checks = Checks()
gateway = Gateway().wait_ready()
client = Client(gateway.target)
first = Node(gateway, "first", ["--allow", "sleep", "--slots", "4"]).wait_ready()
second = Node(gateway, "second", ["--allow", "sleep", "--slots", "4"]).wait_ready()


def online():
    """The ids of the nodes that are ONLINE; one that was removed is not known until it dials in again."""
    request = fleet_service_pb2.ListNodesRequest(states=[node_pb2.NODE_STATE_ONLINE])
    return [node.id for node in client.fleet.ListNodes(request, timeout=20).nodes]


def node(node_id):
    return client.fleet.GetNode(fleet_service_pb2.GetNodeRequest(id=node_id), timeout=20).node


class Watcher:
    """WatchNodes in a thread of its own."""

    def __init__(self, **request):
        self.events = []
        self._call = client.fleet.WatchNodes(fleet_service_pb2.WatchNodesRequest(**request))
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        try:
            for response in self._call:
                self.events.append(response.event)
        except grpc.RpcError:
            pass

    def states(self, node_id):
        return [e.node.state for e in self.events if e.WhichOneof("event") == "node" and e.node.id == node_id]

    def wait(self, condition, what):
        return eventually(lambda: any(condition(event) for event in list(self.events)), 20, what)

    def close(self):
        self._call.cancel()


with checks("a watch shows all nodes, says so, and then the changes"):
    watcher = Watcher()
    watcher.wait(lambda e: e.WhichOneof("event") == "synced", "the end of the snapshot")
    begin = [e.node.id if e.WhichOneof("event") == "node" else e.WhichOneof("event") for e in watcher.events]
    assert sorted(begin[:2]) == ["first", "second"] and begin[2] == "synced", begin
    only = Watcher(node_ids=["second"])
    only.wait(lambda e: e.WhichOneof("event") == "synced", "the end of the filtered snapshot")
    assert [e.node.id for e in only.events if e.WhichOneof("event") == "node"] == ["second"], only.events

with checks("drain with wait under load returns when the node is empty, and no task is lost"):
    tasks = [client.submit(tool("sleep", "2.5")) for _ in range(16)]
    eventually(lambda: len(node("first").held) > 0, 20, "work on the node")
    process = subprocess.Popen(
        [GRPCURL, "-plaintext", "-max-time", "60", "-d", json.dumps({"id": "first", "reason": "new kernel", "wait": True}),
         gateway.target, FLEET + "DrainNode"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    watcher.wait(lambda e: e.node.id == "first" and e.node.state == node_pb2.NODE_STATE_DRAINING, "draining")
    held = {task.task_id for task in node("first").held}
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    drained = json.loads(out)["node"]
    assert drained["state"] == "NODE_STATE_DRAINING" and not drained.get("held"), drained
    assert "new kernel" in drained["stateReason"] and drained["drainedByOperator"], drained
    outcomes = [client.wait_end(task.id) for task in tasks]
    assert all(task.state == task_pb2.TASK_STATE_SUCCEEDED for task in outcomes), outcomes
    late = [t for t in outcomes if t.id not in held and t.attempts[-1].node_id == "first"]
    drain_time = next(e.time for e in watcher.events if e.node.id == "first" and e.node.state == node_pb2.NODE_STATE_DRAINING)
    begun = [t for t in late if t.attempts[-1].start_time.ToNanoseconds() > drain_time.ToNanoseconds()]
    assert not begun, begun

with checks("a drained node gets nothing, also after its process was restarted"):
    first.stop()
    first = Node(gateway, "first", ["--allow", "sleep", "--slots", "4"]).wait_ready()
    eventually(lambda: node("first").state == node_pb2.NODE_STATE_DRAINING, 20, "the node to drain again")
    for _ in range(4):
        task = client.wait_end(client.submit(tool("sleep", "0.1")).id)
        assert task.attempts[-1].node_id == "second", task

with checks("a wait that is cut short leaves the node draining"):
    long = client.submit(tool("sleep", "30"))
    client.wait_state(long.id, task_pb2.TASK_STATE_RUNNING)
    error = refused(
        lambda: client.fleet.DrainNode(fleet_service_pb2.DrainNodeRequest(id="second", wait=True), timeout=1),
        grpc.StatusCode.DEADLINE_EXCEEDED,
    )
    assert error is not None
    assert node("second").state == node_pb2.NODE_STATE_DRAINING

with checks("resume gives it work again, twice as well as once"):
    for _ in range(2):
        resumed = grpcurl(gateway.target, FLEET + "ResumeNode", {"id": "first"})[0]["node"]
        assert resumed["state"] == "NODE_STATE_ONLINE", resumed
    task = client.wait_end(client.submit(tool("sleep", "0.1")).id)
    assert task.attempts[-1].node_id == "first", task

with checks("a node at work is removed by force only, and its work moves"):
    error = refused(
        lambda: client.fleet.RemoveNode(fleet_service_pb2.RemoveNodeRequest(id="second"), timeout=20),
        grpc.StatusCode.FAILED_PRECONDITION,
    )
    assert error is not None
    moved = grpcurl(gateway.target, FLEET + "RemoveNode", {"id": "second", "force": True})[0]
    assert moved == {"movedTasks": 1}, moved
    watcher.wait(lambda e: e.removed_id == "second", "the removal to be shown")
    eventually(lambda: client.get(long.id).attempts[-1].node_id == "first", 20, "the task on the other node")
    assert client.get(long.id).attempts[0].failure.code == "NODE_LEFT"
    eventually(lambda: "second" in online(), 30, "the process to dial in again")

with checks("unknown nodes are not found"):
    for call in (
        lambda: client.fleet.DrainNode(fleet_service_pb2.DrainNodeRequest(id="ghost"), timeout=20),
        lambda: client.fleet.ResumeNode(fleet_service_pb2.ResumeNodeRequest(id="ghost"), timeout=20),
        lambda: client.fleet.RemoveNode(fleet_service_pb2.RemoveNodeRequest(id="ghost"), timeout=20),
    ):
        refused(call, grpc.StatusCode.NOT_FOUND)

with checks("the command line does the same"):
    def reefmesh(*args):
        result = subprocess.run(
            [REEFMESH, *args, "--gateway", gateway.target, "--connect-timeout", "30s"],
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert result.returncode == 0, result.stdout + result.stderr
        return result.stdout

    assert "draining" in reefmesh("nodes", "drain", "second", "--wait", "--reason", "disk full")
    assert "disk full" in reefmesh("nodes", "get", "second")
    assert "online" in reefmesh("nodes", "resume", "second")
    assert "removed" in reefmesh("nodes", "remove", "second", "--force")

watcher.close()
only.close()
checks.finish()
