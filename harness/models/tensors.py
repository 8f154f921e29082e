"""Names, shapes and number formats of a checkpoint's tensors, read from headers alone."""

from __future__ import annotations

import json
import pickle
import struct
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

BITS = {
    "float64": 64,
    "float32": 32,
    "float16": 16,
    "bfloat16": 16,
    "float8": 8,
    "float4": 4,
    "int64": 64,
    "int32": 32,
    "int16": 16,
    "int8": 8,
    "bool": 8,
}
"""Bits of one number, by our names of number formats."""
SAFETENSORS = {
    "F64": "float64",
    "F32": "float32",
    "F16": "float16",
    "BF16": "bfloat16",
    "F8_E4M3": "float8",
    "F8_E5M2": "float8",
    "F8_E8M0": "float8",
    "F4": "float4",
    "I64": "int64",
    "U64": "int64",
    "I32": "int32",
    "U32": "int32",
    "I16": "int16",
    "U16": "int16",
    "I8": "int8",
    "U8": "int8",
    "BOOL": "bool",
}
STORAGES = {
    "DoubleStorage": "float64",
    "FloatStorage": "float32",
    "HalfStorage": "float16",
    "BFloat16Storage": "bfloat16",
    "LongStorage": "int64",
    "IntStorage": "int32",
    "ShortStorage": "int16",
    "CharStorage": "int8",
    "ByteStorage": "int8",
    "BoolStorage": "bool",
}
LARGEST_HEADER = 100_000_000
"""Bytes; the limit of the format's own reader."""
LFS = b"version https://git-lfs"
"""Opens the note that Git leaves in place of a large file which was not fetched."""


class HeaderError(Exception):
    """A file of weights that cannot be read as one; the message says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Tensor:
    """One tensor as it is stored."""

    dtype: str
    shape: tuple[int, ...]
    storage: str = ""
    """What names the bytes that it shares with other tensors; empty where it shares none."""

    @property
    def size(self) -> int:
        """How many numbers it holds."""
        return prod(self.shape)

    @property
    def bytes(self) -> int:
        """Bytes that it takes."""
        return self.size * BITS.get(self.dtype, 8) // 8


def tensors_of(path: Path) -> dict[str, Tensor]:
    """Tensors of a `.safetensors` or `.bin` file by name, without reading their content.

    Raises:
        HeaderError: the file is cut off, a note of Git LFS, or of another format.
    """
    with path.open("rb") as file:
        start = file.read(len(LFS))
    if start == LFS:
        raise HeaderError("it is a note of Git LFS, not the weights: run 'git lfs pull'")
    return _safetensors(path) if path.suffix == ".safetensors" else _pickled(path)


def parsed(header: Mapping[str, Any]) -> dict[str, Tensor]:
    """Tensors that the JSON header of a safetensors file lists."""
    return {
        name: Tensor(SAFETENSORS.get(each["dtype"], str(each["dtype"])), tuple(each["shape"]))
        for name, each in header.items()
        if name != "__metadata__"
    }


def _safetensors(path: Path) -> dict[str, Tensor]:
    size = path.stat().st_size
    with path.open("rb") as file:
        start = file.read(8)
        length = struct.unpack("<Q", start)[0] if len(start) == 8 else 0
        if not 2 <= length <= min(LARGEST_HEADER, size - 8):
            raise HeaderError("it does not start as a safetensors file does")
        try:
            header = json.loads(file.read(length))
            result = parsed(header)
            ends = [each["data_offsets"][1] for name, each in header.items() if name in result]
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise HeaderError("its header is damaged") from error
    whole = 8 + length + max(ends, default=0)
    if size < whole:
        raise HeaderError(f"it is cut off: {size:,} bytes of {whole:,}. Fetch it again")
    return result


def _pickled(path: Path) -> dict[str, Tensor]:
    """Tensors of a file that torch.save wrote; nothing in it is run."""
    try:
        with zipfile.ZipFile(path) as archive:
            inside = next(name for name in archive.namelist() if name.endswith("data.pkl"))
            with archive.open(inside) as file:
                result = _Names(file).load()
    except (zipfile.BadZipFile, StopIteration, pickle.UnpicklingError, EOFError) as error:
        raise HeaderError(f"it cannot be read as weights that torch saved ({error})") from error
    return {str(name): each for name, each in dict(result).items() if isinstance(each, Tensor)}


class _Names(pickle.Unpickler):
    """Reads names and shapes; every class in the file is replaced by one of ours, or refused."""

    def find_class(self, module: str, name: str) -> Any:
        if name.endswith("Storage"):
            return STORAGES.get(name, name)
        if name == "OrderedDict":
            return dict
        if name in ("_rebuild_tensor_v2", "_rebuild_parameter"):
            return _rebuilt
        raise pickle.UnpicklingError(f"it holds {module}.{name}, which weights do not")

    def persistent_load(self, pid: Any) -> Any:
        _, dtype, key, *_ = pid
        return str(dtype), str(key)


def _rebuilt(first: Any, *rest: Any) -> Tensor:
    """A tensor from its storage, offset and shape; a parameter is the tensor that it wraps."""
    if isinstance(first, Tensor):
        return first
    dtype, key = first
    offset, shape, *_ = rest
    return Tensor(dtype, tuple(shape), f"{key}:{offset}")
