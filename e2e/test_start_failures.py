"""A gateway or node that cannot start says why in a line, and ends with a code."""

import glob
import os
import shutil
import socket
import sqlite3
import subprocess

import grpc
from mesh import Checks, Client, Gateway, Node, REEFMESH, folder, run, spec
from reefmesh.v1 import task_pb2
from reefmesh.v1.fleet_service_pb2 import ListNodesRequest

checks = Checks()


def gateway_args(data, *more):
    return ["gateway", "--port", "0", "--http-port", "0", "--data-dir", data, *more]


def refused_start(args, *words, env=None):
    """Runs a command that must not start; returns what it said."""
    environment = {**os.environ, **(env or {})}
    environment.pop("PYTHONPATH", None)
    result = subprocess.run(
        [REEFMESH, *args],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=60,
        env=environment,
        check=False,
    )
    said = result.stdout + result.stderr
    assert result.returncode != 0, f"it ended with 0: {said}"
    assert "ready:" not in result.stdout, said
    assert "\tat " not in said and "Exception" not in said, said
    lines = [line for line in result.stderr.splitlines() if line.strip() and " INFO " not in line]
    assert 1 <= len(lines) <= 4, said
    for word in words:
        assert word.lower() in said.lower(), f"{word!r} is not in: {said}"
    return said


def new(name):
    return os.path.join(folder(), name)


def database(data):
    found = [f for f in glob.glob(os.path.join(data, "**"), recursive=True) if _is_sqlite(f)]
    assert len(found) == 1, found
    return found[0]


def _is_sqlite(path):
    if not os.path.isfile(path):
        return False
    with open(path, "rb") as file:
        return file.read(16) == b"SQLite format 3\0"


living = Gateway(data=new("living")).wait_ready()
client = Client(living.target)
kept = client.submit(spec("nobody-runs-this"))

with checks("port taken"):
    refused_start(
        ["gateway", "--port", str(living.port), "--http-port", "0", "--data-dir", new("other")], str(living.port)
    )

with checks("HTTP port taken"):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        refused_start(["gateway", "--port", "0", "--http-port", str(port), "--data-dir", new("other")], str(port))

with checks("an address that this machine does not have"):
    refused_start(gateway_args(new("other"), "--bind", "192.0.2.1"), "192.0.2.1")

with checks("data folder locked by a second gateway, which goes on"):
    refused_start(gateway_args(living.data), living.data)
    assert client.get(kept.id).state == task_pb2.TASK_STATE_QUEUED

with checks("data folder is a file"):
    with open(new("file"), "w", encoding="utf-8") as file:
        file.write("I am a file")
    refused_start(gateway_args(new("file")), new("file"))

with checks("data folder cannot be made"):
    refused_start(gateway_args("/proc/reefmesh/data"), "/proc/reefmesh")

with checks("data folder not writable"):
    if os.geteuid() == 0:
        # Root writes through permissions; /sys refuses even root.
        refused_start(gateway_args("/sys/kernel"), "/sys/kernel")
    else:
        os.mkdir(new("locked"), 0o555)
        refused_start(gateway_args(new("locked")), new("locked"))

with checks("an unknown strategy names those that exist"):
    refused_start(gateway_args(new("other"), "--strategy", "telepathy"), "telepathy", "consistent-hash")

with checks("an unknown setting in the file is refused, with the one that was meant"):
    with open(new("typo.yaml"), "w", encoding="utf-8") as file:
        file.write("stratgy: weighted\n")
    refused_start(gateway_args(new("other"), "--config", new("typo.yaml")), "stratgy", "strategy")

with checks("an unknown setting in the environment is refused"):
    refused_start(gateway_args(new("other")), "REEFMESH_STRATGY", env={"REEFMESH_STRATGY": "weighted"})

with checks("a value out of range names key, value and what is allowed"):
    refused_start(gateway_args(new("other")), "drain", "soon", env={"REEFMESH_DRAIN_TIMEOUT": "soon"})

with checks("an unknown option is refused with 2"):
    result = run(REEFMESH, "gateway", "--no-such-option")
    assert result.returncode == 2 and "--no-such-option" in result.stderr, result

