#!/usr/bin/env python3
"""Asks five schedulers the same questions, and prints their answers as the table of docs/cron.md.

    make build && sudo Benchmarks/cron-peers.py [folder for what it fetches]

It needs root, for cron has to be run: in a mount namespace of its own, with a clock of its own (libfaketime), from
Debian's packages, which are unpacked and not installed. The others are run as they are meant to be: luaconc by
sched.next, systemd by `systemd-analyze calendar`, croniter and APScheduler in a virtual environment from PyPI.
"""

import calendar
import os
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

CRONITER, APSCHEDULER = "7.0.0", "3.11.3"
ROOT = Path(__file__).resolve().parent.parent
WORK = Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / ".build/cron-peers").resolve()
LUACONC = os.environ.get("LUACONC_BINARY", str(ROOT / ".build/release/luaconc"))
BERLIN, UTC = "Europe/Berlin", "UTC"

GAP = (BERLIN, "2026-03-29 01:15", "2026-03-29 04:15")  # 2:00 becomes 3:00; local times
TWICE = (BERLIN, "2026-10-25 01:15", "2026-10-25 04:15")  # 3:00 becomes 2:00
DAYS = (UTC, "2026-02-27 00:00", "2026-04-01 00:00")
HOURS = (UTC, "2026-03-02 00:00", "2026-03-02 03:00")
NIGHT = (UTC, "2026-03-02 21:30", "2026-03-03 07:30")

# A pattern, what is the same for systemd, and when to look.
QUESTIONS = [
    ("30 2 * * *", "02:30", GAP), ("30 2 * * *", "02:30", TWICE),
    ("0,30 2,3 * * *", "02,03:00,30", GAP), ("30 * * * *", "*:30", GAP), ("30 * * * *", "*:30", TWICE),
    ("*/30 2 * * *", "02:00/30", GAP), ("*/30 2 * * *", "02:00/30", TWICE),
    ("0 0 13 * fri", "Fri *-*-13", DAYS), ("0 0 */8 * mon", "Mon *-*-01/8", DAYS),
    ("0 0 15 * */2", "Sun,Tue,Thu,Sat *-*-15", DAYS), ("0 0 * * 1-5", "1..5 *-*-*", DAYS), ("0 0 * * 7", "7 *-*-*", DAYS),
    ("0 0 * * fri-sun", "Fri..Sun *-*-*", DAYS), ("0 0 * * fri-mon", "Fri..Mon *-*-*", DAYS),
    ("0 0 * * 1#2", "Mon#2 *-*-*", DAYS), ("0 0 31 * *", "*-*-31", DAYS), ("0 0 30 2 *", "*-02-30", DAYS),
    ("5/15 * * * *", "*:05/15", HOURS), ("*/90 * * * *", "*:00/90", HOURS), ("0~5 * * * *", "*:00~05", HOURS),
    ("0 22-6 * * *", "22..6:00", NIGHT),
]


def run(*command, **options):
    return subprocess.run(command, capture_output=True, text=True, **options)


def bounds(when):
    """The window as instants."""
    zone = ZoneInfo(when[0])
    return [int(datetime.fromisoformat(text).replace(tzinfo=zone).timestamp()) for text in when[1:]]


class Refused(Exception):
    """The tool's own words."""


# Each function returns the instants within the window, or raises Refused.

def luaconc(pattern, _, when):
    begin, end = bounds(when)
    script = """
        local pattern, tz, time, till = arg[1], arg[2], tonumber(arg[3]) - 1, tonumber(arg[4])
        while true do
          time = sched.next(pattern, {tz = tz, from = time})
          if not time or time >= till then break end
          print(time)
        end"""
    file = WORK / "question.lua"
    file.write_text(script)
    result = run(LUACONC, str(file), pattern, when[0], str(begin), str(end))
    if result.returncode != 0:
        raise Refused(re.search(r"'next' \((?:option [^:]*: )?([^\n]*)", result.stderr).group(1))
    return [int(word) for word in result.stdout.split()]


