"""Measures whole programs: ptrd beside what bounds it (curl, bare writes) and beside its peer, an OTP program of the same tree.

Both run in turns, in the same run, so that what else the machine does meets all alike. A figure is the median of all rounds; a ratio is
that of one round, and the median and the worst of all rounds are told. Beside each figure of a flood stands what was busy: the feed's
server, the reader, or the disk.
"""

import argparse
import os
import pathlib
import shutil
import signal
import sys
import tempfile

import course
import crashes
import flood
import growth
import hottest
import idle
import in_process
import starts
from otp import compile_otp
from processes import Failed, end_all
from races import require
from report import Report

# In the order in which they are measured, with what is said of each.
MEASUREMENTS = {
    "flood": ("the flood, to a file and to nowhere, beside curl", flood.measure),
    "course": ("1,000 messages a second of 50 to 500 ms of work", course.measure),
    "growth": ("more workers, streams and messages in flight", growth.measure),
    "starts": ("start to READY, and ptrctl as a process", starts.measure),
    "crashes": ("crash to replacement", crashes.measure),
    "sustained": ("crashes a second, in process", in_process.crashes),
    "scaling": ("the autoscaler beside the optimum", in_process.scaling),
    "idle": ("ten silent streams; memory after a flood", idle.measure),
}
# Only where it is named.
EXTRAS = {"hottest": ("where ptrd's processor time goes", hottest.measure)}


class Bench:
    """What the measurements have in common."""

    def __init__(self, options, work):
        self.root = pathlib.Path(__file__).resolve().parents[2]
        self.programs = pathlib.Path(options.bin or self.root / ".build" / "release").resolve()
        self.work = pathlib.Path(work)
        self.quick = options.quick
        self.rounds = options.rounds or (1 if self.quick else 5)
        self.growth_rounds = options.rounds or (1 if self.quick else 3)
        self.messages = options.messages or (20_000 if self.quick else 400_000)
        self.minutes = options.minutes if options.minutes is not None else (0 if self.quick else 10)
        self.report = Report(self.quick)

    def path(self, name):
        return self.work / name

    def program(self, name):
        return self.programs / name


def arguments():
    every = MEASUREMENTS | EXTRAS
    parser = argparse.ArgumentParser(prog="scripts/bench-programs", description=__doc__)
    parser.add_argument("--only", metavar="NAMES", help="some of: " + ", ".join(every))
    parser.add_argument("--quick", action="store_true",
                        help="see in under two minutes that all messages come through; the figures say nothing")
    parser.add_argument("--rounds", type=int, metavar="N", help="rounds of the flood and of growth (5 and 3)")
    parser.add_argument("--messages", type=int, metavar="N", help="messages of a flood (400000)")
    parser.add_argument("--minutes", type=float, metavar="M", help="how long after a flood memory is looked at (10)")
    parser.add_argument("--json", metavar="FILE", help="where the figures go (.build/bench-programs.json)")
    parser.add_argument("--markdown", metavar="FILE", help="where the table goes as Markdown, as docs/performance.md has it")
    parser.add_argument("--bin", metavar="FOLDER", help="where ptrd, ptrctl and ptrfeed are (.build/release, built before)")
    options = parser.parse_args()
    names = options.only.split(",") if options.only else list(MEASUREMENTS)
    for name in names:
        if name not in every:
            parser.error(f"there is no measurement {name!r}; choose from {', '.join(every)}")
    for number in (options.rounds, options.messages):
        if number is not None and number < 1:
            parser.error("a number of rounds or messages is above 0")
    options.chosen = {name: each for name, each in every.items() if name in names}
    return options


def main():
    options = arguments()
    # Also where whoever started us had it ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(143))
    work = tempfile.mkdtemp(prefix="ptr-bench.")
    bench = Bench(options, work)
    try:
        require("curl", "elixirc")
        compile_otp(bench)
        for name, (text, measure) in options.chosen.items():
            bench.report.begin(name, text)
            measure(bench)
    except Failed as failure:
        bench.report.check(False, str(failure))
    except KeyboardInterrupt:
        bench.report.say("interrupted; what was measured so far:")
        bench.report.table()
        return 130
    finally:
        end_all()
        shutil.rmtree(work, ignore_errors=True)
    print()
    bench.report.table()
    path = options.json or bench.root / ".build" / "bench-programs.json"
    bench.report.write(path)
    if options.markdown:
        pathlib.Path(options.markdown).write_text(bench.report.markdown())
    print(f"\nas JSON: {os.path.relpath(path)}")
    for problem in bench.report.problems:
        print(f"bench-programs: {problem}", file=sys.stderr)
    return 1 if bench.report.problems else 0


if __name__ == "__main__":
    sys.exit(main())
