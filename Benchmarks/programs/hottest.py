"""Where ptrd's processor time goes, by `perf`: in a flood, with 1,000 streams, and under the course load.

Only where it is asked for (--only hottest): it needs perf, and the release programs with their symbols.
"""

import signal
import subprocess
import time

import course
from feeds import Feed
from processes import Failed, Program, Usage, wakeups
from races import NOWHERE, Course, PtrdRace, race, require

SHOWN = 25
SECONDS = 10


def measure(bench):
    require("perf", "swift")
    for to in ("file", "nowhere"):
        flood(bench, Course(bench.messages, to=str(bench.path("printed")) if to == "file" else NOWHERE), f"a flood to {to}")
    streams(bench, 1000)
    course_load(bench)


def flood(bench, of, name):
    class Watched(PtrdRace):
        def __init__(self, *arguments):
            super().__init__(*arguments)
            self.watcher = watch(bench, self.program.pid)

        def finish(self, count, begin):
            end = super().finish(count, begin)
            self.watcher.end(signal.SIGINT)
            return end

    result = race(bench, of, lambda feed: Watched(bench, of, feed))
    bench.report.row(name, [result.cost], "µs of CPU a message", note=f"{result.rate:,.0f} messages/s, watched")
    show(bench, name)


def streams(bench, count):
    feed = Feed(bench, "--flood")
    daemon = None
    try:
        urls = {f"s{number}": f"{feed.url}/tweets/1?n={number}" for number in range(count)}
        daemon = PtrdRace(bench, Course(0), feed, urls, defaults='max_event_bytes = "64KiB"').daemon
        daemon.wait_for_streams(count)
        during(bench, f"a flood of {count:,} streams", daemon.pid, daemon.processed)
    finally:
        if daemon:
            daemon.end()
        feed.end()


def course_load(bench):
    feed = Feed(bench, "--rate", course.RATE)
    daemon = None
    try:
        daemon, printed = course.start_ptrd(bench, feed)
        time.sleep(course.SETTLED)
        during(bench, "the course load", daemon.pid, lambda: len(printed.lines))
    finally:
        if daemon:
            daemon.end()
        feed.end()


def during(bench, name, pid, count):
    """Watches a process for a while, in which it does so many more."""
    watcher = watch(bench, pid)
    before, woken, used = count(), wakeups(pid), Usage(pid)
    time.sleep(SECONDS)
    done = max(1, count() - before)
    used.stop()
    woken = wakeups(pid) - woken
    watcher.end(signal.SIGINT)
    bench.report.row(
        name, [1e6 * used.seconds / done], "µs of CPU a message",
        note=f"{done / used.span:,.0f} messages/s, {woken / done:.1f} wake-ups a message, watched")
    show(bench, name)


def watch(bench, pid):
    watcher = Program(
        "perf", ["perf", "record", "-q", "-F", "1999", "-e", "cpu-clock", "-g", "-o", bench.path("perf.data"), "-p", pid],
        bench.path("perf.log"))
    # It says nothing when it has begun.
    time.sleep(1)
    return watcher


def show(bench, name):
    bench.report.insert(f"hottest, {name}", f"the hottest by themselves, {name}\n" + shares(bench, "--no-children"))
    bench.report.insert(f"with what they call, {name}", f"with what they call, {name}\n" + shares(bench, "--children"))


def shares(bench, children):
    report = subprocess.run(
        ["perf", "report", "-i", bench.path("perf.data"), children, "--sort", "sym", "-g", "none"], capture_output=True,
        text=True)
    names = subprocess.run(["swift", "demangle", "--compact"], input=report.stdout, capture_output=True, text=True)
    lines = [line.strip()[:150] for line in names.stdout.splitlines() if line.strip() and not line.startswith("#")]
    if not lines:
        raise Failed(f"perf saw nothing: {report.stderr[-500:]}")
    return "\n".join(lines[: SHOWN * (2 if children == "--children" else 1)])
