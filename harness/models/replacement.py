"""Weights put in place of a named model's: whether its training compute is still theirs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from harness.models import bundled, hub
from harness.models.download_origin import COMMIT, Origin, download_origin
from harness.models.resolve import INSIDE, content_hash, local
from harness.models.spec import ModelSpec

MAIN = "main"
"""The revision that the hub gives where none is asked for."""


@dataclass(frozen=True, slots=True)
class Replacement:
    """A named model whose weights or revision a command replaces."""

    declared: ModelSpec
    """As its config has it."""
    weights: str
    revision: str | None

    @property
    def theirs(self) -> str:
        """The weights that the config speaks of."""
        return _called(self.declared.weights, self.declared.revision)

    @property
    def changed(self) -> bool:
        """Whether they are called otherwise than the config's own."""
        return _called(self.weights, self.revision) != self.theirs

    @property
    def note(self) -> str:
        """What is known of their compute, and what to do where they are the same after all."""
        name, now = self.declared.name, _called(self.weights, self.revision)
        return (
            f"The compute that its config gives is that of {self.theirs}, and nothing shows that "
            f"{now} is the same: equal shapes prove nothing. If it is, say "
            f"model.{name}.same_weights=true; else model.{name}.training.flop=FLOP if you know it."
        )

    def proven(self) -> bool:
        """Whether they can be shown to be the config's own weights.

        A folder is, if its content is that of the config's own folder, or if it was downloaded
        from the hub at the commit that the config's revision is. Size and shape are no proof: a
        fine-tuned model has them too.
        """
        if not self.changed:
            return True
        own, other = _folder(self.declared), _folder(self._other)
        if own is not None and other is not None:
            return own.samefile(other) or content_hash(own) == content_hash(other)
        if self.declared.weights.startswith((INSIDE, bundled.PREFIX)):
            return False
        came = self._origin(other)
        if came is None or came.repository not in (None, self.declared.weights):
            return False
        wanted = self.declared.revision or MAIN
        return wanted in (came.commit, *came.revisions) or came.commit == self._commit(wanted)

    @property
    def _other(self) -> ModelSpec:
        declared = self.declared
        return ModelSpec(
            name=declared.name,
            weights=self.weights,
            family=declared.family,
            stage=declared.stage,
            parameters=declared.parameters,
            training_tokens=None,
            training=None,
            context_window=declared.context_window,
            revision=self.revision,
        )

    def _origin(self, folder: Path | None) -> Origin | None:
        if folder is not None:
            return download_origin(folder)
        if self.weights != self.declared.weights:
            return None
        revision = self.revision or MAIN
        commit = revision if COMMIT.fullmatch(revision) else self._commit(revision)
        return None if commit is None else Origin(commit, self.weights)

    def _commit(self, revision: str) -> str | None:
        """The commit of a revision of the config's repository, as far as that can be learnt."""
        if COMMIT.fullmatch(revision):
            return revision
        try:
            return hub.commit_of(self.declared.weights, revision)
        except hub.HubError:
            kept = hub.cached(self.declared.weights, revision)
            return kept.name if kept else None


def _folder(spec: ModelSpec) -> Path | None:
    """The folder of weights that are on this machine; a package's once it is converted."""
    if spec.weights.startswith(bundled.PREFIX):
        return bundled.converted(spec.weights.removeprefix(bundled.PREFIX))
    return local(spec)


def _called(weights: str, revision: str | None) -> str:
    elsewhere = weights.startswith(("/", ".", "~", INSIDE, bundled.PREFIX))
    return weights if elsewhere or Path(weights).is_dir() else f"{weights}@{revision or MAIN}"
