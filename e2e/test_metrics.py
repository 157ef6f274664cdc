"""/metrics of a gateway and a node, and the alert rules, as Prometheus' own promtool judges them."""

import os
import shutil
import subprocess
import urllib.request

from mesh import ROOT, Checks, Client, Gateway, Node, eventually, run, spec

checks = Checks()

PROMTOOL = shutil.which("promtool")
RULES = os.path.join(ROOT, "deploy", "prometheus", "reefmesh.rules.yml")
WITHOUT = "no promtool here (Debian: package prometheus)"


def scrape(address):
    with urllib.request.urlopen(f"http://{address}/metrics", timeout=10) as reply:
        assert reply.headers["Content-Type"].startswith("text/plain; version=0.0.4"), reply.headers
        return reply.read().decode("utf-8")


def value(page, series):
    for line in page.splitlines():
        if line.startswith(series + " "):
            return float(line.rsplit(" ", 1)[1])
    return None


def lint(page):
    """What promtool says of a page: nothing, if all is well."""
    result = subprocess.run(
        [PROMTOOL, "check", "metrics"], input=page, capture_output=True, text=True, timeout=60, check=False
    )
    # Names that the Prometheus client library gave the figures of the Java virtual machine are not ours to choose.
    ours = [line for line in (result.stdout + result.stderr).splitlines() if line and not line.startswith("jvm_")]
    assert not ours, ours
    assert result.returncode in (0, 3), result


gateway = Gateway().wait_ready()
node = Node(gateway, "n1", env={"REEFMESH_HEALTH_HTTP_PORT": "0"}).wait_ready()
client = Client(gateway.target)
task = client.submit(spec("ping"))
client.wait_end(task.id)

with checks("a gateway counts the task that ran"):
    eventually(
        lambda: value(scrape(gateway.facts["http"]), 'reefmesh_tasks_ended_total{outcome="succeeded"}') == 1,
        15,
        "one task that succeeded",
    )
    page = scrape(gateway.facts["http"])
    assert value(page, "reefmesh_gateway_ready") == 1, page
    assert value(page, 'grpc_server_handled_total{grpc_code="OK",grpc_method="SubmitTask",'
                 'grpc_service="reefmesh.v1.TaskService"}') == 1, page

with checks("a node counts the attempt that it ran"):
    page = scrape(node.facts["http"])
    assert value(page, 'reefmesh_node_attempts_total{outcome="succeeded",type="ping"}') == 1, page

if PROMTOOL is None:
    print(f"skip promtool check metrics, promtool check rules: {WITHOUT}", flush=True)
else:
    with checks("promtool finds nothing wrong with the gateway's metrics"):
        lint(scrape(gateway.facts["http"]))

    with checks("promtool finds nothing wrong with the node's metrics"):
        lint(scrape(node.facts["http"]))

    with checks("promtool finds nothing wrong with the alert rules"):
        result = run(PROMTOOL, "check", "rules", RULES)
        assert result.returncode == 0, result.stdout + result.stderr

checks.finish()
