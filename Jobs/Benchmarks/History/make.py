#!/usr/bin/env python3
"""Makes a folder of jobs with a long history: make.py PROGRAM FOLDER [RUNS] [JOBS]

The program makes the database, and this fills it: each time with the same random numbers, up to now.
"""
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time

NAMES = ["backup", "fetch", "convert", "publish", "report", "mirror", "prune", "index", "sync", "mail",
         "a <b> & \"c\" 'd'", "yedekleme ığüşöç"]
ENDS = [("succeeded", 930), ("failed", 30), ("timed out", 8), ("cancelled", 4), ("lost", 2), ("missed", 12),
        ("skipped", 14)]


def rows(count, names):
    chance = random.Random(1)
    states = chance.choices([name for name, _ in ENDS], [weight for _, weight in ENDS], k=count)
    length = {name: 10 ** chance.uniform(-0.5, 2.3) for name in names}
    interval = 60.0 / len(names)
    begin = time.time() - count * interval
    for number, state in enumerate(states, 1):
        job = names[number % len(names)] if chance.random() < 0.9 else chance.choice(names)
        scheduled = begin + number * interval
        late = chance.expovariate(20) if chance.random() < 0.98 else chance.uniform(1, 30)
        started, ended, error, reason = scheduled + late, None, None, None
        if state in ("missed", "skipped"):
            started, ended = None, scheduled + late
            reason = "the runner did not run" if state == "missed" else f"run {max(1, number - 1)} still runs"
        else:
            ended = started + length[job] * chance.lognormvariate(0, 0.4)
            if state == "failed":
                error = chance.choice(["exit code 1", "killed by signal 9 (KILL)", "<script>alert(1)</script>"])
            elif state == "timed out":
                error = "it took longer than 60 s"
            elif state == "lost":
                reason = "the runner ended while it ran"
            ended = min(ended, time.time())
        yield job, state, 1, scheduled, started, ended, error, reason


def main():
    program, folder = sys.argv[1], sys.argv[2]
    count = int(sys.argv[3]) if len(sys.argv) > 3 else 1_000_000
    jobs = int(sys.argv[4]) if len(sys.argv) > 4 else len(NAMES)
    names = (NAMES + [f"job {number}" for number in range(jobs)])[:jobs]
    os.makedirs(folder, exist_ok=True)
    with open(f"{folder}/jobs.lua", "w") as file:
        file.write("local names = {\n" + "".join(f"  {quoted(name)},\n" for name in names) + "}\n")
        file.write("for _, name in ipairs(names) do job(name) {run = function() sleep(2) print('done') end} end\n")
    path = f"{folder}/.luaconc-jobs/history.sqlite"
    runner = subprocess.Popen([program, "run", folder], stderr=subprocess.PIPE, text=True)
    # It has said how many jobs there are when the database is there.
    runner.stderr.readline()
    runner.send_signal(signal.SIGINT)
    runner.communicate(timeout=60)
    database = sqlite3.connect(path)
    with database:
        database.executemany(
            "INSERT INTO run (job, state, attempt, scheduled, started, ended, error, reason) VALUES (?,?,?,?,?,?,?,?)",
            rows(count, names))
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    print(f"{path}: {count} runs of {jobs} jobs, {os.path.getsize(path) / 1e6:.0f} MB")


def quoted(name):
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'


if __name__ == "__main__":
    main()
