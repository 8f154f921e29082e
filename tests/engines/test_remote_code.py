"""A checkpoint runs nothing when it is loaded, unless its config says so by name."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from harness.engines.remote_code import load_format, own_code
from harness.errors import UserError
from harness.identity import description
from harness.models.resolve import adapter_identity, pin
from harness.models.spec import Adapter
from tests.toys import toy_model


def test_pickles_are_read_only_where_it_is_said(tmp_path: Path) -> None:
    model = toy_model(tmp_path)
    assert load_format(model) == "safetensors"
    assert load_format(replace(model, pickled_weights=True)) == "auto"


def test_code_that_is_run_is_a_part_of_what_draws_are_known_by(tmp_path: Path) -> None:
    model = toy_model(tmp_path)
    trusted = replace(model, remote_code=True)
    before, plain = pin(trusted), pin(model)
    assert plain != before
    assert before.endswith("#code")
    (tmp_path / "modeling_own.py").write_text("print('here')")
    assert pin(model) == plain
    assert pin(trusted) not in (plain, before)
    assert description(trusted) != description(model)
    assert description(replace(model, pickled_weights=True)) == description(model)


def test_what_needs_its_own_code_names_the_setting(tmp_path: Path) -> None:
    model = toy_model(tmp_path)
    with (
        pytest.raises(UserError, match=r"model\.toy_model\.remote_code=true"),
        own_code(model),
    ):
        raise ValueError("Please pass the argument `trust_remote_code=True`")
    with pytest.raises(ValueError, match="another"), own_code(model):
        raise ValueError("another thing")


@pytest.mark.parametrize("name", ["adapter_model.bin", "adapter_model.pt"])
def test_an_adapter_of_pickles_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "adapter_config.json").write_text("{}")
    (tmp_path / name).write_bytes(b"")
    with pytest.raises(UserError, match="pickles"):
        adapter_identity(Adapter("mine", str(tmp_path)))
    (tmp_path / "adapter_model.safetensors").write_bytes(b"")
    assert adapter_identity(Adapter("mine", str(tmp_path))).startswith("sha256:")
