"""A ptrd of its own configuration."""

import http.client
import json
import os
import shutil
import signal
import socket
import time

from processes import Failed, Program, wait_until

GENEROUS = '{ restarts = 1000000, within = "1s" }'


class Daemon:
    def __init__(self, bench, streams, *, supervisors=(2, 2), workers=4, window=4096, to="/dev/null", print_format=None,
                 work=None, defaults="", ready=True, **options):
        self.bench = bench
        self.socket = str(bench.path("ptrd.sock"))
        state, configuration = bench.path("state"), bench.path("ptrd.toml")
        shutil.rmtree(state, ignore_errors=True)
        state.mkdir()
        lines = [f'[stream.{name}]\nurl = "{url}"' for name, url in streams.items()]
        lines += [
            "[stream_defaults]", 'idle_timeout = "off"', defaults,
            "[flow]", f"max_in_flight = {window}",
            "[scaling]", f"min = {supervisors[0]}", f"max = {supervisors[1]}", f"workers_per_supervisor = {workers}",
            "[supervision]", f"direct_supervisor = {GENEROUS}", f"main_supervisor = {GENEROUS}",
            "[handler.print]", f'to = "{to}"',
            f'format = "{print_format}"' if print_format else "",
            'simulated_work = {{ min = "{}ms", max = "{}ms" }}'.format(*work) if work else "",
            "[state]", f'directory = "{state}"',
            "[control]", f'socket = "{self.socket}"', "fault_injection = true",
            "[log]", 'level = "error"',
        ]
        configuration.write_text("\n".join(lines) + "\n")
        log = bench.path("ptrd.log")
        log.unlink(missing_ok=True)
        notices = NoticeSocket(bench.path("notify"))
        options["env"] = dict(os.environ, NOTIFY_SOCKET=notices.path)
        begin = time.monotonic()
        self.program = Program("ptrd", [bench.program("ptrd"), "--config", configuration], log, **options)
        self.pid = self.program.pid
        try:
            if ready:
                notices.wait_for_ready(self.program)
                self.ready_after = time.monotonic() - begin
        finally:
            notices.close()
        self.connection = None

    def get(self, path):
        """An answer of the control API. The connection is kept."""
        for attempt in (1, 2):
            try:
                if self.connection is None:
                    self.connection = UnixConnection(self.socket)
                self.connection.request("GET", path)
                return json.loads(self.connection.getresponse().read())
            except (OSError, http.client.HTTPException) as error:
                self.connection = None
                self.program.require_alive()
                if attempt == 2:
                    raise Failed(f"ptrd did not answer: {error}") from error

    def status(self):
        return self.get("/v1/status")

    def messages(self):
        """The counts, of which the books must be right."""
        counts = self.status()["messages"]
        settled = counts["processed"] + counts["killed"] + counts["dead_lettered"]
        if counts["received"] != counts["in_flight"] + settled:
            raise Failed(f"the books are off: {counts}")
        return counts

    def processed(self):
        return self.messages()["processed"]

    def wait_for_workers(self, count):
        wait_until(lambda: self.status()["workers"]["total"] >= count, f"{count} workers", of=[self.program])

    def wait_for_streams(self, count):
        wait_until(
            lambda: sum(each["state"] == "open" for each in self.status()["streams"]) >= count, f"{count} open streams",
            of=[self.program])

    def end(self):
        self.program.end(signal.SIGTERM)


class NoticeSocket:
    """What systemd gives a service to say that it is ready."""

    def __init__(self, path):
        path.unlink(missing_ok=True)
        self.path = str(path)
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.path)
        self.socket.settimeout(0.5)

    def wait_for_ready(self, program, patience=30):
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            try:
                if b"READY=1" in self.socket.recv(65536).split(b"\n"):
                    return
            except socket.timeout:
                program.require_alive()
        raise Failed(f"ptrd was not ready in {patience} s: {program.last_words()}")

    def close(self):
        self.socket.close()


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("ptrd", timeout=30)
        self.socket_path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.socket_path)
