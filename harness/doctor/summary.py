"""What is shown of findings: lines for the terminal, a block for an issue, JSON for programs."""

from __future__ import annotations

import getpass
import os
import platform
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import psutil

from harness import __version__
from harness.doctor.contract import Status
from harness.doctor.running import Outcome
from harness.provenance import code, git_commit

SCHEMA = "pte-doctor/1"
SECRET = re.compile(r"KEY|TOKEN|SECRET|PASSW|CREDENTIAL|AUTH", re.IGNORECASE)
"""Names of variables whose values are nobody's business."""
OF_JOB = ("SLURMD_NODENAME", "SLURM_SUBMIT_HOST", "SLURM_JOB_NODELIST", "SLURM_JOB_ACCOUNT")
SHORT = 6
"""Characters below which a value is too short to be a secret, and would be found everywhere."""
PATTERNS = (
    (re.compile(r"\b(?:hf|sk|ghp|gho|glpat)[_-][A-Za-z0-9_-]{8,}"), "SECRET"),
    (re.compile(r"(?<=://)[^/\s:@]+:[^/\s@]+@"), ""),
    (re.compile(r"/(?:home|Users)/[^/\s:;,)'\"]+"), "~"),
    (re.compile(r"\b(?!127\.|0\.)(?:\d{1,3}\.){3}\d{1,3}\b"), "ADDRESS"),
)


def redacted(text: str, environment: Mapping[str, str] = os.environ) -> str:
    """Text without secrets, names of users and hosts, and homes."""
    hidden = [(value, "SECRET") for name, value in environment.items() if SECRET.search(name)]
    hidden = [(value, word) for value, word in hidden if len(value) >= SHORT]
    for value, word in sorted(hidden, key=lambda each: -len(each[0])):
        text = text.replace(value, word)
    for home in {str(Path.home()), str(Path.home().resolve())} - {"/"}:
        text = re.sub(rf"{re.escape(home)}(?![\w.-])", "~", text)
    for pattern, word in PATTERNS:
        text = pattern.sub(word, text)
    for name, word in _names(environment):
        text = re.sub(rf"(?<![\w-]){re.escape(name)}(?![\w-])", word, text)
    return text


def _names(environment: Mapping[str, str]) -> list[tuple[str, str]]:
    """Names that tell who and where this is, longer ones first."""
    host = platform.node()
    hosts = {host, host.partition(".")[0], *(environment.get(name, "") for name in OF_JOB)}
    users = {environment.get(name, "") for name in ("USER", "LOGNAME", "SLURM_JOB_USER")}
    try:
        users.add(getpass.getuser())
    except (OSError, KeyError):  # a container's user may have no name
        users.discard("")
    pairs = [*((name, "HOST") for name in hosts), *((name, "USER") for name in users)]
    return sorted((pair for pair in pairs if pair[0]), key=lambda pair: -len(pair[0]))


def about() -> dict[str, Any]:
    """The machine and the code, without the names of either's owner."""
    return {
        "pte": __version__,
        "commit": git_commit()[:12],
        "code": code(),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "python": platform.python_version(),
        "cores": len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count(),
        "memory_gib": round(psutil.virtual_memory().total / 2**30, 1),
    }


def counted(outcomes: Sequence[Outcome]) -> str:
    """How many checks ended how."""
    counts = dict.fromkeys(Status, 0)
    for outcome in outcomes:
        counts[outcome.finding.status] += 1
    return ", ".join(f"{count} {status}" for status, count in counts.items() if count)


def markdown(outcomes: Sequence[Outcome]) -> str:
    """A block to paste into an issue."""
    machine = about()
    facts = ", ".join(f"{name} {value}" for name, value in machine.items() if value != "")
    lines = [
        f"### pte doctor: {counted(outcomes)}",
        "",
        facts,
        "",
        "| | check | what was seen | s |",
    ]
    lines.append("|---|---|---|---|")
    for each in outcomes:
        found = each.finding
        what = _cell(f"{found.what}. Mend: {found.mend}" if found.mend else found.what)
        lines.append(f"| {found.status} | {each.check.name} | {what} | {each.seconds:.1f} |")
    for each in outcomes:
        if each.log and each.finding.status is Status.FAIL:
            lines += ["", f"The end of what `{each.check.name}` printed:", "", "```"]
            lines += [*redacted(each.log).replace("```", "'''").splitlines()[-12:], "```"]
    return "\n".join(lines)


def _cell(text: str) -> str:
    """Text that stays within a table's cell."""
    return " ".join(redacted(text).split()).replace("|", "\\|").replace("<", "&lt;")


def as_data(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Everything, for programs."""
    return {
        "schema": SCHEMA,
        "about": about(),
        "failed": [o.check.name for o in outcomes if o.finding.status is Status.FAIL],
        "checks": [
            {
                "name": each.check.name,
                "status": str(each.finding.status),
                "what": redacted(each.finding.what),
                "mend": redacted(each.finding.mend),
                "seconds": round(each.seconds, 2),
                "figures": {
                    name: redacted(value) if isinstance(value, str) else value
                    for name, value in each.finding.figures.items()
                },
                "log": redacted(each.log),
            }
            for each in outcomes
        ],
    }
