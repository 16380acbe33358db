"""A UDP proxy that loses, doubles and delays what passes, both ways; seeded."""

import heapq
import random
import selectors
import socket
import threading
import time
from dataclasses import replace

from antiphon.bridge.runfile import RunFile, write_run_file


class LossyProxy:
    """Stands between clients and the service whose run file it takes over."""

    def __init__(self, folder, run: RunFile, *, loss=0.3, doubling=0.3, delay=0.1, seed=1):
        self.random = random.Random(seed)
        self.loss, self.doubling, self.delay = loss, doubling, delay
        self.front = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.front.bind(("127.0.0.1", 0))
        self.target = ("127.0.0.1", run.osc_port)
        self.backs: dict[tuple, socket.socket] = {}
        self.used: dict[tuple, float] = {}
        self.passed = self.lost = self.largest = 0
        self.stopped = threading.Event()
        write_run_file(folder, replace(run, osc_port=self.front.getsockname()[1]))
        self.thread = threading.Thread(target=self.work)
        self.thread.start()

    def stop(self):
        self.stopped.set()
        self.thread.join()
        for line in (self.front, *self.backs.values()):
            line.close()

    def pass_on(self, queue, line, data, to):
        self.largest = max(self.largest, len(data))
        for _ in range(2 if self.random.random() < self.doubling else 1):
            if self.random.random() < self.loss:
                self.lost += 1
                continue
            self.passed += 1
            at = time.monotonic() + self.random.random() * self.delay
            heapq.heappush(queue, (at, self.passed, line, data, to))

    def back_of(self, sender, poll):
        """The socket that stands for a client; those long silent are closed, so that a thousand
        clients need no thousand sockets."""
        now = time.monotonic()
        if sender not in self.backs:
            for other in [s for s, at in self.used.items() if now - at > 20]:
                poll.unregister(self.backs[other])
                self.backs.pop(other).close()
                del self.used[other]
            back = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            back.bind(("127.0.0.1", 0))
            poll.register(back, selectors.EVENT_READ, sender)
            self.backs[sender] = back
        self.used[sender] = now
        return self.backs[sender]

    def work(self):
        queue: list = []
        with selectors.DefaultSelector() as poll:
            poll.register(self.front, selectors.EVENT_READ, None)
            while not self.stopped.is_set():
                wait = max(0.0, min(0.05, queue[0][0] - time.monotonic())) if queue else 0.05
                for key, _ in poll.select(wait):
                    try:
                        data, sender = key.fileobj.recvfrom(65536)
                    except OSError:
                        continue
                    if key.data is None:
                        self.pass_on(queue, self.back_of(sender, poll), data, self.target)
                    else:
                        self.pass_on(queue, self.front, data, key.data)
                while queue and queue[0][0] <= time.monotonic():
                    _, _, line, data, to = heapq.heappop(queue)
                    try:
                        line.sendto(data, to)
                    except OSError:
                        self.lost += 1
