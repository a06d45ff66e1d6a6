#!/usr/bin/env python3
"""How long a long history takes to answer: measure.py PROGRAM FOLDER, with a folder that make.py has made."""
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request

ROUNDS = 21


def timed(action):
    times = []
    for _ in range(ROUNDS):
        begin = time.perf_counter()
        action()
        times.append((time.perf_counter() - begin) * 1000)
    times.sort()
    return times


def row(name, times):
    print(f"| {name} | {times[0]:.1f} | {times[len(times) // 2]:.1f} | {times[-1]:.1f} |", flush=True)


def main():
    program, folder = sys.argv[1], sys.argv[2]
    print("| what | best, ms | half, ms | most, ms |\n|---|---|---|---|")
    for words in ["history", "history backup", "history --failed", "history backup --failed", "show 1000",
                  "report --json", "report /dev/shm/luaconc-jobs.html", "export --metrics /dev/shm/luaconc-jobs.prom"]:
        command = [program, *words.split(), "--dir", folder]
        row(f"`{words}`", timed(lambda: subprocess.run(command, stdout=subprocess.DEVNULL, check=True)))
    for name in ["html", "prom"]:
        os.remove(f"/dev/shm/luaconc-jobs.{name}")

    begin = time.perf_counter()
    runner = subprocess.Popen([program, "run", folder, "--listen", "0"], stderr=subprocess.PIPE, text=True)
    line = runner.stderr.readline()
    start = (time.perf_counter() - begin) * 1000
    address = re.search(r"http://[0-9.:]+", line).group()

    def get(path):
        with urllib.request.urlopen(address + path) as answer:
            answer.read()

    begin = time.perf_counter()
    get("/")
    first = (time.perf_counter() - begin) * 1000
    for path in ["/", "/?job=backup", "/?failed=1", "/?before=1000", "/?n=10000", "/run/1000", "/runs.json",
                 "/jobs.json", "/metrics"]:
        row(f"GET `{path}`", timed(lambda: get(path)))
    runner.send_signal(signal.SIGINT)
    runner.communicate(timeout=60)
    print(f"\nThe runner served the page {start:.0f} ms after its start; the first request took {first:.0f} ms.")


if __name__ == "__main__":
    main()
