"""The configuration: one YAML file, overridden by a few environment variables, checked as a whole.

    settings.py   what can be set: frozen dataclasses with defaults and their reasons
    reading.py    takes values out of a YAML mapping, noting every problem with its path
    loading.py    file and environment -> settings, or every problem at once
"""

from __future__ import annotations

from hubble_adapter.config.loading import load
from hubble_adapter.config.settings import Settings

__all__ = ["Settings", "load"]
