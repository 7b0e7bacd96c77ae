"""Processes that we start, and what the kernel says of them."""

import atexit
import ctypes
import os
import resource
import signal
import subprocess
import time

TICKS = os.sysconf("SC_CLK_TCK")
CORES = len(os.sched_getaffinity(0))
_libc = ctypes.CDLL(None)
_living = []


class Failed(Exception):
    """What was to be measured did not do what it should."""


class Program:
    """A process in a session of its own, so that a Ctrl-C meets us alone; the kernel ends it with us."""

    def __init__(self, name, arguments, log, **options):
        def begin():
            os.setsid()
            _libc.prctl(1, signal.SIGKILL)

        self.name, self.log = name, log
        options.setdefault("stdin", subprocess.DEVNULL)
        options.setdefault("stdout", subprocess.DEVNULL)
        with open(log, "ab") as errors:
            self.process = subprocess.Popen(
                [str(each) for each in arguments], stderr=errors, preexec_fn=begin, **options)
        self.pid = self.process.pid
        _living.append(self)

    def require_alive(self):
        if self.process.poll() is not None:
            raise Failed(f"{self.name} ended with {self.process.returncode}: {self.last_words()}")

    def require_success(self):
        if self.process.wait() != 0:
            raise Failed(f"{self.name} ended with {self.process.returncode}: {self.last_words()}")

    def last_words(self):
        with open(self.log, "rb") as log:
            return log.read()[-2000:].decode(errors="replace").strip() or "it said nothing"

    def send(self, number):
        os.kill(self.pid, number)

    def wait(self, timeout=600):
        """Waits for its end, and leaves it so that what it used can be read."""
        deadline = time.monotonic() + timeout
        while not os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT):
            if time.monotonic() > deadline:
                raise Failed(f"{self.name} did not end in {timeout} s")
            time.sleep(0.001)

    def end(self, number=signal.SIGTERM, patience=10):
        """Tells it to end, and sees to it."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.send_signal(number)
            try:
                self.process.wait(patience)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self._forget()

    def _forget(self):
        if self in _living:
            _living.remove(self)
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe:
                pipe.close()


@atexit.register
def end_all():
    for program in list(_living):
        program.end(signal.SIGKILL)


def wait_until(condition, what, patience=60, pause=0.005, of=()):
    """Waits until a condition holds, and that the programs `of` live meanwhile; returns what it gives."""
    deadline = time.monotonic() + patience
    while True:
        value = condition()
        if value:
            return value
        for program in of:
            program.require_alive()
        if time.monotonic() > deadline:
            raise Failed(f"{what} did not come in {patience} s")
        time.sleep(pause)


def _times(path):
    """Seconds on a processor, and ready for one that others had."""
    with open(path) as file:
        running, waiting, _ = file.read().split()
    return int(running) / 1e9, int(waiting) / 1e9


def _idle_seconds():
    with open("/proc/stat") as file:
        fields = file.readline().split()
    return (int(fields[4]) + int(fields[5])) / TICKS


class Usage:
    """What a process, its threads, and the machine do from now on."""

    def __init__(self, pid):
        self.pid = pid
        self.begin, self.idle, self.threads = time.monotonic(), _idle_seconds(), self._read()

    def _read(self):
        threads = {}
        for thread in os.listdir(f"/proc/{self.pid}/task"):
            try:
                threads[thread] = _times(f"/proc/{self.pid}/task/{thread}/schedstat")
            except (FileNotFoundError, ProcessLookupError):
                pass
        return threads

    def stop(self):
        """Takes the figures. All are shares of one processor."""
        span = time.monotonic() - self.begin
        spent = []
        for thread, (running, waiting) in self._read().items():
            ran, waited = self.threads.get(thread, (0, 0))
            spent.append(((running - ran) / span, (waiting - waited) / span))
        self.span = span
        self.share = sum(running for running, _ in spent)
        # How much of the time the busiest thread would have run, had the processors been its own.
        self.busiest = max((sum(each) for each in spent), default=0)
        # The processors that nobody used.
        self.unused = (_idle_seconds() - self.idle) / span
        return self

    @property
    def seconds(self):
        return self.share * self.span


def wakeups(pid):
    """How often its threads have gone to sleep so far, each of which ended with a wake-up."""
    total = 0
    for thread in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{thread}/status") as file:
            total += next(int(line.split()[1]) for line in file if line.startswith("voluntary_ctxt_switches"))
    return total


def resident_mib(pid):
    with open(f"/proc/{pid}/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize() / 2**20


def connections_to(port):
    """How many TCP connections to a local port stand, accepted or not."""
    ending = f":{port:04X}"
    with open("/proc/net/tcp") as file:
        return sum(1 for line in file if line.split()[2].endswith(ending) and line.split()[3] == "01")
