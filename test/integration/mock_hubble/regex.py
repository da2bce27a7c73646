"""Regular expressions as Hubble's servers read them: RE2 syntax, run by Python's `re`.

What only Python understands is an error as in RE2; what only RE2 understands is refused as not implemented rather
than misread.
"""

from __future__ import annotations

import re
import warnings

from mock_hubble.refusal import BadRequest, NotImplementedHere

_PIECE = re.compile(r"\\.|.", re.DOTALL)
_RE2_ONLY_ESCAPES = "pPQEC"
_PYTHON_ONLY_ESCAPES = "123456789ZuUN"
_RE2_ONLY = re.compile(r"\(\?[imsU]*[U-]|\(\?<[A-Za-z_]|(?<!^)\(\?[ims]+\)")
_PYTHON_ONLY = re.compile(r"\(\?(?!:|P<|[ims]+[:)])|[*+?}]\+")
_REPEAT = re.compile(r"\{(\d+)(?:,(\d*))?\}")
_LONGEST_REPEAT = 1000  # RE2's limit


def compile_re2(pattern: str) -> re.Pattern[str]:
    """A compiled pattern, for `search`. BadRequest when RE2 would not take it, NotImplementedHere when this
    translation cannot.
    """
    skeleton, translated = _translate(pattern)
    if _RE2_ONLY.search(skeleton):
        raise NotImplementedHere(f"regular expression {pattern!r}: this construct of RE2 is not implemented")
    if _PYTHON_ONLY.search(skeleton):
        raise BadRequest(f"error parsing regexp: invalid or unsupported Perl syntax: `{pattern}`")
    for bounds in _REPEAT.findall(skeleton):
        if any(bound and int(bound) > _LONGEST_REPEAT for bound in bounds):
            raise BadRequest(f"error parsing regexp: invalid repeat count: `{pattern}`")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            return re.compile(translated, re.ASCII)
    except Warning as error:
        raise NotImplementedHere(f"regular expression {pattern!r}: {error}") from error
    except re.error as error:
        raise BadRequest(f"error parsing regexp: {error}: `{pattern}`") from error


def _translate(pattern: str) -> tuple[str, str]:
    """The pattern without its escapes and character classes, for a look at its constructs; and the pattern for Python.

    Python's `$` also matches before a last newline, where RE2's does not; RE2's `\\z` is Python's `\\Z`.
    """
    skeleton, translated = [], []
    class_length = -1  # pieces since the opening bracket, -1 outside of a character class
    for piece in _PIECE.findall(pattern):
        if len(piece) == 2:
            if piece[1] in _RE2_ONLY_ESCAPES:
                raise NotImplementedHere(f"regular expression {pattern!r}: {piece} is not implemented")
            if piece[1] in _PYTHON_ONLY_ESCAPES:
                raise BadRequest(f"error parsing regexp: invalid escape sequence: `{piece}`")
        if class_length >= 0:
            if piece == "[":
                translated.append(r"\[")
                if _opens_named_class(pattern):
                    raise NotImplementedHere(f"regular expression {pattern!r}: named classes are not implemented")
            else:
                translated.append(piece)
            if piece == "]" and class_length > 0:
                class_length = -1
            elif not (piece == "^" and class_length == 0):
                class_length += 1
            continue
        if piece == "[":
            class_length = 0
        skeleton.append("x" if len(piece) == 2 or piece == "[" else piece)
        translated.append({"$": r"\Z", r"\z": r"\Z"}.get(piece, piece))
    return "".join(skeleton), "".join(translated)


def _opens_named_class(pattern: str) -> bool:
    return "[:" in pattern and ":]" in pattern
