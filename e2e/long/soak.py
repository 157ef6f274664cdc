"""Half load for a long time; see soak.

Tasks are submitted one by one and have no request ids: those are kept for a day, so at such rates their number
would grow until the day is over, or its limit is reached.
"""

import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(sys.argv[1])
MINUTES = float(sys.argv[2])
RATE = float(sys.argv[3])
REEFMESH = str(ROOT / "bin/reefmesh")
JAR = str(ROOT / "bench/target/reefmesh-bench.jar")
SAMPLE_SECONDS = 15

# The last third against the second: what still grows then grows for ever. Collections make it uneven.
MOST_GROWTH = 1.10
MOST_MORE_THREADS = 5
MOST_MORE_DESCRIPTORS = 10


def bench(*arguments):
    done = subprocess.run([REEFMESH, "bench", "--json", *arguments], stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout)["results"][0]


class Process:
    """A gateway or a node, started as users start it."""

    def __init__(self, folder, name, *arguments):
        self.name = name
        self.log = open(folder / (name + ".log"), "w")
        environment = {k: v for k, v in os.environ.items() if not k.startswith("REEFMESH_")}
        environment["REEFMESH_JAR"] = JAR
        self.process = subprocess.Popen(
            [REEFMESH, *arguments, "--stop-with=%d" % os.getpid()],
            stdout=subprocess.PIPE, stderr=self.log, text=True, env=environment,
        )
        while True:
            line = self.process.stdout.readline()
            if not line:
                sys.exit("soak: %s ended; its log is %s" % (name, self.log.name))
            if " ready: " in line:
                break
        self.facts = dict(word.split("=", 1) for word in line.split() if "=" in word)
        self.samples = []

    def sample(self):
        pid = self.process.pid
        if self.process.poll() is not None:
            sys.exit("soak: %s ended by itself; its log is %s" % (self.name, self.log.name))
        status = pathlib.Path("/proc/%d/status" % pid).read_text()
        value = lambda key: int(re.search(r"^%s:\s+(\d+)" % key, status, re.M).group(1))
        self.samples.append({
            "rss_mib": value("VmRSS") // 1024,
            "threads": value("Threads"),
            "descriptors": len(list(pathlib.Path("/proc/%d/fd" % pid).iterdir())),
            "old_mib": old_generation(pid),
        })
        print(self.name, self.samples[-1], flush=True)

    def holds(self):
        third = len(self.samples) // 3
        before, after = self.samples[third:2 * third], self.samples[2 * third:]
        most = lambda rows, key: max(row[key] for row in rows)
        for key in ("rss_mib", "old_mib"):
            if all(row[key] is not None for row in self.samples):
                growth = most(after, key) / max(1, most(before, key))
                yield "%s: %s is flat (x %.2f)" % (self.name, key, growth), growth <= MOST_GROWTH
        for key, more in (("threads", MOST_MORE_THREADS), ("descriptors", MOST_MORE_DESCRIPTORS)):
            grown = most(after, key) - most(before, key)
            yield "%s: %s are constant (%+d)" % (self.name, key, grown), grown <= more

    def stop(self):
        self.process.terminate()
        self.process.wait(timeout=60)


def old_generation(pid):
    """The old generation in use, MiB; None without jstat."""
    try:
        done = subprocess.run(["jstat", "-gc", str(pid)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        header, values = done.stdout.splitlines()[:2]
        return int(float(dict(zip(header.split(), values.split()))["OU"]) // 1024)
    except (OSError, ValueError, KeyError):
        return None


def main():
    rate = RATE
    if rate > 0:
        # The first use builds the jar that the processes below are started from.
        subprocess.run([REEFMESH, "bench", "--help"], stdout=subprocess.DEVNULL, check=True)
    else:
        peak = bench("--case", "unary_result", "--no-limits")["value"]
        rate = peak / 2
        print("soak: the mesh does %.0f/s, so half load is %.0f/s" % (peak, rate), flush=True)
    folder = pathlib.Path(tempfile.mkdtemp(prefix="soak-", dir=ROOT / "bench/target"))
    gateway = Process(folder, "gateway", "gateway", "--id=soak", "--port=0", "--http-port=-1",
                      "--data-dir=%s" % (folder / "data"), "--set=log.level=warn",
                      "--set=retention.count=100000", "--set=retention.age=1m")
    nodes = [Process(folder, "node-%d" % i, "node", "--gateway=" + gateway.facts["grpc"], "--id=soak-%d" % i,
                     "--slots=256", "--set=log.level=warn") for i in (1, 2)]
    load = subprocess.Popen(
        [REEFMESH, "bench", "--json", "--case", "dispatch_latency", "--unary", "--no-limits", "--nodes", "0", "--rate", str(rate),
         "--target", gateway.facts["grpc"], "--seconds", str(MINUTES * 60)], stdout=subprocess.PIPE, text=True)
    watched = [gateway, nodes[0]]
    until = time.monotonic() + MINUTES * 60
    while time.monotonic() < until and load.poll() is None:
        time.sleep(SAMPLE_SECONDS)
        for process in watched:
            process.sample()
    output, _ = load.communicate()
    result = json.loads(output)["results"][0]
    checks = [("%.0f/s were done, p99 %.1f ms, %d failed" % (result["rate_per_s"], result["p99_ms"], result["failed"]),
               result["failed"] == 0 and result["rate_per_s"] > 0.98 * rate)]
    for process in watched:
        checks.extend(process.holds())
    for process in [*nodes, gateway]:
        process.stop()
    for what, holds in checks:
        print(("ok   " if holds else "FAIL ") + what)
    good = all(holds for _, holds in checks)
    print("soak: " + ("holds" if good else "does not hold") + "; logs and data are in " + str(folder))
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
