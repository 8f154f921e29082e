"""What a folder's files say, and what is said of folders that hold no whole checkpoint."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from harness.models.facts import facts_of_folder, has_template
from harness.models.inspection import facts_in_folder
from tests.checkpoints import PARAMETERS, checkpoint, sharded


def faults(folder: Path) -> str:
    return "; ".join(facts_of_folder(folder).faults)


class TestWhole:
    def test_everything_is_read(self, tmp_path: Path) -> None:
        result = facts_of_folder(checkpoint(tmp_path, "bfloat16", template="{{ messages }}"))
        assert result.faults == ()
        assert result.described() == {
            "architecture": "LlamaForCausalLM",
            "parameters": PARAMETERS,
            "bytes": 2 * PARAMETERS,
            "dtype": "bfloat16",
            "quantisation": None,
            "context_window": 64,
            "vocabulary": 10,
            "tokenizer_ids": 10,
            "chat_template": True,
            "thinking": "never",
        }

    def test_shards_are_added_up(self, tmp_path: Path) -> None:
        assert facts_of_folder(sharded(tmp_path, 3)).parameters == PARAMETERS

    def test_an_index_decides_which_files_count(self, tmp_path: Path) -> None:
        folder = sharded(tmp_path)
        shutil.copy(
            folder / "model-00001-of-00002.safetensors", folder / "consolidated.safetensors"
        )
        assert facts_of_folder(folder).parameters == PARAMETERS

    def test_no_model_is_loaded_and_no_torch(self, tmp_path: Path) -> None:
        import subprocess
        import sys

        program = (
            "import sys; from pathlib import Path; from harness.models import facts; "
            f"found = facts.facts_of_folder(Path({str(checkpoint(tmp_path))!r})); "
            f"assert found.parameters == {PARAMETERS}; "
            "assert not {'torch', 'transformers', 'safetensors', 'numpy'} & set(sys.modules)"
        )
        subprocess.run([sys.executable, "-c", program], check=True)

    def test_a_folder_is_read_again_only_where_it_changed(self, tmp_path: Path) -> None:
        folder = checkpoint(tmp_path)
        assert facts_in_folder(folder) is facts_in_folder(folder)
        (folder / "chat_template.jinja").write_text("{{ messages }}")
        assert facts_in_folder(folder).template

    def test_torchs_pickles_are_read_too(self, tmp_path: Path) -> None:
        torch = pytest.importorskip("torch")
        folder = checkpoint(tmp_path)
        (folder / "model.safetensors").unlink()
        torch.save({"model.norm.weight": torch.zeros(8)}, folder / "pytorch_model.bin")
        torch.save({"lr": 1.0}, folder / "training_args.bin")
        result = facts_of_folder(folder)
        assert (result.parameters, result.pickled, result.faults) == (8, True, ())

    @pytest.mark.parametrize(
        ("file", "content"),
        [
            ("chat_template.jinja", "{{ messages }}"),
            ("chat_template.json", json.dumps({"chat_template": "{{ messages }}"})),
            ("tokenizer_config.json", json.dumps({"chat_template": "{{ messages }}"})),
            (
                "tokenizer_config.json",
                json.dumps({"chat_template": [{"name": "default", "template": "{{ messages }}"}]}),
            ),
        ],
    )
    def test_a_chat_template_is_found_wherever_it_may_be(
        self, tmp_path: Path, file: str, content: str
    ) -> None:
        folder = checkpoint(tmp_path)
        assert not has_template(folder)
        (folder / file).write_text(content)
        assert has_template(folder)


class TestNotWhole:
    def test_an_empty_folder(self, tmp_path: Path) -> None:
        assert "no checkpoint: it has no config.json" in faults(tmp_path)

    def test_no_config(self, tmp_path: Path) -> None:
        (checkpoint(tmp_path) / "config.json").unlink()
        assert faults(tmp_path) == "it has no config.json"

    def test_a_damaged_config(self, tmp_path: Path) -> None:
        (checkpoint(tmp_path) / "config.json").write_text("{")
        assert "config.json cannot be read" in faults(tmp_path)

    def test_no_weights(self, tmp_path: Path) -> None:
        (checkpoint(tmp_path) / "model.safetensors").unlink()
        assert "it has no weights" in faults(tmp_path)

    def test_no_tokenizer(self, tmp_path: Path) -> None:
        (checkpoint(tmp_path) / "tokenizer.json").unlink()
        assert "it has no tokenizer" in faults(tmp_path)

    def test_missing_shards_are_named(self, tmp_path: Path) -> None:
        (sharded(tmp_path, 3) / "model-00002-of-00003.safetensors").unlink()
        message = faults(tmp_path)
        assert "1 of the 3 files that model.safetensors.index.json names are absent" in message
        assert "model-00002-of-00003.safetensors" in message

    def test_missing_shards_are_seen_without_an_index_too(self, tmp_path: Path) -> None:
        folder = sharded(tmp_path, 3)
        (folder / "model.safetensors.index.json").unlink()
        assert facts_of_folder(folder).parameters == PARAMETERS
        (folder / "model-00002-of-00003.safetensors").unlink()
        message = faults(folder)
        assert "1 of 3 files of weights are absent: model-00002-of-00003" in message

    def test_an_index_of_shards_is_no_matter_where_the_whole_is_there(self, tmp_path: Path) -> None:
        sharded(tmp_path)
        for path in tmp_path.glob("model-*.safetensors"):
            path.unlink()
        result = facts_of_folder(checkpoint(tmp_path))
        assert (result.faults, result.parameters) == ((), PARAMETERS)

    @pytest.mark.parametrize(
        "content", ["[]", '{"model": []}', '{"model": {"vocab": 3}, "added_tokens": [{}]}', "{", ""]
    )
    def test_a_strange_tokenizer_says_nothing(self, tmp_path: Path, content: str) -> None:
        (checkpoint(tmp_path) / "tokenizer.json").write_text(content)
        assert facts_of_folder(tmp_path).tokens is None

    def test_a_shard_that_is_cut_off_is_named(self, tmp_path: Path) -> None:
        path = sharded(tmp_path) / "model-00002-of-00002.safetensors"
        path.write_bytes(path.read_bytes()[:-4])
        assert "model-00002-of-00002.safetensors: it is cut off" in faults(tmp_path)

    def test_an_adapter_names_its_base(self, tmp_path: Path) -> None:
        (tmp_path / "adapter_config.json").write_text(
            json.dumps({"base_model_name_or_path": "maker/base"})
        )
        (tmp_path / "adapter_model.safetensors").touch()
        message = faults(tmp_path)
        assert "an adapter of maker/base and no model" in message
        assert f"pte.lora_adapter.path={tmp_path}" in message

    def test_a_gguf_file_alone(self, tmp_path: Path) -> None:
        (tmp_path / "model.Q4.gguf").write_bytes(b"GGUF")
        assert "holds model.Q4.gguf" in faults(tmp_path)
