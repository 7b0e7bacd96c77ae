"""(a), (b) The flood: how many messages a second curl, ptrd and the OTP program take, to a file and to nowhere."""

import statistics
from functools import partial

from feeds import COURSE, TWEETS
from races import NOWHERE, Course, CurlRace, OtpRace, PtrdRace, disk_rate, race

# Beside curl to the same, and beside OTP: what is wanted.
WANTED = {
    (COURSE, "file"): (0.9, 6), (COURSE, "nowhere"): (0.5, 15), (TWEETS, "file"): (0.5, None), (TWEETS, "nowhere"): (None, None),
}
LINE_BYTES = {COURSE: 2150, TWEETS: 802}


def measure(bench):
    cases = [(size, to) for size in (COURSE, TWEETS) for to in ("file", "nowhere")]
    for size, to in cases:
        bench.report.say(f"{size} to {'a file' if to == 'file' else 'nowhere'}: {bench.rounds} rounds of {bench.messages} messages")
        flood(bench, Course(bench.messages, size, str(bench.path("printed")) if to == "file" else NOWHERE), to)
    if not bench.quick:
        course = Course(bench.messages, COURSE, str(bench.path("printed")), "text")
        bench.report.say("2.2 kB, the tweet's text alone to a file")
        flood(bench, course, "file", wanted=(None, None))


def flood(bench, course, to, wanted=None):
    runners = {"curl": CurlRace, "ptrd": PtrdRace, "otp": OtpRace, "otp, one by one": partial(OtpRace, batch=1)}
    results = {name: [] for name in runners}
    disks = []
    for number in range(bench.rounds):
        disk = disk_rate(bench.path("printed"), course.count, LINE_BYTES[course.size]) if to == "file" else 0
        disks.append(disk)
        # Each is the first in turn.
        order = list(runners)
        for name in order[number % len(order):] + order[: number % len(order)]:
            result = race(bench, course, lambda feed, runner=runners[name]: runner(bench, course, feed))
            result.disk_rate = disk
            results[name].append(result)
            bench.report.say(f"  round {number + 1}: {name}: {result.rate:,.0f}/s, {result.shares}")
        sizes = {name: results[name][-1].printed for name in runners if name != "curl"}
        bench.report.check(len(set(sizes.values())) == 1, f"not all printed as much: {sizes}")
    rates = {name: [each.rate for each in list_] for name, list_ in results.items()}
    by_curl, by_otp = wanted or WANTED[course.size, to]
    if by_otp and to == "file":
        # Nobody can be asked to be faster than the share of the bound that is asked for.
        by_otp = min(by_otp, by_curl * statistics.median(rates["curl"]) / statistics.median(rates["otp"]))
    where = f"{course.size}{', text only' if course.print_format == 'text' else ''} to {'a file' if to == 'file' else 'nowhere'}"
    if to == "file":
        bench.report.row(f"{where}: bare writes", disks, "lines/s")
    for name, of_name in results.items():
        if name != "ptrd":
            bench.report.row(f"{where}: {name}", rates[name], "messages/s", note=middle(of_name).shares)
    for name, bar in (("curl", by_curl), ("otp", by_otp), ("otp, one by one", None)):
        bench.report.row(
            f"{where}: ptrd", rates["ptrd"], "messages/s", beside=name, ratios=divide(rates["ptrd"], rates[name]), wanted=bar,
            note=middle(results["ptrd"]).shares if name == "curl" else
            f"µs of CPU a message: {middle(results['ptrd']).cost:.1f}, {name} {middle(results[name]).cost:.1f}")


def middle(results):
    return sorted(results, key=lambda each: each.rate)[len(results) // 2]


def divide(these, those):
    return [this / that for this, that in zip(these, those)]
