"""Writes the captures beside it anew: `python3 demo/captures/make.py [DIRECTORY]`.

The same bytes each time: all chance comes from seeded generators.
"""

from __future__ import annotations

import pathlib
import sys

import odd
import shop

FILES = {"shop.jsonl": shop.make, "odd.jsonl": odd.make}


def main() -> None:
    directory = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).parent
    for name, make in FILES.items():
        text = make()
        (directory / name).write_text(text, encoding="ascii")
        print(f"{directory / name}: {text.count(chr(10))} flows, {len(text)} bytes")


if __name__ == "__main__":
    main()
