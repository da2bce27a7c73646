from __future__ import annotations

from hypothesis import HealthCheck, settings

# How fast an example is made says something about the machine, and nothing about the adapter.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")
