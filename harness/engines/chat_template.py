"""What a chat template may read besides its input: one date, and nothing that chance decides.

A template can ask for the time (`strftime_now`), draw at random and make text up. Then prompts of
one sweep would differ from day to day, and with them every draw's key.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from jinja2 import nodes
from jinja2.exceptions import TemplateSyntaxError

from harness.models.thinking import environment

DATE = "2026-01-01"
"""The date that templates take for today where nobody says another."""


def strftime_on(day: str) -> Callable[[str], str]:
    """A template's `strftime_now`, at midnight of one day whatever the clock says."""
    moment = datetime.fromisoformat(day)
    return moment.strftime


def refusal(template: str) -> str | None:
    """Why a template's prompts would differ from time to time, or None if they do not."""
    try:
        tree = environment().parse(template)
    except TemplateSyntaxError as error:
        return f"it cannot be read (line {error.lineno}: {error.message})"
    filters = {node.name for node in tree.find_all(nodes.Filter)}
    # `messages | map("random")` names a filter as well.
    given = [each for node in tree.find_all(nodes.Filter) for each in node.args]
    filters |= {each.value for each in given if isinstance(each, nodes.Const)}
    if "random" in filters:
        return "its filter `random` chooses at random"
    names = {node.name for node in tree.find_all(nodes.Name) if node.ctx == "load"}
    return "`lipsum` makes text up at random" if "lipsum" in names else None
