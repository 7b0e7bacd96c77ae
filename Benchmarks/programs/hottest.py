"""Where ptrd's processor time goes in a flood: the hottest functions, of itself and of the kernel, by `perf`.

Only where it is asked for (--only hottest): it needs perf, and the release programs with their symbols.
"""

import signal
import subprocess

from processes import Failed, Program
from races import NOWHERE, Course, PtrdRace, race, require

SHOWN = 25


def measure(bench):
    require("perf", "swift")
    for to in ("file", "nowhere"):
        course = Course(bench.messages, to=str(bench.path("printed")) if to == "file" else NOWHERE)
        samples = bench.path("perf.data")

        class Watched(PtrdRace):
            def finish(self, count, begin):
                watcher = Program(
                    "perf", ["perf", "record", "-q", "-F", "1999", "-e", "cpu-clock", "-g", "-o", samples, "-p", self.program.pid],
                    bench.path("perf.log"))
                end = super().finish(count, begin)
                watcher.end(signal.SIGINT)
                return end

        result = race(bench, course, lambda feed: Watched(bench, course, feed))
        bench.report.row(
            f"2.2 kB to {to}, watched", [result.cost], "µs of CPU a message", note=f"{result.rate:,.0f} messages/s")
        bench.report.insert(f"hottest, {to}", f"the hottest by themselves, to {to}\n" + shares(samples, "--no-children"))
        bench.report.insert(f"with what they call, {to}", f"with what they call, to {to}\n" + shares(samples, "--children"))


def shares(samples, children):
    report = subprocess.run(
        ["perf", "report", "-i", samples, children, "--sort", "sym", "-g", "none"], capture_output=True, text=True)
    names = subprocess.run(["swift", "demangle", "--compact"], input=report.stdout, capture_output=True, text=True)
    lines = [line.strip()[:150] for line in names.stdout.splitlines() if line.strip() and not line.startswith("#")]
    if not lines:
        raise Failed(f"perf saw nothing: {report.stderr[-500:]}")
    return "\n".join(lines[:SHOWN])
