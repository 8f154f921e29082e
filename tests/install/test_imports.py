"""A torch that does not import, in plain words: packages of that name that fail as real ones do."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from installer.imports import explain, trouble

PYTHON = Path(sys.executable)
CUDNN = "libcudnn.so.9: cannot open shared object file: No such file or directory"


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package named torch, found before any other: its __init__.py, to be written."""
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    (tmp_path / "torch").mkdir()
    return tmp_path / "torch" / "__init__.py"


def test_one_that_imports_is_no_trouble(fake: Path) -> None:
    fake.write_text("version = 1\n")
    assert trouble(PYTHON, "torch") is None
    wrong = trouble(PYTHON, "torch", "assert torch.version == 2, 'a CPU build'")
    assert wrong is not None
    assert "a CPU build" in wrong.words


def test_cuda_without_its_libraries_is_said(fake: Path) -> None:
    fake.write_text(f"raise ImportError({CUDNN!r})\n")
    wrong = trouble(PYTHON, "torch")
    assert wrong is not None
    assert wrong.lacks_cuda
    assert "for NVIDIA GPUs" in wrong.words
    assert "libcudnn.so.9" in wrong.words
    assert "pip install torch" in wrong.words


def test_a_system_library_is_another_matter(fake: Path) -> None:
    fake.write_text(f"raise OSError({CUDNN.replace('libcudnn.so.9', 'libgomp.so.1')!r})\n")
    wrong = trouble(PYTHON, "torch")
    assert wrong is not None
    assert not wrong.lacks_cuda
    assert "libgomp.so.1" in wrong.words
    fake.write_text(f"raise OSError({CUDNN.replace('libcudnn.so.9', 'libnuma.so.1')!r})\n")
    assert "libnuma1 on Debian" in str(trouble(PYTHON, "torch"))


def test_what_torch_needs_is_named(fake: Path) -> None:
    fake.write_text("import a_package_that_is_not_there\n")
    wrong = trouble(PYTHON, "torch")
    assert wrong is not None
    assert "torch needs a_package_that_is_not_there" in wrong.words
    assert wrong.absent


def test_an_absent_one_is_told_from_a_broken_one() -> None:
    wrong = trouble(PYTHON, "a_package_that_is_not_there")
    assert wrong is not None
    assert wrong.words.startswith("a_package_that_is_not_there is not installed")


def test_other_ends_have_their_words() -> None:
    assert "newer processor" in explain("torch", -4, "").words
    symbol = "ImportError: _C.so: undefined symbol: _ZN3c10\n"
    assert "make clean" in explain("vllm", 1, symbol).words
    assert "ValueError: odd" in explain("torch", 1, "Traceback\nValueError: odd\n").words


def test_an_old_python_gets_one_line(tmp_path: Path) -> None:
    program = Path(__file__).parents[2] / "requirements" / "install.py"
    old = f"import sys; sys.version_info = (3, 8, 10); exec(open({str(program)!r}).read())"
    done = subprocess.run([PYTHON, "-c", old], capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "is 3.8. Name another one: make demo PYTHON=" in done.stderr
