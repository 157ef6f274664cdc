"""What every test here needs: real processes from bin/reefmesh, checks that count, and the two clients."""

import atexit
import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import traceback

import grpc
from google.rpc import error_details_pb2
from grpc_status import rpc_status
from reefmesh.v1 import (
    fleet_service_pb2_grpc,
    node_service_pb2_grpc,
    task_pb2,
    task_service_pb2,
    task_service_pb2_grpc,
)

ROOT = os.environ["E2E_ROOT"]
REEFMESH = os.path.join(ROOT, "bin", "reefmesh")
GRPCURL = os.environ["E2E_GRPCURL"]
HEALTH_PROBE = os.environ["E2E_HEALTH_PROBE"]
BUF = os.environ["E2E_BUF"]

START_SECONDS = 60
FINAL_STATES = {
    task_pb2.TASK_STATE_SUCCEEDED,
    task_pb2.TASK_STATE_FAILED,
    task_pb2.TASK_STATE_CANCELLED,
    task_pb2.TASK_STATE_EXPIRED,
}


class Checks:
    """Counts. `with checks("what should hold"):` passes unless something is raised inside."""

    def __init__(self):
        self.passed = 0
        self.failed = 0
        self._lock = threading.Lock()

    @contextlib.contextmanager
    def __call__(self, what):
        started = time.monotonic()
        try:
            yield
        except Exception as error:  # A check that breaks is a check that failed.
            with self._lock:
                self.failed += 1
            print(f"FAIL {what}: {_words(error)}", flush=True)
            if not isinstance(error, AssertionError):
                traceback.print_exc(limit=6)
        else:
            with self._lock:
                self.passed += 1
            print(f"ok   {what} ({time.monotonic() - started:.1f} s)", flush=True)

    def finish(self):
        """Hands the counts over and ends the process."""
        counts = os.environ.get("E2E_COUNTS")
        if counts:
            with open(counts, "a", encoding="utf-8") as file:
                file.write(f"{self.passed} {self.failed}\n")
        stop_all()
        sys.exit(1 if self.failed else 0)


def _words(error):
    if isinstance(error, grpc.RpcError):
        return f"{error.code().name}: {error.details()}"
    return f"{type(error).__name__}: {error}" if not isinstance(error, AssertionError) else str(error)


