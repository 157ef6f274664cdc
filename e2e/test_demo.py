"""The demo: its own verdict, the lines it prints for copying, and that nothing is left of it."""

import json
import os
import re
import signal
import subprocess
import tempfile
import time

from mesh import Checks, GRPCURL, REEFMESH, ROOT, descendants, eventually, folder, json_messages

checks = Checks()
environment = {**os.environ, "TMPDIR": folder()}
environment.pop("PYTHONPATH", None)

with checks("the demo hashes the project's files on three nodes, kills one, and every result is right"):
    result = subprocess.run(
        [REEFMESH, "demo", "--json"], capture_output=True, text=True, timeout=240, env=environment, check=False
    )
    assert result.returncode == 0, result.stdout + result.stderr
    report = json.loads(result.stdout)
    assert report["ok"] and report["tasks"] >= 300 and report["succeeded"] == report["tasks"], report
    assert len(report["perNode"]) == 3 and sum(report["perNode"].values()) == report["tasks"], report
    assert report["attempts"] >= report["tasks"], report
    assert report["killedNode"] in report["perNode"], "the killed node did no work"
    print(f"     {report['tasks']} tasks in {report['wallMillis']} ms, {report['moved']} moved")

with checks("the demo finds a result that is wrong"):
    # A sha256sum that lies about one file in fifty: the demo must not believe it.
    lies = tempfile.mkdtemp(dir=folder())
    with open(os.path.join(lies, "sha256sum"), "w", encoding="utf-8") as file:
        file.write(
            "#!/bin/sh\nn=$(/usr/bin/sha256sum \"$@\") || exit 1\n"
            'case $n in 0[0-7]*) echo "1$n" ;; *) echo "$n" ;; esac\n'
        )
    os.chmod(os.path.join(lies, "sha256sum"), 0o755)
    result = subprocess.run(
        [REEFMESH, "demo", "--json"],
        capture_output=True,
        text=True,
        timeout=240,
        env={**environment, "PATH": lies + os.pathsep + os.environ["PATH"]},
        check=False,
    )
    assert result.returncode == 1, f"{result.returncode} {result.stdout} {result.stderr}"
    assert not json.loads(result.stdout)["ok"], result.stdout

log = os.path.join(folder(), "demo.log")
with open(log, "wb") as out:
    demo = subprocess.Popen(
        [REEFMESH, "demo", os.path.join(ROOT, "docs"), "--keep"],
        stdin=subprocess.DEVNULL,
        stdout=out,
        stderr=subprocess.STDOUT,
        env=environment,
        start_new_session=True,
    )


def said():
    with open(log, encoding="utf-8", errors="replace") as file:
        return file.read()


try:
    with checks("the demo with --keep leaves the mesh up and prints lines that work as they are"):

        def lines():
            assert demo.poll() is None, said()
            found = re.findall(r"^\s*(grpcurl .*)$", said(), re.M)
            return found if re.search(r"^.*reefmesh nodes list.*$", said(), re.M) else None

        commands = eventually(lines, 120, "the lines")
        assert len(commands) >= 4, commands
        path = os.path.dirname(GRPCURL) + os.pathsep + os.environ["PATH"]
        for command in commands:
            result = subprocess.run(
                ["sh", "-c", command], capture_output=True, text=True, timeout=30, env={**environment, "PATH": path}, check=False
            )
            assert result.returncode == 0, f"{command}\n{result.stderr}"
            assert list(json_messages(result.stdout)), command
    with checks("Ctrl-C ends the demo and everything it started"):
        processes = descendants(demo.pid)
        assert len(processes) >= 4, processes
        demo.send_signal(signal.SIGINT)
        assert demo.wait(30) in (0, 130), said()[-2000:]
        time.sleep(0.2)
        left = [pid for pid, _ in processes if os.path.exists(f"/proc/{pid}")]
        assert not left, f"still there: {left}"
finally:
    for pid, _ in descendants(demo.pid):
        os.kill(pid, signal.SIGKILL)
    if demo.poll() is None:
        demo.kill()
        demo.wait()

checks.finish()