def systemd(_, expression, when):
    begin, end = bounds(when)
    base = datetime.fromtimestamp(begin - 1, timezone.utc).strftime("%Y-%m-%d %H:%M:%S UTC")
    result = run(
        "systemd-analyze", "calendar", "--iterations=60", "--base-time=" + base, expression,
        env={**os.environ, "TZ": when[0], "LC_ALL": "C.UTF-8"})
    if result.returncode != 0:
        raise Refused(result.stderr.strip().splitlines()[0].split(": ", 1)[-1])
    # In UTC there is no second line for it.
    label = r"\(in UTC\)" if "(in UTC)" in result.stdout else r"(?:Next elapse|Iter\. #\d+)"
    found = [
        calendar.timegm(time.strptime(text, "%Y-%m-%d %H:%M:%S"))
        for text in re.findall(label + r": \w+ ([-0-9]+ [:0-9]+) UTC", result.stdout)]
    return [instant for instant in found if instant < end]


def from_python(make):
    def answer(pattern, _, when):
        begin, end = bounds(when)
        result = run(str(WORK / "venv/bin/python"), "-c", make, pattern, when[0], str(begin), str(end))
        if result.returncode != 0:
            raise Refused(result.stderr.strip().splitlines()[-1].split(": ", 1)[-1])
        return [int(word) for word in result.stdout.split()]
    return answer


croniter = from_python("""
import sys
from croniter import croniter
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo
pattern, zone, begin, end = sys.argv[1], ZoneInfo(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
times = croniter(pattern, datetime.fromtimestamp(begin - 1, zone))
while (time := times.get_next(float)) < end: print(int(time))
""")

apscheduler = from_python("""
import sys
from apscheduler.triggers.cron import CronTrigger
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo
pattern, zone, begin, end = sys.argv[1], ZoneInfo(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
trigger = CronTrigger.from_crontab(pattern, timezone=zone)
last, now = None, datetime.fromtimestamp(begin, timezone.utc).astimezone(zone)
for _ in range(200):  # as its scheduler asks: for the time after the last one, not before now
    last = trigger.get_next_fire_time(last, now)
    if last is None or last.timestamp() >= end: break
    print(int(last.timestamp()))
    now = datetime.fromtimestamp(last.timestamp(), timezone.utc).astimezone(zone)
""")


# cron: every pattern is a file of its own in /etc/cron.d. The job notes the real time, from which that of the faked
# clock is computed.

PREPARE = """
set -e
mount --make-rprivate /
for folder in /etc/cron.d /var/spool /run; do mount -t tmpfs tmpfs $folder; done
mkdir -p /var/spool/cron/crontabs
touch "$1/crontab"
mount --bind "$1/crontab" /etc/crontab 2>/dev/null || true
cp "$1"/jobs/* /etc/cron.d/
chown root:root /etc/cron.d/*
chmod 644 /etc/cron.d/*
cd "$1"
date +%s.%N >began
exec env -i PATH="$PATH" TZ="$2" LD_PRELOAD="$3" FAKETIME="$4" NO_FAKE_STAT=1 "$5" -f
"""


EARLY = 100  # seconds before the window that cron gets to start


