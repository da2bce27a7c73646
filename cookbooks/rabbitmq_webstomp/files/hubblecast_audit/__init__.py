"""Who logged in to a broker from where, what they subscribed to, and what was refused: for the journal and Prometheus.

    amq.rabbitmq.event ─┐
                        ├─▶ a queue ──▶ broker.Reader ──▶ trail.Trail ──▶ lines, metrics.Metrics
    amq.rabbitmq.log ───┘                                    ▲
    nginx ─────────── datagrams ──────────▶ visitors.Visitors┘

It runs beside each node of the broker and tells what happened on that node. It sees no message of anybody: the events
have no payload, and of the broker's log only refusals are taken. It stores nothing but who is there, while it is down.
"""
