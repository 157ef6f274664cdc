"""A task that runs while its gateway restarts is adopted: it goes on, and finishes on attempt 1."""

import os
import threading
import time

from mesh import Checks, Client, Gateway, Node, eventually, folder, pids_of, program, tool
from reefmesh.v1 import task_pb2

checks = Checks()


def sleeps(seconds):
    """The processes that sleep this long, and not what starts them."""
    return [pid for pid in pids_of(seconds) if program(pid) in ("sleep", "coreutils", "busybox")]


def adopt(how, mark, end_gateway):
    """Runs `sleep`, ends the gateway in this way, starts it anew, and looks at what became of it. The mark
    tells this sleep from others among the processes of the machine."""
    with checks(f"a sleep that runs through a gateway's {how} is adopted and ends on attempt 1"):
        env = {"REEFMESH_DRAIN_TIMEOUT": "1s"}
        data = os.path.join(folder(), how)
        started = time.monotonic()
        gateway = Gateway(data=data, name=f"gateway-{how}", env=env).wait_ready()
        # Twenty seconds, or on a machine that is busy with other things long enough for a restart.
        seconds = f"{max(20, round(4 * (time.monotonic() - started)))}.{mark}"
        node = Node(gateway, f"n-{how}", ["--allow", "sleep"]).wait_ready()
        client = Client(gateway.target)
        task = client.submit(tool("sleep", seconds))
        client.wait_state(task.id, task_pb2.TASK_STATE_RUNNING)
        before = eventually(lambda: sleeps(seconds), 20, "the start of the sleep")
        end_gateway(gateway)
        again = Gateway(data=data, port=gateway.port, name=f"gateway-{how}-again", env=env).wait_ready()
        assert sleeps(seconds) == before, "the restart ended or repeated the sleep"
        client.close()
        client = Client(again.target)
        seen = client.get(task.id)
        assert seen.state != task_pb2.TASK_STATE_QUEUED, seen.wait_reason
        end = client.wait_end(task.id, 120)
        assert end.state == task_pb2.TASK_STATE_SUCCEEDED, end.failure
        assert [a.number for a in end.attempts] == [1], end.attempts
        assert end.attempts[0].node_id == f"n-{how}", end.attempts
        # From push to end it took what sleep takes: it was not begun anew.
        took = end.finish_time.ToMilliseconds() - end.assign_time.ToMilliseconds()
        wanted = float(seconds) * 1000
        assert wanted <= took < 1.9 * wanted, f"{took} ms"
        assert not sleeps(seconds), "the sleep still runs"
        assert node.popen.poll() is None, "the node ended"
        assert client.get(task.id) == end, "the outcome changed after it was seen"


def kill(gateway):
    gateway.kill()


def stop(gateway):
    assert gateway.stop() == 0, gateway.output()[-2000:]


threads = [
    threading.Thread(target=adopt, args=("kill", "071", kill)),
    threading.Thread(target=adopt, args=("stop", "072", stop)),
]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()

checks.finish()
