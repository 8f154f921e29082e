"""The settings of papers (`budget=paper`): what they are, and what is said of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from hydra.utils import get_class
from omegaconf import DictConfig, OmegaConf

from harness.anchor import CONFIGS
from harness.contracts.paper import PaperSettings
from harness.contracts.pte import PTE


def paper_words(config: DictConfig) -> list[str]:
    """Overrides that give each PTE its paper's settings, to stand before the user's own words.

    What a configuration file of the user's sets otherwise than the one that is shipped stays.

    Args:
        config: composed, with the sweep's PTEs and without the user's words for their settings.
    """
    words = []
    for name, block in config.pte.items():
        paper = _paper(block)
        shipped = _shipped(str(name))
        for key, value in (paper.values if paper else {}).items():
            if key not in block or block[key] == shipped.get(key):
                words.append(f"++pte.{name}.{key}={_quoted(value)}")
    return words


def paper_notes(config: DictConfig, ptes: Mapping[str, PTE]) -> tuple[str, ...]:
    """A line a PTE on its paper's settings; none unless these were asked for."""
    if not config.budget.get("paper", False):
        return ()
    lines = [_line(name, pte) for name, pte in ptes.items() if pte.paper is not None]
    without = [name for name, pte in ptes.items() if pte.paper is None]
    if without:
        lines.append(f"budget=paper: no paper sets what can be set of {', '.join(without)}.")
    return tuple(lines)


def _line(name: str, pte: PTE) -> str:
    paper = pte.paper
    assert paper is not None, "asked of PTEs with a paper alone"
    told = "; ".join(_values(name, pte, paper)) or "none of its settings is one of the paper's"
    beside = f". Beside: {paper.beside}" if paper.beside else ""
    return f"budget=paper: {name} ({paper.source}): {told}{beside}."


def _values(name: str, pte: PTE, paper: PaperSettings) -> Iterator[str]:
    for key, value in paper.values.items():
        set_to, where = getattr(pte, key), paper.where.get(key, paper.source)
        own = f" as you set it, where the paper has {_text(value)}" if set_to != value else ""
        yield f"{key}={_text(set_to)}{own} ({where})"


def _paper(block: Any) -> PaperSettings | None:
    """The paper of a PTE's class; None where there is none, or no such class, which is told in its
    turn."""
    try:
        made = get_class(block["_target_"])
    except Exception:  # whatever a user's module raises: told where the PTE itself is built
        return None
    return getattr(made, "paper", None)


def _shipped(name: str) -> Mapping[str, Any]:
    path = CONFIGS / "pte" / f"{name}.yaml"
    loaded: Any = OmegaConf.load(path) if path.exists() else {}
    return loaded if isinstance(loaded, Mapping | DictConfig) else {}


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else repr(value)


def _quoted(value: Any) -> str:
    """A value as Hydra reads it from a command line."""
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace("'", "\\'")
        return f"'{escaped}'"
    return _text(value)
