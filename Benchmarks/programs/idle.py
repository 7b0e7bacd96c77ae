"""(e) Idle: processor time, wake-ups and memory with silent streams; memory after a flood."""

import time

from daemon import Daemon
from feeds import Feed, SilentFeed
from otp import Otp
from processes import Usage, resident_mib, wakeups
from races import poll_until_processed

STREAMS, SUPERVISORS, WORKERS = 10, 20, 5


def measure(bench):
    seconds, rounds = (2, 1) if bench.quick else (20, 3)
    silent = SilentFeed()
    figures = {"ptrd": [], "otp": []}
    for number in range(rounds):
        for name in ("ptrd", "otp"):
            bench.report.say(f"  round {number + 1} of {rounds}: {name} idle for {seconds} s")
            reader = idle_ptrd(bench, silent) if name == "ptrd" else idle_otp(bench, silent)
            time.sleep(0.5 if bench.quick else 5)
            woken, used = wakeups(reader.pid), Usage(reader.pid)
            time.sleep(seconds)
            used.stop()
            figures[name].append(
                (100 * used.share, (wakeups(reader.pid) - woken) / used.span, resident_mib(reader.pid)))
            reader.end()
    # What is wanted of ptrd.
    columns = (("CPU", "% of a core", 0.3), ("wake-ups", "a second", 20), ("memory", "MiB", 40))
    for index, (what, unit, wanted) in enumerate(columns):
        for name in ("otp", "ptrd"):
            bench.report.row(
                f"{name}: {what}, {STREAMS} silent streams, {SUPERVISORS * WORKERS} workers",
                [each[index] for each in figures[name]], unit, wanted=wanted if name == "ptrd" else None, less=True)
    after_flood(bench)


def idle_ptrd(bench, silent):
    ptrd = Daemon(
        bench, {f"s{number}": f"{silent.url}/{number}" for number in range(STREAMS)},
        supervisors=(SUPERVISORS, SUPERVISORS), workers=WORKERS)
    ptrd.wait_for_workers(SUPERVISORS * WORKERS)
    ptrd.wait_for_streams(STREAMS)
    return ptrd


def idle_otp(bench, silent):
    return Otp(
        bench, int(silent.url.rpartition(":")[2]), paths=[f"/{number}" for number in range(STREAMS)],
        supervisors=(SUPERVISORS, SUPERVISORS), workers=WORKERS, patient=True)


def after_flood(bench):
    """Memory before a flood, at its end, and a while after it."""
    minutes = bench.minutes
    feed = Feed(bench, "--flood", "--count", 2 * bench.messages)
    ptrd = None
    try:
        feed.hold()
        ptrd = Daemon(bench, {"one": feed.url + "/tweets/1"}, supervisors=(20, 20), workers=5, to=bench.path("printed"))
        ptrd.wait_for_workers(100)
        feed.wait_for_readers(1, ptrd.program)
        before = resident_mib(ptrd.pid)
        feed.go()
        poll_until_processed(ptrd, bench.messages, time.monotonic())
        end = resident_mib(ptrd.pid)
        bench.path("printed").unlink()
        until = time.monotonic() + 60 * minutes
        while (left := until - time.monotonic()) > 0:
            bench.report.say(f"  {resident_mib(ptrd.pid):.0f} MiB after the flood; {left / 60:.1f} minutes to go")
            time.sleep(min(60, left))
        after = resident_mib(ptrd.pid)
    finally:
        if ptrd:
            ptrd.end()
        feed.end()
    bench.report.row("ptrd: memory before a flood", [before], "MiB", wanted=40, less=True)
    for when, memory, wanted in (("at its end", end, None), (f"{minutes:g} minutes after it", after, 1.2)):
        bench.report.row(
            f"ptrd: memory {when}", [memory], "MiB", beside="before", ratios=[memory / before], wanted=wanted, less=True)
