"""`python -m hubble_adapter` is `hubble-adapter`."""

from __future__ import annotations

import sys

from hubble_adapter.cli import main

sys.exit(main())
