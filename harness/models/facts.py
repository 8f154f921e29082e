"""What a checkpoint's own files say of it, read without torch and without loading a model."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.models.architecture import Architecture
from harness.models.parameter_count import TensorCount, count
from harness.models.tensors import HeaderError, Tensor, tensors_of
from harness.models.thinking import Thinking, thinking_of

INDEXES = ("model.safetensors.index.json", "pytorch_model.bin.index.json")
"""Which file holds which tensor, where the weights are cut into shards; the preferred one first."""
WHOLE = "model.safetensors"
"""All weights in one file, which is taken whatever an index says."""
SHARD = re.compile(r"(?P<name>.+)-(?P<number>\d{5})-of-(?P<of>\d{5})\.(safetensors|bin)")
ADAPTER = "adapter_config.json"
TOKENIZERS = ("tokenizer.json", "tokenizer.model", "vocab.json", "vocab.txt", "tekken.json")
"""Any of these is a tokenizer; the first says how many ids it has."""


@dataclass(frozen=True, slots=True)
class Facts:
    """A checkpoint as its files describe it; None for what they do not say."""

    place: str
    """Folder, or hub id and commit."""
    architecture: Architecture
    parameters: int | None = None
    """Trained ones, tied embeddings once."""
    bytes: int | None = None
    """Bytes of the weights as they are stored."""
    dtype: str | None = None
    """Number format that most weights are stored in."""
    rows: int | None = None
    """Ids that the model's input embedding knows."""
    tokens: int | None = None
    """Ids that the tokenizer may give."""
    template: bool | None = None
    """Whether there is a chat template."""
    thinking: Thinking | None = None
    """Whether the model thinks, by its chat template; None without one that can be read."""
    pickled: bool = False
    """Whether the weights are torch's pickles alone."""
    faults: tuple[str, ...] = ()
    """Why no engine could load it."""

    def described(self) -> dict[str, Any]:
        """What a run's plan keeps of it."""
        return {
            "architecture": self.architecture.name,
            "parameters": self.parameters,
            "bytes": self.bytes,
            "dtype": self.dtype,
            "quantisation": self.architecture.quantisation,
            "context_window": self.architecture.window,
            "vocabulary": self.rows or self.architecture.vocabulary,
            "tokenizer_ids": self.tokens,
            "chat_template": self.template,
            "thinking": self.thinking,
        }


def facts_of_folder(folder: Path) -> Facts:
    """Facts of a checkpoint in a folder; what is wrong with it is among them."""
    faults: list[str] = []
    config = _json(folder / "config.json", faults)
    architecture = Architecture.of(config or {})
    tensors = _weights(folder, faults)
    counted = count(tensors, architecture.config) if tensors else None
    if config is None and not faults:
        faults.append(_no_config(folder, bool(tensors)))
    elif not faults:
        faults += _absent(folder, tensors is not None)
    if config is not None and not (config.get("model_type") or config.get("architectures")):
        faults.append("config.json says of no architecture what it is (model_type, architectures)")
    tokens = tokenizer_ids(folder / "tokenizer.json", faults)
    template = template_text(folder)
    return Facts(
        place=str(folder),
        architecture=architecture,
        **_counts(counted),
        tokens=tokens,
        template=has_template(folder),
        thinking=thinking_of(template) if template else None,
        pickled=bool(tensors) and not any(folder.glob("*.safetensors")),
        faults=tuple(faults),
    )


def _counts(counted: TensorCount | None) -> dict[str, Any]:
    if counted is None:
        return {}
    return {
        "parameters": counted.parameters or None,
        "bytes": counted.bytes,
        "dtype": counted.dtype,
        "rows": counted.rows,
    }


def _weights(folder: Path, faults: list[str]) -> dict[str, Tensor] | None:
    """Tensors of all files of weights; None where there are none or one cannot be read."""
    files = _files(folder, faults)
    result: dict[str, Tensor] = {}
    for file in files:
        try:
            result |= tensors_of(file)
        except HeaderError as error:
            faults.append(f"{file.name}: {error}")
        except OSError as error:
            faults.append(f"{file.name} cannot be read ({error.strerror})")
    return result if files and not faults else None


