"""Carry Cilium Hubble's flows from one GetFlows stream to a RabbitMQ exchange.

    hubble.py      Hubble's GetFlows stream: connect, ask, read, notice death, try again      (edge, own thread)
    intake.py      one response -> a flow to send on, a loss to tell, or news of a node       (pure)
      slim.py        a flow's kept fields as Hubble's own JSON; routing.py: its routing key   (pure)
      dedupe.py      which flows were seen before                                             (pure)
    outbox.py      the one bounded queue between the threads: ledger, oldest out; batch.py    (pure, locked)
    rabbitmq.py    confirmed publishing: declare, window, deadline, try again                 (edge, own thread)
      amqp.py        the connection; frames.py: a message in AMQP's bytes
    bridge.py      builds the parts, runs them, drains them; cli.py: the command line

What it promises: each flow received is confirmed by the broker or counted under a reason (ledger.py), and each loss
is told with the times it covers (losses.py). What it does not do: keep flows on disk, change them, aggregate them, or
decide who may see them.
"""

from __future__ import annotations

__all__ = ["__version__"]

__version__ = "0.1.0"
