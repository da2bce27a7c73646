"""Several workers that share the nodes of one Relay: for a cluster whose flows are more than one process takes.

The adapter's process asks Relay for its nodes once, deals them out, and from then on only listens: it adds up what the
workers report, tells the losses and publishes the status. Flows never pass through it. A worker that ends by itself
ends the adapter, and the service manager starts both anew, from the position that all of them had reached.
"""

from __future__ import annotations

import multiprocessing
import secrets
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from multiprocessing.connection import Connection, wait

from hubble_adapter.backoff import Backoff
from hubble_adapter.batch import Limits
from hubble_adapter.channel import flows_per_second_by_node
from hubble_adapter.config.settings import Settings
from hubble_adapter.errors import HubbleError, Unimplemented
from hubble_adapter.lane import STUCK_S
from hubble_adapter.ledger import Drop
from hubble_adapter.link import Link, State
from hubble_adapter.log import Log
from hubble_adapter.losses import Losses
from hubble_adapter.nodes import Nodes
from hubble_adapter.outbox import Outbox
from hubble_adapter.position import Past
from hubble_adapter.rabbitmq import Publisher
from hubble_adapter.report import Reached, Report, joined, worst
from hubble_adapter.share import Share, shares
from hubble_adapter.worker import Begin, News, Stop, Use, work

__all__ = ["Team"]

# Longer than a lane takes to stop beside its drain_timeout_seconds.
_STOP_S = 8.0

_log = Log("team")