def _files(folder: Path, faults: list[str]) -> list[Path]:
    """The files of weights; shards that an index or their own names speak of must be there."""
    for index in INDEXES:
        if not (folder / index).is_file() or (folder / WHOLE).is_file():
            continue
        listed = (_json(folder / index, faults) or {}).get("weight_map")
        names = sorted({str(name) for name in listed.values()}) if isinstance(listed, dict) else []
        missing = [name for name in names if not (folder / name).is_file()]
        if missing:
            message = ", ".join(missing[:3]) + (", ..." if len(missing) > 3 else "")
            faults.append(
                f"{len(missing)} of the {len(names)} files that {index} names are absent: "
                f"{message}. "
                "Fetch them"
            )
            return []
        if names:
            return [folder / name for name in names]
    result = sorted(folder.glob("*.safetensors")) or sorted(folder.glob("pytorch_model*.bin"))
    files = [path for path in result if not path.name.startswith(("adapter_", "consolidated"))]
    faults += _shards(files)
    return [] if faults else files


def _shards(files: Sequence[Path]) -> Iterator[str]:
    """A fault for each set of numbered files of which some are absent."""
    sets: dict[tuple[str, str], set[int]] = {}
    for result in filter(None, (SHARD.fullmatch(path.name) for path in files)):
        sets.setdefault((result["name"], result["of"]), set()).add(int(result["number"]))
    for (name, of), numbers in sets.items():
        if missing := sorted(set(range(1, int(of) + 1)) - numbers):
            message = ", ".join(f"{name}-{number:05}-of-{of}" for number in missing[:3])
            yield f"{len(missing)} of {int(of)} files of weights are absent: {message}. Fetch them"


def _no_config(folder: Path, weights: bool) -> str:
    """What a folder is that has no config.json."""
    if (folder / ADAPTER).is_file():
        return _adapter(folder)
    if gguf := sorted(path.name for path in folder.glob("*.gguf")):
        return f"it holds {gguf[0]}, and engines here load safetensors: convert it"
    return "it has no config.json" if weights else "it is no checkpoint: it has no config.json"


def _absent(folder: Path, weights: bool) -> list[str]:
    """What of a checkpoint is not in its folder."""
    if not weights and (folder / ADAPTER).is_file():
        return [_adapter(folder)]
    if not weights:
        return ["it has no weights (*.safetensors, or pytorch_model*.bin)"]
    if not any((folder / name).is_file() for name in TOKENIZERS):
        return [f"it has no tokenizer ({', '.join(TOKENIZERS)})"]
    return []


def _adapter(folder: Path) -> str:
    base = (_json(folder / ADAPTER, []) or {}).get("base_model_name_or_path") or "its base model"
    return (
        f"it is an adapter of {base} and no model: take that as the model, with pte=[lora_adapter] "
        f"pte.lora_adapter.path={folder}"
    )


def template_text(folder: Path) -> str | None:
    """The chat template that lies in a folder, of several the one that is used without tools; None
    where there is none that can be read."""
    file = folder / "chat_template.jinja"
    if file.is_file():
        return file.read_text(encoding="utf-8", errors="replace")
    for name in ("tokenizer_config.json", "chat_template.json"):
        result = (_json(folder / name, []) or {}).get("chat_template")
        if isinstance(result, list):
            result = next((e.get("template") for e in result if e.get("name") == "default"), None)
        if isinstance(result, str):
            return result
    return None


def has_template(folder: Path) -> bool:
    """Whether a chat template lies in the folder, in any of the places where it may."""
    if (folder / "chat_template.jinja").is_file() or any(folder.glob("chat_templates/*.jinja")):
        return True
    named = ("tokenizer_config.json", "chat_template.json", "processor_config.json")
    return any((_json(folder / name, []) or {}).get("chat_template") for name in named)


def tokenizer_ids(path: Path, faults: list[str]) -> int | None:
    """One more than the largest id in a tokenizer.json; None where it does not say. That it cannot
    be read is added to the faults."""
    content = _json(path, faults) or {}
    model = content.get("model")
    vocabulary = model.get("vocab") if isinstance(model, Mapping) else None
    if isinstance(vocabulary, Mapping):
        ids = [each for each in vocabulary.values() if isinstance(each, int)]
    elif isinstance(vocabulary, list):
        ids = [len(vocabulary) - 1]
    else:
        return None
    added = content.get("added_tokens")
    for each in added if isinstance(added, list) else []:
        if isinstance(each, Mapping) and isinstance(each.get("id"), int):
            ids.append(each["id"])
    return max(ids) + 1 if ids else None


def _json(path: Path, faults: list[str]) -> dict[str, Any] | None:
    """A file's JSON object; None where there is no such file, or none that can be read."""
    try:
        result = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        faults.append(f"{path.name} cannot be read ({error})")
        return None
    return result if isinstance(result, dict) else None