with checks("a task submitted before is there after an orderly stop"):
    assert living.stop() == 0, living.output()
    living = Gateway(data=living.data, name="living-again").wait_ready()
    assert Client(living.target).get(kept.id).state == task_pb2.TASK_STATE_QUEUED
    assert living.stop() == 0

with checks("a corrupt database is refused and not touched"):
    shutil.copytree(living.data, new("corrupt"))
    for leftover in glob.glob(database(new("corrupt")) + "-*"):
        os.remove(leftover)
    broken = database(new("corrupt"))
    with open(broken, "r+b") as file:
        file.write(b"this was a database once".ljust(4096, b"!"))
    before = open(broken, "rb").read()
    refused_start(gateway_args(new("corrupt")), broken)
    assert open(broken, "rb").read() == before, "the gateway wrote into a database it cannot read"

with checks("a database with damaged pages is refused at the start or stops the gateway, never half-works"):
    shutil.copytree(living.data, new("damaged"))
    damaged = database(new("damaged"))
    size = os.path.getsize(damaged)
    with open(damaged, "r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * (size - 4096))
    refused_start(gateway_args(new("damaged")), damaged)

with checks("a database of a newer schema is refused"):
    shutil.copytree(living.data, new("newer"))
    with sqlite3.connect(database(new("newer"))) as connection:
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        assert version > 0, version
        connection.execute(f"PRAGMA user_version = {version + 1000}")
    connection.close()
    refused_start(gateway_args(new("newer")), "newer", str(version + 1000))

with checks("somebody else's database is refused"):
    os.mkdir(new("foreign"))
    connection = sqlite3.connect(os.path.join(new("foreign"), os.path.basename(database(living.data))))
    connection.execute("CREATE TABLE recipes (name TEXT)")
    connection.commit()
    connection.close()
    refused_start(gateway_args(new("foreign")), new("foreign"))

with checks("a full disk stops the gateway with a message; what was acknowledged is kept"):
    full = Gateway(data=new("full"), name="full", limits="ulimit -f 6144").wait_ready()
    client = Client(full.target)
    acknowledged = []
    payload = task_pb2.Payload(data=b"x" * 200_000)
    try:
        for _ in range(200):
            acknowledged.append(client.submit(task_pb2.TaskSpec(type="nobody-runs-this", payload=payload)).id)
        raise AssertionError("40 MB went into 6 MB")
    except grpc.RpcError as error:
        assert error.code() in (
            grpc.StatusCode.UNAVAILABLE,
            grpc.StatusCode.CANCELLED,
            grpc.StatusCode.INTERNAL,
            grpc.StatusCode.UNKNOWN,
        ), error
    assert acknowledged, "not even one task was taken"
    assert full.popen.wait(60) != 0, "a gateway without a store ended with 0"
    assert "\tat " not in full.output(), full.output()[-3000:]
    roomy = Gateway(data=new("full"), name="roomy").wait_ready()
    client = Client(roomy.target)
    for task_id in acknowledged:
        assert client.get(task_id).state == task_pb2.TASK_STATE_QUEUED
    assert roomy.stop() == 0

with checks("a node whose only tool does not exist says so, and offers the rest"):
    gateway = Gateway(data=new("tools"), name="tools").wait_ready()
    node = Node(gateway, "toolless", ["--allow", "no-such-program"]).wait_ready()
    assert "no-such-program" in node.output(), node.output()
    offered = next(n for n in Client(gateway.target).fleet.ListNodes(ListNodesRequest(), timeout=20).nodes)
    assert "ping" in offered.task_types and "tool-execution" not in offered.task_types, offered
    assert "tools" not in offered.capabilities, offered

with checks("a node with settings out of range does not start"):
    refused_start(["node", "--gateway", "127.0.0.1:1", "--slots", "many"], "slots", "many")
    refused_start(["node", "--gateway", "127.0.0.1:1", "--id", "no spaces please"], "no spaces please")

with checks("a submit that reaches no gateway says so, with a code of its own"):
    result = run(REEFMESH, "submit", "--gateway", "127.0.0.1:1", "--type", "ping")
    assert result.returncode == 3 and "127.0.0.1:1" in result.stderr, result
    assert "\tat " not in result.stderr, result.stderr

checks.finish()
