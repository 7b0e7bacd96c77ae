"""(f) From the start of ptrd until it is ready, and `ptrctl status` as a process."""

import os
import subprocess
import time

from daemon import Daemon
from feeds import SilentFeed


def measure(bench):
    rounds = 3 if bench.quick else 30
    silent = SilentFeed()
    streams = {"one": silent.url + "/1"}
    ready = []
    for _ in range(rounds):
        ptrd = Daemon(bench, streams)
        ready.append(1000 * ptrd.ready_after)
        ptrd.end()
    bench.report.row("ptrd: start to READY", ready, "ms", wanted=80, less=True, note=f"p99 {sorted(ready)[-1]:.1f}")

    ptrd = Daemon(bench, streams)
    ptrd.wait_for_streams(1)
    status = [bench.program("ptrctl"), "--socket", ptrd.socket, "status"]
    answer = subprocess.run(status, capture_output=True, text=True)
    bench.report.check(answer.returncode == 0 and "one" in answer.stdout, f"ptrctl status said {answer}")
    curl = ["curl", "-s", "--unix-socket", ptrd.socket, "http://ptrd/v1/status"]
    times = {name: [] for name in ("true", "curl", "ptrctl")}
    for _ in range(rounds * 10):
        for name, command in (("true", ["true"]), ("curl", curl), ("ptrctl", status)):
            times[name].append(spawned(command))
    ptrd.end()
    bench.report.row("a process that does nothing (true)", times["true"], "ms")
    bench.report.row("curl of the same answer", times["curl"], "ms")
    bench.report.row("ptrctl status", times["ptrctl"], "ms", wanted=12, less=True)
    bench.report.row("ptrctl status", times["ptrctl"], "ms", beside="curl",
                     ratios=[a / b for a, b in zip(times["ptrctl"], times["curl"])], less=True)


def spawned(command):
    """Milliseconds from the start of a process until it has ended."""
    nowhere = [(os.POSIX_SPAWN_OPEN, 1, "/dev/null", os.O_WRONLY, 0)]
    begin = time.monotonic()
    pid = os.posix_spawnp(command[0], [str(each) for each in command], os.environ, file_actions=nowhere)
    os.waitpid(pid, 0)
    return 1000 * (time.monotonic() - begin)
