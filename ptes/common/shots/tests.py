"""Functions with tests: as the role that writes tests is asked, up to the end of its reply."""

from __future__ import annotations

from harness.contracts.problem import Exemplar


def _tested(header: str, name: str, *asserts: str) -> Exemplar:
    lines = "\n".join(f"assert {line}" for line in asserts)
    written = f"    pass\n\n\n# Check {name} on different inputs.\n{lines}"
    return Exemplar(header, {"answer": written})


FUNCTIONS = (
    _tested(
        'def clip(x, low, high):\n    """The number of a range that is nearest to x."""',
        "clip",
        "clip(5, 0, 10) == 5",
        "clip(-3, 0, 10) == 0",
        "clip(12, 0, 10) == 10",
        "clip(0, 0, 10) == 0",
        "clip(7, 7, 7) == 7",
    ),
    _tested(
        'def initials(name):\n    """The first letters of the words of a name, in upper case."""',
        "initials",
        "initials('ada lovelace') == 'AL'",
        "initials('Grace Brewster Hopper') == 'GBH'",
        "initials('plato') == 'P'",
        "initials('') == ''",
        "initials('  alan   turing ') == 'AT'",
    ),
)
