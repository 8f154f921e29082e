"""A process in which checks run: one name a line comes in, one finding a line goes out.

    python -m harness.doctor.process ASKED

A check may hang, crash or print whatever it likes: it is this process's loss alone.
"""

from __future__ import annotations

import os
import sys
import time

import msgspec

from harness.doctor.contract import Asked, Check, Finding, fail
from harness.doctor.rooms import checks
from harness.errors import UserError


class Answer(msgspec.Struct):
    """What goes back."""

    finding: Finding
    seconds: float


def main(asked: Asked) -> None:
    """Make each check that is named on standard input, until its end."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what libraries print is for the log
    known = {check.name: check for check in checks()}
    for line in sys.stdin:
        begun = time.monotonic()
        finding = found(known[line.rstrip("\n")], asked)
        answer = Answer(finding, time.monotonic() - begun)
        answers.write(msgspec.json.encode(answer).decode() + "\n")
        answers.flush()


def found(check: Check, asked: Asked) -> Finding:
    """What a check finds; what it raises is a finding too."""
    try:
        return check.run(asked)
    except UserError as error:
        return fail(str(error), "")
    except (Exception, SystemExit) as error:
        import traceback

        traceback.print_exc()
        said = (str(error).strip() or "no message").splitlines()[0]
        return fail(f"{type(error).__name__}: {said}", "paste the summary into an issue")


if __name__ == "__main__":
    main(msgspec.json.decode(sys.argv[1], type=Asked))