def run_cron(patterns, zone, begin, end, speed):
    """The instants at which cron runs each pattern."""
    folder = WORK / f"cron-{zone.replace('/', '-')}-{begin}-{end}"
    (folder / "jobs").mkdir(parents=True, exist_ok=True)
    for number, pattern in enumerate(patterns):
        (folder / f"jobs/q{number}").write_text(f"{pattern} root date +\\%s.\\%N >>{folder}/ran-{number}\n")
    for old in folder.glob("ran-*"):
        old.unlink()
    library = WORK / "deb/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1"
    start = datetime.fromtimestamp(begin - EARLY, ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M:%S")
    daemon = subprocess.Popen(
        ["unshare", "-m", "sh", "-c", PREPARE, "sh", str(folder), zone, str(library), f"@{start} x{speed}",
         str(WORK / "deb/usr/sbin/cron")], stderr=subprocess.DEVNULL, start_new_session=True)
    time.sleep((end - begin + EARLY + 20) / speed)
    daemon.kill()
    daemon.wait()
    time.sleep(0.2)
    began = float((folder / "began").read_text())
    answers = []
    for number in range(len(patterns)):
        file = folder / f"ran-{number}"
        real = [float(word) for word in file.read_text().split()] if file.exists() else []
        found = [begin - EARLY + (word - began) * speed for word in real]
        answers.append(sorted(int(instant // 60 * 60) for instant in found))
    return answers


def ask_cron():
    """All answers of cron: for days, only the minute after each midnight is run."""
    answers = {}
    def window(when, speed):
        begin, end = bounds(when)
        patterns = [question[0] for question in QUESTIONS if question[2] == when]
        for pattern, found in zip(patterns, run_cron(patterns, when[0], begin, end, speed)):
            answers[pattern, when] = [instant for instant in found if begin <= instant < end]
    def day(begin):
        patterns = [question[0] for question in QUESTIONS if question[2] == DAYS]
        for pattern, found in zip(patterns, run_cron(patterns, UTC, begin, begin + 60, 60)):
            if found:
                answers.setdefault((pattern, DAYS), []).append(begin)
    begin, end = bounds(DAYS)
    with ThreadPoolExecutor(6) as pool:
        tasks = [pool.submit(window, when, 60) for when in (GAP, TWICE, HOURS)]
        tasks.append(pool.submit(window, NIGHT, 240))
        tasks += [pool.submit(day, instant) for instant in range(begin, end, 86400)]
        for task in tasks:
            task.result()
    return answers


def show(instants, when):
    if not instants:
        return "never"
    zone = ZoneInfo(when[0])
    local = [datetime.fromtimestamp(instant, zone) for instant in sorted(instants)]
    if when is DAYS:
        return ", ".join(f"{time:%a} {time.day}" if time.month == 3 else f"{time:%-d %b}" for time in local)
    if when in (GAP, TWICE):
        return ", ".join(f"{time:%-H:%M} {time:%Z}" for time in local)
    return ", ".join(f"{time:%-H:%M}" for time in local)


def shorten(text):
    words = text.split(", ")
    return text if len(words) <= 7 else ", ".join(words[:5]) + f" … ({len(words)})"


def prepare():
    WORK.mkdir(parents=True, exist_ok=True)
    if not (WORK / "venv").exists():
        subprocess.run([sys.executable, "-m", "venv", WORK / "venv"], check=True)
    pinned = [f"croniter=={CRONITER}", f"APScheduler=={APSCHEDULER}"]
    subprocess.run([WORK / "venv/bin/pip", "install", "-q", *pinned], check=True)
    if not (WORK / "deb").exists():
        subprocess.run(["apt-get", "download", "-qq", "cron", "libfaketime"], cwd=WORK, check=True)
        for package in WORK.glob("*.deb"):
            subprocess.run(["dpkg", "-x", package, WORK / "deb"], check=True)


def main():
    prepare()
    cron_version = next(WORK.glob("cron_*.deb")).name.split("_")[1]
    systemd_version = run("systemd-analyze", "--version").stdout.split()[1]
    from_cron = ask_cron()
    names = ["luaconc", f"cron {cron_version}", f"systemd {systemd_version}", f"croniter {CRONITER}",
             f"APScheduler {APSCHEDULER}"]
    print("| pattern, for systemd | looked at |", " | ".join(names), "|")
    print("|---" * (2 + len(names)) + "|")
    windows = {GAP: "2 o'clock skipped", TWICE: "2 o'clock twice", DAYS: "March 2026", HOURS: "3 hours", NIGHT: "a night"}
    for pattern, expression, when in QUESTIONS:
        cells = []
        for name in ("luaconc", "cron", "systemd", "croniter", "apscheduler"):
            try:
                found = from_cron.get((pattern, when), []) if name == "cron" else globals()[name](pattern, expression, when)
                cells.append(shorten(show(found, when)))
            except Refused as refusal:
                cells.append("refused: " + str(refusal).replace("|", "\\|"))
        print(f"| `{pattern}`, `{expression}` | {windows[when]} |", " | ".join(cells), "|")


main()
