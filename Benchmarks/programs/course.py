"""(c) The course load: 1,000 messages a second, each 50 to 500 ms of pretended work."""

import calendar
import os
import random
import statistics
import subprocess
import threading
import time

from daemon import Daemon
from feeds import Feed
from otp import Otp
from processes import Failed, Usage

WORK = (50, 500)
RATE = 1000
# What is received in the first seconds after a cold start is nobody's; what is received until SETTLED is "after a cold start".
COLD, SETTLED = 3, 12
SUPERVISORS = (1, 64)
WORKERS = 8


class Printed:
    """What is printed, with the time at which it came: when the message was sent, received, and done."""

    def __init__(self, descriptor, received):
        self.lines, self.received = [], received
        self.thread = threading.Thread(target=self._read, args=(descriptor,), daemon=True)
        self.thread.start()

    def _read(self, descriptor):
        rest = b""
        while piece := os.read(descriptor, 65536):
            now = time.time()
            *lines, rest = (rest + piece).split(b"\n")
            self.lines += [(line, now) for line in lines]

    def figures(self):
        """Of each line, in seconds: when the message was received, and from sending and from receipt until it was printed."""
        figures = []
        for line, now in self.lines:
            sent, _, received = line.decode().partition(" ")
            at = self.received(received)
            figures.append((at, now - int(sent) / 1e4, now - at))
        return figures


def utc(text):
    """Of 2026-11-28T07:00:00.123456Z."""
    whole, _, fraction = text.rstrip("Z").partition(".")
    return calendar.timegm(time.strptime(whole, "%Y-%m-%dT%H:%M:%S")) + float(f"0.{fraction or 0}")


def start_ptrd(bench, feed):
    ptrd = Daemon(
        bench, {"one": feed.url + "/tweets/1", "two": feed.url + "/tweets/2"}, supervisors=SUPERVISORS, workers=WORKERS,
        to="stdout", print_format="{message.unix_timestamp_100us} {@received}", work=WORK, stdout=subprocess.PIPE, )
    return ptrd, Printed(ptrd.program.process.stdout.fileno(), utc)


def start_otp(bench, feed):
    fifo = bench.path("fifo")
    fifo.unlink(missing_ok=True)
    os.mkfifo(fifo)
    # Opened for both, so that neither opening waits.
    descriptor = os.open(fifo, os.O_RDWR)
    otp = Otp(
        bench, feed.port, paths=["/tweets/1", "/tweets/2"], supervisors=SUPERVISORS, workers=WORKERS, to=str(fifo),
        print_format="times", work=WORK, patient=True)
    return otp, Printed(descriptor, lambda text: int(text) / 1e6)


def run(bench, start, seconds):
    feed = Feed(bench, "--rate", RATE)
    reader = None
    try:
        reader, printed = start(bench, feed)
        time.sleep(SETTLED if not bench.quick else 2)
        used, lines = Usage(reader.pid), len(printed.lines)
        time.sleep(seconds)
        cost = 1e6 * used.stop().seconds / max(1, len(printed.lines) - lines)
        counts = reader.messages() if isinstance(reader, Daemon) else reader.status()
        bench.report.check(counts["received"] > 0.5 * RATE * seconds, f"only {counts['received']} messages were received")
    finally:
        if reader:
            reader.end()
        feed.end()
    figures = printed.figures()
    if not figures:
        raise Failed(f"nothing was printed of {counts}")
    first = min(at for at, _, _ in figures)
    return cost, [(at - first, since_sent, since_received) for at, since_sent, since_received in figures]


def own_p99():
    """The 99th percentile of the pretended work, in milliseconds, as it is drawn."""
    draw = random.Random(1)
    middle, spread = sum(WORK) / 2, (WORK[1] - WORK[0]) / 6
    return quantile([middle + spread * (sum(draw.random() for _ in range(12)) - 6) for _ in range(200_000)], 0.99)


def quantile(values, share):
    values = sorted(values)
    return values[min(int(len(values) * share), len(values) - 1)]


def measure(bench):
    seconds = 3 if bench.quick else 30
    rounds = 1 if bench.quick else 3
    starts = {"ptrd": start_ptrd, "otp": start_otp}
    costs, figures = {name: [] for name in starts}, {name: [] for name in starts}
    for number in range(rounds):
        for name in list(starts)[:: 1 if number % 2 == 0 else -1]:
            bench.report.say(f"  round {number + 1} of {rounds}: {name} for {seconds} s")
            cost, of_round = run(bench, starts[name], seconds)
            costs[name].append(cost)
            figures[name].append(of_round)
    bench.report.row("otp: CPU a message", costs["otp"], "µs")
    bench.report.row(
        "ptrd: CPU a message", costs["ptrd"], "µs", beside="otp", wanted=0.5, less=True,
        ratios=[a / b for a, b in zip(costs["ptrd"], costs["otp"])])
    own = own_p99()
    bench.report.row("the work itself: p99", [own], "ms")
    spans = {"steady": (SETTLED, float("inf")), f"{COLD} to {SETTLED} s after a cold start": (COLD, SETTLED)}
    if bench.quick:
        spans = {"so far": (0, float("inf"))}
    for span, (begin, end) in spans.items():
        for name in reversed(starts):
            inside = [[each for each in of_round if begin <= each[0] < end] for of_round in figures[name]]
            for index, since in ((1, "sent"), (2, "received")):
                p50, p99 = ([1000 * quantile([each[index] for each in of_round], share) for of_round in inside]
                            for share in (0.5, 0.99))
                bench.report.row(
                    f"{name}: {since} to done, p99, {span}", p99, "ms", beside="the work's p99",
                    ratios=[each / own for each in p99], wanted=1.1 if (name, since) == ("ptrd", "received") else None,
                    less=True, note=f"p50 {statistics.median(p50):.0f} ms")