def eventually(condition, seconds=15, what="the condition"):
    """Polls until condition() is truthy, and returns what it gave."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < deadline, f"{what} did not hold within {seconds} s"
        time.sleep(0.05)


# Processes -----------------------------------------------------------------------------------------

_running = []
_folders = []


class Process:
    """A gateway or a node. Its output goes to a file; the ready line is parsed into `facts`."""

    def __init__(self, name, args, env=None, limits=None):
        self.name = name
        self.log = os.path.join(folder(), f"{name}.log")
        self._out = open(self.log, "ab")
        self._at = os.path.getsize(self.log)
        environment = {**os.environ, **(env or {})}
        environment.pop("PYTHONPATH", None)
        command = [REEFMESH, *args]
        if limits:
            command = ["bash", "-c", f'{limits}; exec "$0" "$@"', *command]
        self.popen = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=self._out,
            stderr=subprocess.STDOUT,
            env=environment,
            # A signal for the test's own group is not for it.
            start_new_session=True,
        )
        self.pid = self.popen.pid
        self.facts = {}
        self._left_behind = []
        _running.append(self)

    def output(self):
        with open(self.log, "rb") as file:
            file.seek(self._at)
            return file.read().decode("utf-8", "replace")

    def wait_ready(self, seconds=START_SECONDS):
        def ready():
            if self.popen.poll() is not None:
                raise AssertionError(f"{self.name} ended with {self.popen.returncode}:\n{self.output()}")
            return re.search(r"^reefmesh \w+ ready: (.*)$", self.output(), re.M)

        line = eventually(ready, seconds, f"the ready line of {self.name}").group(1)
        self.facts = dict(re.findall(r"(\w+)=(\S*)", line))
        return self

    def kill(self):
        """SIGKILL to the process alone, as a crash would end it; what it started lives on."""
        self._left_behind += descendants(self.pid)
        os.kill(self.pid, signal.SIGKILL)
        self.popen.wait()

    def terminate(self):
        os.kill(self.pid, signal.SIGTERM)

    def stop(self, seconds=60):
        """SIGTERM, and the exit code."""
        if self.popen.poll() is None:
            self.terminate()
        return self.popen.wait(seconds)

    def end(self):
        """Ends it and everything it started, without asking."""
        doomed = self._left_behind
        if self.popen.poll() is None:
            doomed = doomed + descendants(self.pid)
            os.kill(self.pid, signal.SIGKILL)
        self.popen.wait()
        for pid, born in doomed:
            # Only the very process that was seen: the number may be another's by now.
            if _born(pid) == born:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        self._out.close()


class Gateway(Process):
    def __init__(self, data=None, port=0, env=None, args=(), name="gateway", limits=None):
        self.data = data or os.path.join(folder(), "data")
        super().__init__(
            name,
            ["gateway", "--port", str(port), "--http-port", "0", "--data-dir", self.data, *args],
            env,
            limits,
        )

    @property
    def target(self):
        return self.facts["grpc"]

    @property
    def port(self):
        return int(self.target.rsplit(":", 1)[1])


class Node(Process):
    def __init__(self, gateway, node_id, args=(), env=None):
        target = gateway if isinstance(gateway, str) else gateway.target
        super().__init__(
            f"node-{node_id}",
            ["node", "--gateway", target, "--id", node_id, "--health-port", "0", *args],
            env,
        )


def folder():
    """A folder of this test's own, gone at its end."""
    if not _folders:
        _folders.append(tempfile.mkdtemp(prefix="reefmesh-e2e-"))
    return _folders[0]


def script(name, text):
    """An executable file."""
    path = os.path.join(folder(), name)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    os.chmod(path, 0o755)
    return path


def stop_all():
    while _running:
        _running.pop().end()
    while _folders:
        shutil.rmtree(_folders.pop(), ignore_errors=True)


atexit.register(stop_all)
for _signal in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
    signal.signal(_signal, lambda number, _: sys.exit(128 + number))


def _stat(pid):
    """The fields of a process from its state on, or None when it is gone."""
    with contextlib.suppress(OSError):
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            return file.read().rpartition(")")[2].split()
    return None


def _born(pid):
    fields = _stat(pid)
    return fields[19] if fields else None


def descendants(pid):
    """All that a process started and they started, each with the time it began."""
    children = {}
    for entry in filter(str.isdigit, os.listdir("/proc")):
        fields = _stat(entry)
        if fields:
            children.setdefault(int(fields[1]), []).append((int(entry), fields[19]))
    found, open_ends = [], [pid]
    while open_ends:
        for child in children.get(open_ends.pop(), ()):
            found.append(child)
            open_ends.append(child[0])
    return found


def pids_of(*argv_end):
    """Living processes whose command line ends with these words."""
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            with contextlib.suppress(OSError):
                with open(f"/proc/{entry}/cmdline", "rb") as file:
                    words = file.read().decode("utf-8", "replace").split("\0")[:-1]
                if tuple(words[-len(argv_end) :]) == argv_end:
                    found.append(int(entry))
    return found


def program(pid):
    """The name of what a process runs, or an empty one when it is gone."""
    with contextlib.suppress(OSError):
        return os.path.basename(os.readlink(f"/proc/{pid}/exe"))
    return ""


# Clients -------------------------------------------------------------------------------------------


def run(*command, seconds=60, stdin=None):
    return subprocess.run(
        command, capture_output=True, text=True, timeout=seconds, input=stdin, check=False
    )


def grpcurl(target, method, request=None, *, flags=()):
    """The messages it printed. Raises with what it said when the call failed."""
    data = ["-d", json.dumps(request)] if request is not None else []
    result = run(GRPCURL, "-plaintext", "-max-time", "60", *flags, *data, target, method)
    assert result.returncode == 0, result.stderr.strip() or result.stdout.strip()
    return list(json_messages(result.stdout))


