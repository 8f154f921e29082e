"""Headers of weights: what is read of them, and what is said of files that are none."""

from __future__ import annotations

import pickle
import zipfile
from collections import OrderedDict
from pathlib import Path

import pytest

from harness.models.tensors import HeaderError, Tensor, tensors_of
from tests.checkpoints import tensors, write_safetensors


class TestSafetensors:
    def test_names_formats_and_shapes_are_read(self, tmp_path: Path) -> None:
        content = tensors("bfloat16") | {"mask": Tensor("bool", (1, 1, 4, 4))}
        write_safetensors(tmp_path / "model.safetensors", content)
        assert tensors_of(tmp_path / "model.safetensors") == content

    def test_they_are_what_the_formats_own_writer_writes(self, tmp_path: Path) -> None:
        numpy = pytest.importorskip("numpy")
        writer = pytest.importorskip("safetensors.numpy")
        arrays = {"one": numpy.zeros((2, 3), "float32"), "two": numpy.zeros(5, "float16")}
        writer.save_file(arrays, tmp_path / "model.safetensors")
        assert tensors_of(tmp_path / "model.safetensors") == {
            "one": Tensor("float32", (2, 3)),
            "two": Tensor("float16", (5,)),
        }

    def test_a_file_that_is_cut_off_is_told_by_its_size(self, tmp_path: Path) -> None:
        path = tmp_path / "model.safetensors"
        write_safetensors(path, tensors())
        whole = path.stat().st_size
        with path.open("r+b") as file:
            file.truncate(whole - 5)
        with pytest.raises(HeaderError, match=rf"cut off: {whole - 5:,} bytes of {whole:,}"):
            tensors_of(path)

    @pytest.mark.parametrize("content", [b"", b"words, not weights", b"\x05\0\0\0\0\0\0\0[1,2]"])
    def test_other_files_are_refused(self, tmp_path: Path, content: bytes) -> None:
        path = tmp_path / "model.safetensors"
        path.write_bytes(content)
        with pytest.raises(HeaderError):
            tensors_of(path)

    def test_a_note_of_git_lfs_is_told_apart(self, tmp_path: Path) -> None:
        path = tmp_path / "model.safetensors"
        path.write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n")
        with pytest.raises(HeaderError, match="git lfs pull"):
            tensors_of(path)


class TestPickled:
    def test_what_torch_saved_is_read_without_torch(self, tmp_path: Path) -> None:
        torch = pytest.importorskip("torch")
        embedding = torch.zeros(3, 4, dtype=torch.bfloat16)
        state = OrderedDict(one=embedding, tied=embedding, two=torch.zeros(7))
        state["parameter"] = torch.nn.Parameter(torch.zeros(2, 2, dtype=torch.float16))
        torch.save(state, tmp_path / "pytorch_model.bin")
        result = tensors_of(tmp_path / "pytorch_model.bin")
        assert {name: (each.dtype, each.shape) for name, each in result.items()} == {
            "one": ("bfloat16", (3, 4)),
            "tied": ("bfloat16", (3, 4)),
            "two": ("float32", (7,)),
            "parameter": ("float16", (2, 2)),
        }
        assert result["one"].storage == result["tied"].storage != result["two"].storage

    def test_nothing_that_a_file_holds_is_run(self, tmp_path: Path) -> None:
        marker = tmp_path / "ran"

        class Harmful:
            def __reduce__(self) -> tuple[object, ...]:
                return (Path.touch, (marker,))

        with zipfile.ZipFile(tmp_path / "pytorch_model.bin", "w") as archive:
            archive.writestr("model/data.pkl", pickle.dumps({"one": Harmful()}))
        with pytest.raises(HeaderError, match="which weights do not"):
            tensors_of(tmp_path / "pytorch_model.bin")
        assert not marker.exists()

    def test_other_files_are_refused(self, tmp_path: Path) -> None:
        path = tmp_path / "pytorch_model.bin"
        path.write_bytes(b"words, not weights")
        with pytest.raises(HeaderError, match="torch saved"):
            tensors_of(path)
