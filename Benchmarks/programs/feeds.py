"""The servers that are read from."""

import re
import selectors
import signal
import socket
import threading

from processes import Program, connections_to, wait_until

# The sizes of an event on the wire.
COURSE, TWEETS = "2.2 kB", "809 B"


class Feed:
    """A ptrfeed. It can be stopped before it answers anybody, so that all who read begin at one moment."""

    def __init__(self, bench, *arguments, size=COURSE):
        if size == TWEETS:
            arguments += ("--file", tweets(bench))
        else:
            arguments += ("--kill-every", "0")
        log = bench.path("ptrfeed.log")
        log.unlink(missing_ok=True)
        self.program = Program("ptrfeed", [bench.program("ptrfeed"), "serve", "--listen", "127.0.0.1:0", *arguments], log)
        address = wait_until(
            lambda: re.search(r"http://127\.0\.0\.1:([0-9]+)", log.read_text()), "the address of ptrfeed",
            of=[self.program])
        self.url, self.port = address.group(0), int(address.group(1))

    def hold(self):
        self.program.send(signal.SIGSTOP)

    def go(self):
        self.program.send(signal.SIGCONT)

    def wait_for_readers(self, count, reader):
        wait_until(lambda: connections_to(self.port) >= count, "the connection to the feed", of=[self.program, reader])

    def end(self):
        self.program.end(signal.SIGKILL)


def tweets(bench):
    """A recorded stream of events of 809 bytes: tweets cut to what matters."""
    path = bench.path("tweets")
    if path.exists():
        return path
    with open(path, "wb") as file:
        for number in range(512):
            start = f'data: {{"message": {{"tweet": {{"id":15001{number:014},"text":"'.encode()
            end = b'","lang":"en"}, "unix_timestamp_100us": 16523062290000}}\n\n'
            words = f"tweet {number}: " + "some words that nobody has ever said to anybody, " * 20
            file.write(start + words.encode()[: 809 - len(start) - len(end)] + end)
    return path


class SilentFeed:
    """Opens every stream that it is asked for, and says nothing on it."""

    HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        self.connections = []
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        selector = selectors.DefaultSelector()
        selector.register(self.listener, selectors.EVENT_READ)
        while True:
            for key, _ in selector.select():
                if key.fileobj is self.listener:
                    connection, _ = self.listener.accept()
                    self.connections.append(connection)
                    selector.register(connection, selectors.EVENT_READ)
                    continue
                asked = b""
                try:
                    asked = key.fileobj.recv(65536)
                    if asked.endswith(b"\r\n\r\n"):
                        key.fileobj.sendall(self.HEAD)
                except OSError:
                    pass
                if not asked:
                    selector.unregister(key.fileobj)
                    key.fileobj.close()
