"""(d) Growth: the flood to nowhere with more and more workers, streams and messages in flight."""

import statistics
import time

from feeds import Feed
from processes import Usage
from races import Course, PtrdRace, race


def measure(bench):
    few = bench.quick
    workers(bench, (10, 100, 1000) if few else (10, 100, 1000, 10_000))
    streams(bench, (1, 20) if few else (1, 10, 100, 1000))
    in_flight(bench, (1, 10, 1000) if few else (1, 10, 100, 1000, 10_000))


def alternate(bench, kind, sizes, run):
    """Rates and costs of each size, in rounds."""
    results = {size: [] for size in sizes}
    for number in range(bench.growth_rounds):
        for size in sizes[:: 1 if number % 2 == 0 else -1]:
            rate, cost = run(size)
            bench.report.say(f"  round {number + 1}: {size:,} {kind}: {rate:,.0f}/s, {cost:.2f} µs of CPU a message")
            results[size].append((rate, cost))
    return results


def rows(bench, kind, results, base, wanted=None, bar_from=None):
    """Throughput beside that of `base`."""
    for size, of_size in results.items():
        rates = [rate for rate, _ in of_size]
        bench.report.row(
            f"{size:,} {kind}", rates, "messages/s", beside=f"{base:,} {kind}" if size != base else "",
            ratios=[rate / other for rate, (other, _) in zip(rates, results[base])] if size != base else None,
            wanted=wanted if bar_from is not None and size >= bar_from else None,
            note=f"{statistics.median(cost for _, cost in of_size):.1f} µs of CPU a message")


def workers(bench, sizes):
    def run(size):
        course = Course(bench.messages)
        supervisors = size // 10
        result = race(bench, course, lambda feed: started(PtrdRace(
            bench, course, feed, supervisors=(supervisors, supervisors), workers=10, window=max(4096, size)), size))
        return result.rate, result.cost

    def started(reader, size):
        reader.daemon.wait_for_workers(size)
        return reader

    results = alternate(bench, "workers", sizes, run)
    rows(bench, "workers", results, 100, wanted=0.9, bar_from=sizes[-1])


def streams(bench, sizes):
    """All streams share one flood. It is measured from when all are open."""
    def run(size):
        # Without a way to start it when all are there, it goes on until we have seen enough.
        feed = Feed(bench, "--flood")
        names = {f"s{number}": f"{feed.url}/tweets/1?n={number}" for number in range(size)}
        daemon = None
        try:
            daemon = PtrdRace(bench, Course(0), feed, names, defaults='max_event_bytes = "64KiB"').daemon
            daemon.wait_for_streams(size)
            used, begin, before = Usage(daemon.pid), time.monotonic(), daemon.processed()
            time.sleep(0.5 if bench.quick else 3)
            after, end = daemon.processed(), time.monotonic()
            cost = used.stop().seconds
            bench.report.check(after > before, f"nothing came of {size} streams")
            return (after - before) / (end - begin), 1e6 * cost / max(1, after - before)
        finally:
            if daemon:
                daemon.end()
            feed.end()

    results = alternate(bench, "streams", sizes, run)
    rows(bench, "streams", results, 1, wanted=0.8, bar_from=sizes[-1])


def in_flight(bench, sizes):
    def run(size):
        # One by one they go slowly.
        course = Course(bench.messages if size >= 100 else bench.messages // 10)
        supervisors, workers = (2, 4) if size >= 8 else (1, 1)
        result = race(bench, course, lambda feed: PtrdRace(
            bench, course, feed, supervisors=(supervisors, supervisors), workers=workers, window=size))
        return result.rate, result.cost

    results = alternate(bench, "in flight", sizes, run)
    for size, of_size in results.items():
        costs = [cost for _, cost in of_size]
        bench.report.row(
            f"{size:,} in flight: CPU a message", costs, "µs", beside="10 in flight" if size != 10 else "", less=True,
            ratios=[cost / other for cost, (_, other) in zip(costs, results[10])] if size != 10 else None,
            wanted=1.2 if size > 10 else None)


