"""One run of one reader of a flood, from the feed's first byte until the reader has done with the last message."""

import os
import shutil
import time
from dataclasses import dataclass

from daemon import Daemon
from feeds import COURSE, Feed
from otp import Otp
from processes import CORES, Failed, Program, Usage

NOWHERE = "/dev/null"


@dataclass
class Course:
    """What is read, and where it goes."""

    count: int
    size: str = COURSE
    to: str = NOWHERE
    print_format: str = "data"


@dataclass
class Result:
    count: int
    rate: float
    feed: Usage
    reader: Usage
    # What was printed into the file.
    printed: int = 0
    disk_rate: float = 0

    @property
    def cost(self):
        """Microseconds of processor time a message."""
        return 1e6 * self.reader.seconds / self.count

    @property
    def saturated(self):
        """What was busy all the time, as far as it can be told from outside. What waits for a processor is busy."""
        busy = []
        if self.feed.busiest >= 0.9:
            busy.append("feed")
        if self.reader.busiest >= 0.9 or self.reader.share >= 0.9 * (CORES - self.feed.share):
            busy.append("reader")
        if self.disk_rate and self.rate >= 0.8 * self.disk_rate:
            busy.append("disk")
        if self.reader.unused <= 0.05 * CORES:
            busy.append("processors")
        return "+".join(busy) or "none"

    @property
    def shares(self):
        others = max(0, CORES - self.reader.unused - self.feed.share - self.reader.share)
        return f"saturated: {self.saturated} (feed {self.feed.share:.2f}, reader {self.reader.share:.2f}, others {others:.2f})"


def poll_until_processed(reader, count, begin):
    """Waits until so many are processed. What it asks costs little: seldom, and never more than a hundredth late."""
    last, changed = -1, begin
    while True:
        processed = reader.processed()
        now = time.monotonic()
        if processed >= count:
            if processed > count:
                raise Failed(f"{processed} messages were processed of {count}")
            return now
        if processed != last:
            last, changed = processed, now
        elif now - changed > 60:
            raise Failed(f"{processed} of {count} messages were processed, and then none for a minute")
        time.sleep(max(0.005, (now - begin) / 100))


def race(bench, course, start):
    """Runs one reader against a feed of its own. `start` makes it, of the feed."""
    feed = Feed(bench, "--flood", "--end", "--count", 2 * course.count, size=course.size)
    reader = None
    try:
        feed.hold()
        reader = start(feed)
        feed.wait_for_readers(1, reader.program)
        feed_usage, reader_usage = Usage(feed.program.pid), Usage(reader.program.pid)
        begin = time.monotonic()
        feed.go()
        end = reader.finish(course.count, begin)
        result = Result(course.count, course.count / (end - begin), feed_usage.stop(), reader_usage.stop())
        reader.check()
        result.printed = os.path.getsize(course.to) if course.to != NOWHERE else 0
        lines = reader.lines_of(course)
        bench.report.check(lines in (course.count, None), f"{lines} lines were printed of {course.count}")
        return result
    finally:
        if reader:
            reader.program.end()
        feed.end()
        if course.to != NOWHERE:
            bench.path("printed").unlink(missing_ok=True)


class Reader:
    def check(self):
        """Whether all is well once it has done."""
        self.program.require_alive()

    def lines_of(self, course):
        return None if course.to == NOWHERE else count_lines(course.to)


class CurlRace(Reader):
    def __init__(self, bench, course, feed):
        self.program = Program("curl", ["curl", "-sN", "-o", course.to, feed.url + "/tweets/1"], bench.path("curl.log"))

    def finish(self, count, begin):
        self.program.wait()
        return time.monotonic()

    def check(self):
        self.program.require_success()

    def lines_of(self, course):
        return None if course.to == NOWHERE else count_lines(course.to, b"\ndata: ", b"data: ")


class PtrdRace(Reader):
    """`options` are those of Daemon."""

    def __init__(self, bench, course, feed, streams=None, **options):
        formats = {"data": None, "text": "{message.tweet.text}"}
        self.daemon = Daemon(
            bench, streams or {"one": feed.url + "/tweets/1"}, to=course.to, print_format=formats[course.print_format],
            **options)
        self.program = self.daemon.program

    def finish(self, count, begin):
        return poll_until_processed(self.daemon, count, begin)


class OtpRace(Reader):
    def __init__(self, bench, course, feed, **options):
        if course.to != NOWHERE:
            open(course.to, "wb").close()
        self.otp = Otp(bench, feed.port, to=course.to, print_format=course.print_format, **options)
        self.program = self.otp.program

    def finish(self, count, begin):
        return poll_until_processed(self.otp, count, begin)


def count_lines(path, separator=b"\n", first=b""):
    """How often the separator is in a file, and `first` at its beginning."""
    count, rest = 0, b""
    with open(path, "rb", buffering=0) as file:
        start = file.read(len(first))
        if first:
            count += start == first
        rest = start
        while piece := file.read(1 << 22):
            piece = rest + piece
            count += piece.count(separator)
            rest = piece[len(piece) - len(separator) + 1:] if len(separator) > 1 else b""
    return count


def disk_rate(path, lines, line_bytes):
    """How many lines a second a bare loop of writes brings into a file: what no printer can be faster than."""
    size = 256 * 1024
    piece = memoryview(os.urandom(4096) * (size // 4096))
    total = lines * line_bytes
    with open(path, "wb", buffering=0) as file:
        begin = time.monotonic()
        for _ in range(total // size):
            file.write(piece)
        file.write(piece[: total % size])
        seconds = time.monotonic() - begin
    os.unlink(path)
    return lines / seconds


def require(*programs):
    for program in programs:
        if shutil.which(program) is None:
            raise Failed(f"{program} is missing; scripts/bootstrap bench installs what is needed of Debian")