class Team:
    """Has the flows carried by as many workers as the settings say, or by fewer where there are not as many nodes.

    Make it before there are threads: the workers are forked. losses, past, status, told: see Lane.
    """

    def __init__(
        self,
        settings: Settings,
        losses: Losses,
        past: Past,
        status: Callable[[], dict[str, object]],
        told: Callable[[dict[str, object]], None],
    ) -> None:
        self._settings = settings
        self._losses = losses
        self._past = past
        self._epoch = secrets.token_hex(8)
        self._workers: list[_Worker] = []
        for number in range(1, settings.workers + 1):
            self._workers.append(_Worker(number, [worker.pipe for worker in self._workers]))
        nothing = Outbox(Limits(1, 0.0, 1), losses, lambda: self._epoch)
        backoff = Backoff(cap_s=settings.reconnect_max_seconds)
        self._publisher = Publisher(settings.rabbitmq, nothing, settings.cluster, backoff, status, told)
        self._link = Link("hubble", settings.hubble.address)
        self._stopping = threading.Event()
        # Ends the wait for the next question to Relay.
        self._hurry = threading.Event()
        self._lock = threading.Lock()
        self._begun = False
        self._thread = threading.Thread(target=self._run, name="team", daemon=True)

    def start(self) -> None:
        self._publisher.start()
        self._thread.start()

    def failure(self) -> str:
        """Return why this cannot go on; empty as long as all run.

        The workers that are left have been told to stop then, and the end of the process waits for them.
        """
        for worker in self._workers:
            if not worker.process.is_alive():
                with self._lock:
                    self._send_all([Stop()] * len(self._workers))
                return f"worker {worker.number} ended by itself"
        good = self._thread.is_alive() and self._publisher.alive()
        return "" if good else "a thread ended by itself; its error stands above"

    def tick(self) -> None:
        """To be called once a second; here nothing is to be done then."""

    def report(self) -> Report:
        """Return how all do together, as of their last news. Any thread."""
        broker = self._publisher.document()
        news = self._news()
        if not news:
            return Report(self._epoch, self._link.document() | {"version": ""}, broker, Nodes().document())
        whole = joined([one.report for one in news])
        oldest_s = min(worker.told_s for worker in self._workers)
        now_s = time.monotonic()
        turning = whole.turning and now_s - oldest_s < STUCK_S and now_s - self._publisher.turned_s() < STUCK_S
        return replace(whole, epoch=self._epoch, broker=worst([whole.broker, broker]), turning=turning)

    def reached(self) -> list[Reached]:
        """Return how far each has come; nothing until all have said so."""
        news = self._news()
        return [reached for one in news for reached in one.reached] if len(news) == len(self._workers) else []

    def use(self, settings: Settings) -> tuple[bool, bool]:
        """Apply changed settings. Returns what is made anew, as a lane does: of Hubble's side nothing, since no flows
        come here; the workers log it for themselves.
        """
        with self._lock:
            self._settings = settings
            self._link.address = settings.hubble.address
            if self._begun:
                self._send_all([Use(self._of_each())] * len(self._workers))
        self._hurry.set()
        return False, self._publisher.use(settings.rabbitmq)

    def stop(self) -> int:
        """Have all workers stop as a lane does; returns how many flows were given up."""
        give_up_s = time.monotonic() + self._settings.drain_timeout_seconds + _STOP_S
        self._stopping.set()
        self._hurry.set()
        with self._lock:
            self._send_all([Stop()] * len(self._workers))
        for worker in self._workers:
            worker.process.join(max(0.0, give_up_s - time.monotonic()))
        if self._begun:
            self._thread.join(1.0)
        given_up = sum(worker.end(self._losses) for worker in self._workers)
        self._publisher.stop()
        return given_up

    def _news(self) -> list[News]:
        return [worker.news for worker in self._workers if worker.news]

    def _of_each(self) -> Settings:
        """Return the settings for one worker: all have to do with the buffer that one adapter may use."""
        return replace(self._settings, buffer_max_bytes=self._settings.buffer_max_bytes // len(self._workers))

    def _send_all(self, commands: list[Begin] | list[Use] | list[Stop]) -> None:
        for worker, command in zip(self._workers, commands):
            with suppress(OSError):  # it has ended; `failure` tells
                worker.pipe.send(command)

    # The team's own thread

    def _run(self) -> None:
        parts = self._deal_out()
        if self._stopping.is_set():
            return
        with self._lock:
            idle = self._workers[len(parts) :]
            del self._workers[len(parts) :]
            settings = self._of_each()
            for worker in self._workers:
                worker.told_s = time.monotonic()
            self._send_all([Begin(settings, f"{self._epoch}-", share, self._past) for share in parts])
            self._begun = True
        for worker in idle:
            worker.pipe.close()
            worker.process.join()
        self._listen()

    def _deal_out(self) -> list[Share]:
        """Ask Relay for its nodes until it answers; return a share for each worker that is needed."""
        backoff = Backoff(cap_s=self._settings.reconnect_max_seconds)
        while not self._stopping.is_set():
            asked_s, asked = time.monotonic(), self._settings.hubble
            try:
                nodes = flows_per_second_by_node(asked)
                if not nodes:
                    raise HubbleError(f"{asked.address} knows of no nodes yet")
            except Unimplemented:
                nodes = {}
            except HubbleError as error:
                self._link.fail(str(error))
                delay_s = backoff.next_s(time.monotonic() - asked_s)
                self._link.move(State.WAITING, retry_in_s=round(delay_s, 2))
                self._hurry.wait(delay_s)
                self._hurry.clear()
                self._link.move(State.CONNECTING)
                continue
            if asked != self._settings.hubble:
                continue  # there is another to ask now
            parts = shares(nodes, len(self._workers))
            if nodes:
                named = [len(share.nodes) for share in parts if not share.others]
                _log.info("dealt_out", nodes=len(nodes), by_name=",".join(map(str, named)) or 0, workers=len(parts))
            else:
                _log.warning("one_worker", reason="the server is an agent, not Relay: it has one node")
            return parts
        return []

    def _listen(self) -> None:
        """Take the workers' news until all have told their last."""
        talking = {worker.pipe: worker for worker in self._workers}
        while talking:
            for ready in wait(list(talking)):
                assert isinstance(ready, Connection)
                try:
                    news = ready.recv()
                except (EOFError, OSError):
                    del talking[ready]
                    continue
                # First the losses, so that no position leaves one behind that nobody would tell.
                for loss in news.losses:
                    self._losses.add(*loss)
                talking[ready].told(news)


class _Worker:
    """The adapter's side of a worker. adapters_ends: see `work`."""

    def __init__(self, number: int, adapters_ends: list[Connection]) -> None:
        self.number = number
        self.news: News | None = None
        self.told_s = time.monotonic()
        fork = multiprocessing.get_context("fork")
        self.pipe, theirs = fork.Pipe()
        ends = [*adapters_ends, self.pipe]
        self.process = fork.Process(target=work, args=(number, theirs, ends), name=f"worker-{number}", daemon=True)
        self.process.start()
        theirs.close()

    def told(self, news: News) -> None:
        self.news, self.told_s = news, time.monotonic()

    def end(self, losses: Losses) -> int:
        """Return how many flows the worker gave up; all that it holds, told to `losses`, where it hangs."""
        if self.process.is_alive():
            self.process.kill()
        if self.news is None:
            return 0
        if self.news.given_up is not None:
            return self.news.given_up
        ledger = self.news.report.ledger
        given_up, ledger.in_flight = ledger.in_flight, 0
        ledger.dropped[Drop.SHUTDOWN] += given_up
        losses.add(Drop.SHUTDOWN.value, "", given_up, 0, 0)
        return given_up
