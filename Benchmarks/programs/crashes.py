"""(g) From the crash of a worker until its replacement runs.

How many crashes a second a tree bears is measured in process: Benchmarks/Sources/CrashRates.
"""

import json
import statistics
import subprocess

from daemon import Daemon
from feeds import SilentFeed
from otp import Otp
from processes import Failed


def measure(bench):
    count, rounds = (20, 1) if bench.quick else (500, 5)
    silent = SilentFeed()
    ptrd = Daemon(bench, {"one": silent.url + "/1"}, workers=8)
    otp = Otp(bench, int(silent.url.rpartition(":")[2]), workers=8, restarts=1_000_000)
    ptrd.wait_for_workers(16)
    ptrds, otps, worst = [], [], []
    for _ in range(rounds):
        summary = crash(bench, ptrd, count)
        bench.report.check(summary["crashes"] == count and summary["not_replaced"] == 0, f"of {count} crashes: {summary}")
        ptrds.append(summary["replaced_in_microseconds"]["median"])
        worst.append(summary["replaced_in_microseconds"]["p99"])
        times = otp.ask(f"crash {count}")
        bench.report.check(len(times) == count, f"{len(times)} of {count} crashes of the OTP program")
        otps.append(statistics.median(times))
    ptrd.end()
    otp.end()
    bench.report.row("otp: a worker replaced", otps, "µs")
    bench.report.row("ptrd: a worker replaced", ptrds, "µs", wanted=40, less=True, note=f"p99 {statistics.median(worst):.0f}")
    bench.report.row("ptrd: a worker replaced", ptrds, "µs", beside="otp",
                     ratios=[a / b for a, b in zip(ptrds, otps)], less=True)


def crash(bench, ptrd, count):
    result = subprocess.run(
        [bench.program("ptrctl"), "--socket", ptrd.socket, "crash", "worker", "random", "--yes", "--count", str(count), "--json"],
        capture_output=True, text=True, timeout=300)
    if result.returncode != 0:
        raise Failed(f"ptrctl crash ended with {result.returncode}: {result.stdout[-500:]}{result.stderr[-500:]}")
    return json.loads(result.stdout.splitlines()[-1])["summary"]
