"""The peer in Elixir: Benchmarks/otp."""

import json
import pathlib
import subprocess
import threading

from processes import Failed, Program

SOURCES = pathlib.Path(__file__).resolve().parent.parent / "otp" / "lib"


def compile_otp(bench):
    """Compiles it, if it has changed since."""
    target = bench.root / ".build" / "otp"
    newest = max(each.stat().st_mtime for each in SOURCES.glob("*.ex"))
    stamp = target / "compiled"
    if not stamp.exists() or stamp.stat().st_mtime < newest:
        target.mkdir(parents=True, exist_ok=True)
        result = subprocess.run(
            ["elixirc", "--warnings-as-errors", "-o", target, *sorted(SOURCES.glob("*.ex"))], capture_output=True, text=True)
        if result.returncode != 0:
            raise Failed(f"the peer does not compile: {result.stdout}{result.stderr}")
        stamp.touch()
    return target


class Otp:
    def __init__(self, bench, port, *, paths=("/tweets/1",), supervisors=(2, 2), workers=4, window=4096, to="/dev/null",
                 print_format="data", work=None, restarts=100, batch=128, patient=False):
        # A scheduler that has nothing to do looks for work for a while before it sleeps. That is good for a flood; where
        # there is little to do it is not let, which is to its favour there.
        flags = "+sbwt none +sbwtdcpu none +sbwtdio none" if patient else ""
        log = bench.path("otp.log")
        log.unlink(missing_ok=True)
        arguments = ["--port", port, "--min", supervisors[0], "--max", supervisors[1], "--workers", workers,
                     "--window", window, "--to", to, "--format", print_format, "--restarts", restarts, "--batch", batch]
        for path in paths:
            arguments += ["--path", path]
        if work:
            arguments += ["--work", f"{work[0]}..{work[1]}"]
        self.program = Program(
            "the OTP program",
            ["elixir", "--erl", flags, "-pa", compile_otp(bench), "-e", "Otp.Main.run()", "--", *arguments], log,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.pid = self.program.pid
        self._line("ready\n")

    def _line(self, expected=None, patience=60):
        # Of one that says nothing the input ends.
        bound = threading.Timer(patience, self.program.process.kill)
        bound.start()
        line = self.program.process.stdout.readline()
        bound.cancel()
        if not line or (expected and line != expected):
            raise Failed(f"the OTP program said {line!r}: {self.program.last_words()}")
        return line

    def ask(self, question):
        self.program.process.stdin.write(question + "\n")
        self.program.process.stdin.flush()
        return json.loads(self._line())

    def status(self):
        return self.ask("status")

    def processed(self):
        return self.status()["processed"]

    def end(self):
        self.program.end()
