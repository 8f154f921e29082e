"""From a part of the configuration to the component that it describes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from hydra.errors import HydraException
from hydra.utils import instantiate
from omegaconf import DictConfig

from harness.engines.protocol import EngineConfig
from harness.errors import UserError
from harness.settings.targets import (
    TargetError,
    error_text,
    is_nominal,
    located,
    unset_attributes,
)
from harness.settings.wording import joined

T = TypeVar("T")


class Builder:
    """Makes components of a checked configuration, and keeps what those say that refuse."""

    def __init__(self) -> None:
        self.problems: list[str] = []

    def one(self, name: str, node: DictConfig | None, wanted: Any = None) -> Any:
        """The component that a node describes; None where there is none, or it was refused."""
        if not node:
            return None
        try:
            return build(name, node, wanted)
        except UserError as error:
            self.problems.append(str(error))
        return None

    def several(self, group: str, nodes: DictConfig, wanted: Any) -> dict[str, Any]:
        """Every component of a group by its name."""
        names = map(str, nodes)
        return {name: self.one(f"{group}.{name}", nodes[name], wanted) for name in names}


def build(name: str, node: DictConfig, wanted: Any = None) -> Any:
    """What the node's `_target_` makes of its other settings, which have been checked.

    Args:
        name: the component's name in the configuration, such as `pte.few_shot`.
        node: its settings.
        wanted: the class that it must be an instance of; None for anything.

    Raises:
        UserError: it refuses them, fails, or makes something else.
    """
    if wanted is not None:
        _look(name, node, wanted)
    made = foreign(f"{name} cannot be made", lambda: instantiate(node, _convert_="all"))
    if wanted is not None and not isinstance(made, wanted):
        raise UserError(
            f"{name}._target_ is {node._target_!s}: it makes a {type(made).__name__}, which is no "
            f"{wanted.__name__}"
        )
    if missing := unset_attributes(made):
        raise UserError(
            f"{name}._target_ is {node._target_!s}: its class {type(made).__name__} does not set "
            f"{joined(missing, 'and')}"
        )
    return made


def _look(name: str, node: DictConfig, wanted: type) -> None:
    """Refuse a class that is not the wanted one before it is made: making it may do anything."""
    try:
        target = located(node.get("_target_"))
    except TargetError:
        return  # told better where it is made
    if isinstance(target, type) and is_nominal(wanted) and not issubclass(target, wanted):
        raise UserError(
            f"{name}._target_ is {node._target_!s}: it makes a {target.__name__}, which is no "
            f"{wanted.__name__}"
        )


def lacks_of_engine(engine: Any) -> list[str]:
    """A line where an object lacks something of the engines' protocol."""
    if engine is None:  # it was refused, and that is told
        return []
    kind = type(engine)
    wanted = [name for name in vars(EngineConfig) if not name.startswith("_")]
    missing = [name for name in wanted if not hasattr(kind, name) and name not in vars(engine)]
    if not missing:
        return []
    return [f"engine._target_ makes a {kind.__name__}, which lacks {joined(missing, 'and')}"]


def foreign(what: str, work: Callable[[], T]) -> T:
    """The result of code that may be a user's own.

    Raises:
        UserError: its own, or one line about whatever else it raises.
    """
    try:
        return work()
    except Exception as error:
        cause: BaseException = error
        while isinstance(cause, HydraException) and cause.__cause__ is not None:
            cause = cause.__cause__
        if isinstance(cause, UserError):
            raise cause from None
        raise UserError(f"{what} ({error_text(cause)})") from error
