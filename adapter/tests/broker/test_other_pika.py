"""A pika whose inside is otherwise than that of the versions that are known: used as its documentation says."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pika
import pytest
from mock_hubble.hubble import MockHubble

from tests.broker.kit import Adapter, Reader, wait_for
from tests.broker.test_faults import burst


@pytest.mark.parametrize("renamed", [r"\b_output_marshaled_frames\b", r"\b_frame_buffer\b", r"\b_on_data_available\b"])
def test_a_pika_with_other_names_inside_publishes_and_confirms_too(
    renamed: str, adapter: Adapter, hubble: MockHubble, reader: Reader, tmp_path: Path
) -> None:
    other = tmp_path / "other" / "pika"
    shutil.copytree(Path(pika.__file__).parent, other, ignore=shutil.ignore_patterns("__pycache__"))
    for module in other.rglob("*.py"):
        module.write_text(re.sub(renamed, "_of_another_name", module.read_text(encoding="utf-8")), encoding="utf-8")
    adapter.environment["PYTHONPATH"] = str(other.parent)
    adapter.start()
    hubble.wait_for_streams()
    uuids = [uuid for _ in range(5) for uuid in burst(hubble)]
    reader.has(uuids)
    assert sorted(reader.uuids()) == sorted(uuids)
    wait_for("all confirmed", lambda: reader.status["ledger"]["confirmed"] == len(uuids))
    assert ("event=unknown_pika" in adapter.log) is ("frames" in renamed)
