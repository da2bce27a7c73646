"""The oracle test: whatever breaks, every flow is delivered or told as lost, and repeats stay within bounds.

    schedule.py    a seed -> when which fault happens                                        (pure)
    trial.py       one schedule played: mock server, two proxies, the adapter, a broker      (edge, real processes)
      proxy.py       a TCP proxy that cuts, swallows and goes silent
      collector.py   everything that the adapter published, kept by the broker in a stream
    history.py     what was sent, what arrived, what was told, what was done to it           (pure)
    oracle.py      a history -> in words, what must not have happened                        (pure)
    soak.py        schedule after schedule, for hours

A seed gives the same schedule on every machine, though not the same interleaving: run a failing one a few times.
"""
