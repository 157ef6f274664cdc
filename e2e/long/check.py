"""Holds a figure of the bench, read from standard input as JSON, against what it must be.

    reefmesh bench --case fleet_10k --json | python3 check.py fleet NODES
"""

import json
import sys

# What a gateway with 10,000 links may take, and how long they may take to join.
MOST_RSS_MIB = 1024
MOST_JOIN_SECONDS = 60


def fleet(result, nodes):
    yield "all joined within %d s (%.1f s)" % (MOST_JOIN_SECONDS, result["joined_s"]), result["joined_s"] <= MOST_JOIN_SECONDS
    yield "all stayed (least present: %d)" % result["least_present"], result["least_present"] == nodes
    yield "no link dropped (%d)" % result["link_drops"], result["link_drops"] == 0
    rss = result["gateway_peak_rss_mib"]
    yield "the gateway's memory is at most %d MiB (%d)" % (MOST_RSS_MIB, rss), rss <= MOST_RSS_MIB


def main():
    report = json.load(sys.stdin)
    if sys.argv[1] != "fleet" or len(report["results"]) != 1:
        sys.exit("check.py: the bench gave no result")
    bad = 0
    for what, holds in fleet(report["results"][0], int(sys.argv[2])):
        print(("ok   " if holds else "FAIL ") + what)
        bad += not holds
    print("fleet: " + ("holds" if bad == 0 else "does not hold"))
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