def json_messages(text):
    decoder = json.JSONDecoder()
    at = 0
    while at < len(text):
        while at < len(text) and text[at].isspace():
            at += 1
        if at < len(text):
            message, at = decoder.raw_decode(text, at)
            yield message


class Client:
    """Python's grpcio with the stubs it made from the protos."""

    def __init__(self, target):
        self.channel = grpc.insecure_channel(
            target,
            options=[
                ("grpc.initial_reconnect_backoff_ms", 100),
                ("grpc.max_reconnect_backoff_ms", 500),
                ("grpc.max_send_message_length", -1),
                # Each client its own connection, not one shared by equal channels.
                ("grpc.use_local_subchannel_pool", 1),
            ],
        )
        self.tasks = task_service_pb2_grpc.TaskServiceStub(self.channel)
        self.fleet = fleet_service_pb2_grpc.FleetServiceStub(self.channel)
        self.nodes = node_service_pb2_grpc.NodeServiceStub(self.channel)

    def submit(self, spec, request_id="", timeout=20):
        request = task_service_pb2.SubmitTaskRequest(request_id=request_id, spec=spec)
        return self.tasks.SubmitTask(request, timeout=timeout).task

    def get(self, task_id):
        return self.tasks.GetTask(task_service_pb2.GetTaskRequest(id=task_id), timeout=20).task

    def wait_state(self, task_id, *states, seconds=20):
        """Polls until the task is in one of these states."""
        names = "/".join(task_pb2.TaskState.Name(state) for state in states)

        def there():
            task = self.get(task_id)
            assert task.state in states or task.state not in FINAL_STATES, (
                f"task {task_id} is {task_pb2.TaskState.Name(task.state)}: {task.failure.message}"
            )
            return task if task.state in states else None

        return eventually(there, seconds, f"task {task_id} in {names}")

    def wait_end(self, task_id, seconds=60):
        """Watches until the outcome."""
        call = self.tasks.WatchTask(task_service_pb2.WatchTaskRequest(id=task_id), timeout=seconds)
        for response in call:
            if response.event.HasField("finished"):
                return response.event.finished
        raise AssertionError(f"the watch of {task_id} ended without an outcome")

    def close(self):
        self.channel.close()


def spec(task_type, payload=None, **fields):
    """A TaskSpec with a JSON payload."""
    made = task_pb2.TaskSpec(type=task_type, **fields)
    if payload is not None:
        from google.protobuf import json_format

        json_format.ParseDict(payload, made.payload.json)
    return made


def tool(*argv, **fields):
    return spec("tool-execution", {"argv": list(argv)}, **fields)


def violations(error):
    """Field paths of a BadRequest in an error's details."""
    paths = []
    for detail in details(error):
        if isinstance(detail, error_details_pb2.BadRequest):
            paths += [violation.field for violation in detail.field_violations]
    return paths


def error_info(error):
    """The ErrorInfo of an error, or None."""
    for detail in details(error):
        if isinstance(detail, error_details_pb2.ErrorInfo):
            return detail
    return None


def details(error):
    status = rpc_status.from_call(error)
    known = (
        error_details_pb2.BadRequest,
        error_details_pb2.ErrorInfo,
        error_details_pb2.ResourceInfo,
        error_details_pb2.RetryInfo,
        error_details_pb2.QuotaFailure,
    )
    found = []
    for packed in status.details if status else ():
        for kind in known:
            if packed.Is(kind.DESCRIPTOR):
                message = kind()
                packed.Unpack(message)
                found.append(message)
    return found


def refused(call, code):
    """Calls, expects this status code, and returns the error."""
    try:
        call()
    except grpc.RpcError as error:
        assert error.code() == code, f"expected {code.name}, got {error.code().name}: {error.details()}"
        return error
    raise AssertionError(f"expected {code.name}, but the call succeeded")
