"""The command line as a script would use it: output that can be read, exit codes that mean something."""

import json
import os
import subprocess

from mesh import Checks, Gateway, Node, REEFMESH, folder

checks = Checks()
gateway = Gateway().wait_ready()
node = Node(gateway, "n1", ["--allow", "sh", "--allow", "sha256sum", "--handler", "shout=tr a-z A-Z", "--label", "room=kitchen"])
node.wait_ready()
OK, TASK_FAILED, USAGE, NOT_FOUND, REFUSED = 0, 1, 2, 4, 5


def reefmesh(*args, code=OK, stdin=None):
    environment = {**os.environ, "REEFMESH_GATEWAY": gateway.target}
    environment.pop("PYTHONPATH", None)
    if args and args[0] in ("submit", "tasks", "nodes") and "--help" not in args:
        # A machine that is busy with other things is no fault of the command.
        args = (*args, "--connect-timeout", "30s")
    result = subprocess.run(
        [REEFMESH, *args], capture_output=True, text=True, timeout=60, env=environment, input=stdin, check=False
    )
    assert result.returncode == code, f"{args} ended with {result.returncode}: {result.stdout}{result.stderr}"
    assert "\tat " not in result.stderr, result.stderr
    return result.stdout


def as_json(*args, **more):
    return json.loads(reefmesh(*args, "--json", **more))


with checks("every command helps"):
    helpless = []
    for command in ("", "demo", "gateway", "node", "submit", "tasks", "tasks list", "tasks get", "nodes", "version"):
        result = subprocess.run([REEFMESH, *command.split(), "--help"], capture_output=True, text=True, check=False)
        if result.returncode != 0 or "Usage" not in result.stdout:
            helpless.append(f"{command}: {result.returncode} {result.stderr.strip()}")
    assert not helpless, helpless

with checks("version says which"):
    assert any(character.isdigit() for character in reefmesh("version"))

with checks("submit prints the id, and the id can be looked up"):
    task_id = reefmesh("submit", "--type", "ping").strip()
    assert len(task_id) == 13, task_id
    reefmesh("tasks", "watch", task_id)
    task = as_json("tasks", "get", task_id)
    assert task["state"] == "TASK_STATE_SUCCEEDED", task
    assert task_id in reefmesh("tasks", "list")
    assert task_id in [t["id"] for t in as_json("tasks", "list")["tasks"]]

with checks("submit --wait prints the result"):
    assert json.loads(reefmesh("submit", "--type", "ping", "--wait"))["pong"] is True
    assert reefmesh("submit", "--type", "shout", "--text", "hello", "--wait").strip() == "HELLO"

with checks("submit --file sends what is in the file"):
    path = os.path.join(folder(), "letter")
    with open(path, "w", encoding="utf-8") as file:
        file.write("from a file")
    assert reefmesh("submit", "--type", "shout", "--file", path, "--wait").strip() == "FROM A FILE"

with checks("submit --watch shows output while it runs"):
    argv = json.dumps({"argv": ["sh", "-c", "echo one; echo two"]})
    text = reefmesh("submit", "--type", "tool-execution", "--json", argv, "--watch")
    assert "one" in text and "two" in text, text

with checks("a task that fails gives 1 and says why"):
    argv = json.dumps({"argv": ["sh", "-c", "exit 3"], "check": True})
    reefmesh("submit", "--type", "tool-execution", "--json", argv, "--wait", "--max-attempts", "1", code=TASK_FAILED)
    argv = json.dumps({"argv": ["no-such-program"]})
    reefmesh("submit", "--type", "tool-execution", "--json", argv, "--wait", "--max-attempts", "1", code=TASK_FAILED)

with checks("a cancelled task is cancelled"):
    argv = json.dumps({"argv": ["sh", "-c", "sleep 60"]})
    task_id = reefmesh("submit", "--type", "tool-execution", "--json", argv).strip()
    reefmesh("tasks", "cancel", task_id)
    assert as_json("tasks", "get", task_id)["state"] == "TASK_STATE_CANCELLED"

with checks("nodes are listed and shown"):
    nodes = as_json("nodes", "list")["nodes"]
    assert [(n["id"], n["labels"]["room"]) for n in nodes] == [("n1", "kitchen")], nodes
    assert "n1" in reefmesh("nodes", "list")
    assert as_json("nodes", "get", "n1")["state"] == "NODE_STATE_ONLINE"

with checks("what is wrong gives a code of its own"):
    reefmesh("no-such-command", code=USAGE)
    reefmesh("submit", code=USAGE)
    reefmesh("submit", "--type", "ping", "--no-such-option", code=USAGE)
    reefmesh("submit", "--type", "ping", "--json", "{not json", code=USAGE)
    reefmesh("submit", "--type", "ping", "--file", "/no/such/file", code=USAGE)
    reefmesh("submit", "--type", "ping", "--priority", "11", code=REFUSED)
    reefmesh("tasks", "get", "0000000000000", code=NOT_FOUND)
    reefmesh("nodes", "get", "nobody", code=NOT_FOUND)

checks.finish()
