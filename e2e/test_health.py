"""grpc-health-probe, as a kubelet would ask: serving, draining, and a node without its gateway."""

import time
import urllib.error
import urllib.request

import grpc
from mesh import HEALTH_PROBE, Checks, Client, Gateway, Node, eventually, refused, run, spec, tool
from reefmesh.v1 import task_pb2

checks = Checks()

SERVING, UNHEALTHY = 0, 4


def probe(address, service=""):
    result = run(HEALTH_PROBE, f"-addr={address}", f"-service={service}", "-connect-timeout=2s", "-rpc-timeout=2s")
    return result.returncode, result.stderr.strip()


def http(path):
    """The status of a GET on the gateway's HTTP port."""
    try:
        with urllib.request.urlopen(f"http://{gateway.facts['http']}{path}", timeout=5) as reply:
            return reply.status
    except urllib.error.HTTPError as error:
        return error.code


gateway = Gateway(env={"REEFMESH_DRAIN_TIMEOUT": "15s", "REEFMESH_NODE_BEAT": "500ms", "REEFMESH_NODE_SILENT_AFTER": "2s"})
gateway.wait_ready()
node = Node(gateway, "n1", ["--allow", "sleep"]).wait_ready()
health = node.facts["health"]
node_health = health if ":" in health else f"127.0.0.1:{health}"
client = Client(gateway.target)

with checks("the gateway is SERVING, overall and per service"):
    for service in ("", "liveness", "reefmesh.v1.TaskService", "reefmesh.v1.NodeService", "reefmesh.v1.FleetService"):
        code, words = probe(gateway.target, service)
        assert code == SERVING, f"{service!r}: {code} {words}"

with checks("HTTP says the same"):
    assert [http(path) for path in ("/health", "/readyz", "/livez", "/nothing-here")] == [200, 200, 200, 404]

with checks("an unknown service is not served"):
    code, words = probe(gateway.target, "no.such.Service")
    assert code != SERVING and "NotFound" in words, f"{code} {words}"

with checks("a linked node is SERVING on its own port"):
    for service in ("", "liveness"):
        eventually(lambda: probe(node_health, service)[0] == SERVING, 15, f"node health {service!r}")

with checks("a draining gateway is NOT_SERVING but alive, and refuses new tasks"):
    task = client.submit(tool("sleep", "6"))
    client.wait_state(task.id, task_pb2.TASK_STATE_RUNNING)
    gateway.terminate()
    eventually(lambda: probe(gateway.target)[0] == UNHEALTHY, 5, "NOT_SERVING")
    assert gateway.popen.poll() is None, "the gateway ended before its drain"
    assert probe(gateway.target, "reefmesh.v1.TaskService")[0] == UNHEALTHY
    assert probe(gateway.target, "liveness")[0] == SERVING
    refused(lambda: client.submit(spec("ping")), grpc.StatusCode.UNAVAILABLE)
    assert (http("/readyz"), http("/livez")) == (503, 200), (http("/readyz"), http("/livez"))

with checks("the drained gateway ends with 0"):
    started = time.monotonic()
    assert gateway.popen.wait(30) == 0, gateway.output()[-2000:]
    assert time.monotonic() - started < 25

with checks("a node without its gateway is not ready but alive"):
    eventually(lambda: probe(node_health)[0] == UNHEALTHY, 20, "NOT_SERVING of the node")
    assert probe(node_health, "liveness")[0] == SERVING

with checks("the task that ran through the drain has its outcome after the next start, and the node is ready again"):
    gateway = Gateway(port=gateway.port, data=gateway.data, name="gateway-again").wait_ready()
    client = Client(gateway.target)
    end = client.wait_end(task.id, 30)
    assert end.state == task_pb2.TASK_STATE_SUCCEEDED, end
    assert len(end.attempts) == 1, end.attempts
    eventually(lambda: probe(node_health)[0] == SERVING, 60, "SERVING of the node")

with checks("a node told to stop finishes what it runs and ends with 0"):
    task = client.submit(tool("sleep", "2"))
    client.wait_state(task.id, task_pb2.TASK_STATE_RUNNING)
    assert node.stop(40) == 0, node.output()[-2000:]
    end = client.wait_end(task.id, 30)
    assert end.state == task_pb2.TASK_STATE_SUCCEEDED and len(end.attempts) == 1, end

checks.finish()
