"""From a model's config to a folder of weights and an identity that names exactly these weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path

from harness.errors import UserError
from harness.models import bundled, hub
from harness.models.download_origin import COMMIT
from harness.models.spec import Adapter, ModelSpec

INSIDE = "inside:"
"""Opens the place of weights that lie inside an installed package: `inside:PACKAGE/FOLDER`."""
WEIGHT_FILES = ("*.safetensors", "*.bin", "*.gguf", "*.model", "*.json", "*.jinja", "*.txt")
"""Weights, and what else decides what they say: tokenizer, chat template, end tokens."""
CODE_FILES = ("*.py",)
CODE = "#code"
"""Closes the identity of weights whose own code is run (`ModelSpec.remote_code`)."""
SAMPLE = 1 << 20
"""Bytes read at each of `SAMPLES` places of a large file, rather than all of it."""
SAMPLES = 64


@dataclass(frozen=True, slots=True)
class Resolved:
    """A model whose weights are on this machine."""

    spec: ModelSpec
    """The model's specification, its `weights` replaced by the local folder."""
    identity: str
    """What the journal's keys and the records call these weights."""
    revision: str
    """The hub's commit, the package's version, or the content hash of a folder."""


def pin(spec: ModelSpec) -> str:
    """The identity of a model's weights, without fetching them.

    Raises:
        UserError: unknown package, absent folder, or a hub that cannot be asked.
    """
    return _weights(spec) + (CODE if spec.remote_code else "")


def _weights(spec: ModelSpec) -> str:
    """The identity, less the word that its own code is run."""
    if spec.weights.startswith(bundled.PREFIX):
        return bundled.identity(spec.weights.removeprefix(bundled.PREFIX))
    if folder := local(spec):
        code = CODE_FILES if spec.remote_code else ()
        return f"sha256:{content_hash(folder, (*WEIGHT_FILES, *code))}"
    return f"{spec.weights}@{_commit(spec)}"


def fetch(spec: ModelSpec) -> Resolved:
    """The model with its weights in a local folder; downloads what the hub's cache lacks."""
    identity = pin(spec)
    whole = identity.removesuffix(CODE)
    if spec.weights.startswith(bundled.PREFIX):
        folder = bundled.checkpoint(spec.weights.removeprefix(bundled.PREFIX))
        revision = whole.rpartition("==")[2]
    elif result := local(spec):
        folder, revision = result, identity
    else:
        revision = whole.rpartition("@")[2]
        folder = hub.download(spec.weights, revision)
    return Resolved(replace(spec, weights=str(folder)), identity, revision)


def local(spec: ModelSpec) -> Path | None:
    """The folder of weights that are on this machine already; None for a hub id.

    Raises:
        UserError: they should lie in a folder or inside an installed package, and do not.
    """
    if not spec.weights.startswith(INSIDE):
        if Path(spec.weights).is_dir():
            return Path(spec.weights)
        if spec.weights.startswith(("/", ".", "~")):
            raise UserError(f"model {spec.name}: there is no folder {spec.weights}")
        return None
    module, _, rest = spec.weights.removeprefix(INSIDE).partition("/")
    result = find_spec(module)
    roots = result.submodule_search_locations if result else None
    folder = Path(roots[0]) / rest if roots else None
    if folder is None or not folder.is_dir():
        raise UserError(
            f"model {spec.name}: there are no weights {rest} inside the installed package {module}"
        )
    return folder


def adapter_identity(adapter: Adapter | None) -> str:
    """Content hash of an adapter's folder; empty without an adapter.

    Raises:
        UserError: the folder holds no adapter.
    """
    if adapter is None:
        return ""
    if not (Path(adapter.path) / "adapter_config.json").is_file():
        raise UserError(f"adapter {adapter.name}: {adapter.path} has no adapter_config.json")
    names = [each.suffix for each in Path(adapter.path).iterdir()]
    if ".safetensors" not in names and {".bin", ".pt"} & set(names):
        raise UserError(
            f"adapter {adapter.name}: the weights in {adapter.path} are torch's pickles, which may "
            "run code when they are read: save them as adapter_model.safetensors"
        )
    return f"sha256:{content_hash(Path(adapter.path))}"


def content_hash(folder: Path, globs: Sequence[str] = WEIGHT_FILES) -> str:
    """Hash of a folder's weights and tokenizer: sizes, and up to 64 MiB of each file's content."""
    digest = sha256()
    for path in sorted({path for glob in globs for path in folder.glob(glob)}):
        size = path.stat().st_size
        digest.update(f"{path.name}:{size}\n".encode())
        with path.open("rb") as file:
            for place in range(SAMPLES):
                start = max(place * SAMPLE, place * (size - SAMPLE) // (SAMPLES - 1))
                if start >= size:
                    break
                file.seek(start)
                digest.update(file.read(SAMPLE))
    return digest.hexdigest()


def _commit(spec: ModelSpec) -> str:
    if spec.revision and COMMIT.fullmatch(spec.revision):
        return spec.revision
    try:
        return hub.commit_of(spec.weights, spec.revision)
    except hub.HubError as error:
        if kept := hub.cached(spec.weights, spec.revision):
            return kept.name  # what the hub's own client would take as well
        raise UserError(
            f"model {spec.name}: the hub cannot be asked which commit "
            f"'{spec.weights}' ({spec.revision or 'newest'}) is: {error}. Give a local folder as "
            f"model.{spec.name}.weights, or a 40-digit model.{spec.name}.revision"
        ) from error
