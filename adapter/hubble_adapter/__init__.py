"""Carry Cilium Hubble's flows from Relay to a RabbitMQ exchange.

    hubble.py      Hubble's GetFlows stream: ask, read, notice death, try again; channel.py    (edge, own thread)
    intake.py      one response -> a flow to send on, a loss to tell, or news of a node       (pure)
      slim.py        a flow's kept fields as Hubble's own JSON; routing.py: its routing key   (pure)
      dedupe.py      which flows were seen before                                             (pure)
    outbox.py      the one bounded queue between the threads: ledger, oldest out              (pure, locked)
      waiting.py     which batch leaves next; batch.py: one of them                           (pure)
    rabbitmq.py    confirmed publishing; window.py: what is unconfirmed; pace.py: turns       (edge, own thread)
      session.py     connect, declare, notice the end, try again
      amqp.py        the connection; frames.py: a message in AMQP's bytes
    lane.py        the above together: one share of the nodes, from Hubble to the exchange
    team.py        several lanes: shares dealt out (share.py), reports added up (report.py)   (edge, own thread)
      worker.py      one of them, in a process of its own
    bridge.py      runs the lane or the team, applies a reload, drains; cli.py: the command line

What it promises: each flow received is confirmed by the broker or counted under a reason (ledger.py), and each loss
is told with the times it covers (losses.py). What it does not do: keep flows on disk, change them, aggregate them, or
decide who may see them.
"""

from __future__ import annotations

__all__ = ["__version__"]

__version__ = "0.1.0"
