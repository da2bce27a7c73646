"""Schedule after schedule until SOAK_SECONDS are over, from seed SOAK_SEED on: `make soak`.

It stops at the first schedule that finds anything and exits with 1.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from concurrent.futures import FIRST_COMPLETED, Future, wait
from pathlib import Path

from tests.oracle.arena import Arena
from tests.oracle.schedule import schedule
from tests.oracle.test_oracle import again
from tests.oracle.trial import Outcome

_SECONDS = 3_600.0
# Enough to keep every lane of the arena busy.
_UNDER_WAY = 8


def main() -> int:
    until_s = time.monotonic() + float(os.environ.get("SOAK_SECONDS", _SECONDS))
    # Fresh ones each time, unless told otherwise; below 1,000 are those of `make test`.
    seed = int(os.environ.get("SOAK_SEED", 1_000 + time.time_ns() // 1_000_000_000 % 1_000_000_000))
    played = flows = 0
    with tempfile.TemporaryDirectory(prefix="soak-") as folder, Arena(Path(folder)) as arena:
        under_way: dict[Future[Outcome], int] = {}
        while under_way or time.monotonic() < until_s:
            while len(under_way) < _UNDER_WAY and time.monotonic() < until_s:
                under_way[arena.play(schedule(seed))] = seed
                seed += 1
            for future in wait(under_way, return_when=FIRST_COMPLETED).done:
                number, outcome = under_way.pop(future), future.result()
                played, flows = played + 1, flows + outcome.flows
                left_s = max(0.0, until_s - time.monotonic())
                print(
                    f"seed {number}: {outcome.flows} flows, {outcome.lost} told as lost, {outcome.repeated} repeated, "
                    f"{outcome.seconds:.0f} s; {played} schedules, {flows} flows so far, {left_s:.0f} s left",
                    flush=True,
                )
                if outcome.findings:
                    print("\n".join([*outcome.findings, "", outcome.story, "", f"again: {again(number)}"]), flush=True)
                    for other in under_way:
                        other.cancel()
                    return 1
    print(f"{played} schedules, {flows} flows, nothing found")
    return 0


if __name__ == "__main__":
    sys.exit(main())
