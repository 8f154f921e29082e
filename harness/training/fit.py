"""Fitting: TRL's SFTTrainer over PEFT's adapters or all parameters, seeded, gone on with if killed.

One code path for the CPU and a GPU. Examples are rendered by the harness, so what is learned is
what engines are asked: TRL is given token ids and labels, and prepares nothing of its own.
"""

from __future__ import annotations

import csv
import io
import json
import math
import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from harness.contracts.recipe import Fit
from harness.contracts.tracking import WandbConfig
from harness.errors import UserError, require
from harness.files import replace_text
from harness.models.resolve import Resolved
from harness.training.examples import Encoded

EXTRA = "train"
LIBRARIES = ("torch", "transformers", "trl", "peft", "accelerate")
LAYERS = "all-linear"
"""Layers that an adapter changes: every linear one but the output layer (Dettmers et al. 2023,
section 4)."""
STATE = "trainer_state.json"
"""The file that a checkpoint is finished with."""


@dataclass(frozen=True)
class Fitted:
    """What came of a fit; the weights lie in the folder that was given."""

    tokens: int
    """Tokens that were trained on, over all epochs; no padding."""
    held_out_tokens: int
    """Tokens that were measured, over all measurements."""
    trained_parameters: int
    losses: Mapping[str, float | None]
    curve: str
    """Loss and held-out loss by step, as CSV."""


def check_installed() -> None:
    """Whether what fits is installed.

    Raises:
        UserError: names the extra.
    """
    for module in ("torch", "transformers", "trl", "peft", "datasets"):
        if find_spec(module) is None:
            require(module, EXTRA)


def fit_solutions(
    *,
    resolved: Resolved,
    declared: str,
    train: Sequence[Encoded],
    held_out: Sequence[Encoded],
    settings: Fit,
    work: Path,
    into: Path,
    tell: Callable[[str], None],
    tracking: WandbConfig | None = None,
) -> Fitted:
    """Teach a checkpoint to write the labelled tokens.

    Args:
        resolved: the rung, on this machine.
        declared: where its config says that its weights are.
        train: examples, at least one.
        held_out: examples that are measured after each epoch; may be none.
        settings: of the recipe.
        work: folder of checkpoints; one that is there already is gone on from.
        into: folder for what an engine loads.
        tell: is told how far it has come.
        tracking: where Weights & Biases is told of the curve; None tells nobody.

    Raises:
        UserError: a package is missing.
    """
    check_installed()
    torch, transformers = require("torch", EXTRA), require("transformers", EXTRA)
    trl, datasets = require("trl", EXTRA), require("datasets", EXTRA)
    transformers.utils.logging.disable_progress_bar()
    transformers.set_seed(settings.seed)
    spec = resolved.spec
    adapter = settings.trains_adapter(spec)
    model, dtype = _base(torch, transformers, resolved, adapter)
    tokenizer = transformers.AutoTokenizer.from_pretrained(
        spec.weights, trust_remote_code=spec.remote_code
    )
    if tokenizer.pad_token_id is None:
        tokenizer.add_special_tokens({"pad_token": tokenizer.eos_token})
    arguments = trl.SFTConfig(
        dataset_kwargs={"skip_prepare_dataset": True},
        max_length=None,
        **_arguments(
            settings,
            rate=settings.rate_of(spec),
            rows=len(train),
            measured=bool(held_out),
            work=work,
            tracking=tracking,
        ),
    )
    _on_one_device(arguments)
    trainer = trl.SFTTrainer(
        model=model,
        args=arguments,
        train_dataset=_rows(datasets, train),
        eval_dataset=_rows(datasets, held_out) if held_out else None,
        processing_class=tokenizer,
        peft_config=_lora(settings) if adapter else None,
        callbacks=[_teller(transformers, tell)],
    )
    trainer.remove_callback(transformers.PrinterCallback)
    trained = sum(p.numel() for p in trainer.model.parameters() if p.requires_grad)
    trainer.train(resume_from_checkpoint=whole_checkpoint(work))
    if adapter:
        _save_adapter(trainer.model, into, declared)
    else:
        into.mkdir(parents=True, exist_ok=True)
        trainer.model.to(dtype).save_pretrained(into)
        tokenizer.save_pretrained(into)
    history = trainer.state.log_history
    measured = sum("eval_loss" in each for each in history)
    return Fitted(
        tokens=settings.epochs * sum(len(each.ids) for each in train),
        held_out_tokens=measured * sum(len(each.ids) for each in held_out),
        trained_parameters=trained,
        losses={"train": _last(history, "loss"), "held_out": _last(history, "eval_loss")},
        curve=_curve(history),
    )


def versions() -> dict[str, str]:
    """Versions of the libraries that fit, by name."""
    found = {}
    for name in LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "absent"
    return found


def whole_checkpoint(work: Path) -> str | None:
    """The last checkpoint that was written whole; what a kill left half of is removed."""
    found: list[tuple[int, Path]] = []
    for folder in work.glob("checkpoint-*"):
        try:
            found.append((int(json.loads((folder / STATE).read_text())["global_step"]), folder))
        except (OSError, ValueError, KeyError):
            shutil.rmtree(folder, ignore_errors=True)
    return str(max(found)[1]) if found else None


def _base(torch: Any, transformers: Any, resolved: Resolved, adapter: bool) -> tuple[Any, Any]:
    """The model to train, and the number format that it is kept in.

    What is trained is float32: a step of 1e-5 is lost in the eight bits of bfloat16. Weights that
    stay as they are beside an adapter, which is float32, are as they were declared on a GPU.
    """
    spec = resolved.spec
    if spec.remote_code:
        raise UserError(f"{spec.name} brings code of its own, and such models are not trained here")
    frozen = adapter and torch.cuda.is_available()
    model = transformers.AutoModelForCausalLM.from_pretrained(
        spec.weights,
        dtype="auto" if frozen else torch.float32,
        use_safetensors=None if spec.pickled_weights else True,
    )
    declared = transformers.AutoConfig.from_pretrained(spec.weights).dtype
    return model, declared if isinstance(declared, torch.dtype) else model.dtype


def _on_one_device(arguments: Any) -> None:
    """Have one GPU of those that are visible: on more a step would hold so many times the batch."""
    if arguments.device is not None and arguments.n_gpu > 1:  # the device is what counts them
        arguments._n_gpu = 1


def _lora(settings: Fit) -> Any:
    peft = require("peft", EXTRA)
    return peft.LoraConfig(
        r=settings.rank,
        lora_alpha=2 * settings.rank,
        lora_dropout=0.0,
        target_modules=LAYERS,
        task_type="CAUSAL_LM",
    )


def _arguments(
    settings: Fit,
    *,
    rate: float,
    rows: int,
    measured: bool,
    work: Path,
    tracking: WandbConfig | None,
) -> dict[str, Any]:
    torch = require("torch", EXTRA)
    steps = settings.epochs * math.ceil(rows / settings.batch)
    tell_wandb = tracking is not None and tracking.mode != "disabled"
    if tracking is not None and tell_wandb:
        os.environ.setdefault("WANDB_PROJECT", tracking.project)
        os.environ.setdefault("WANDB_MODE", tracking.mode)
        os.environ.setdefault("WANDB_DIR", str(tracking.dir_of(work)))
        if tracking.entity:
            os.environ.setdefault("WANDB_ENTITY", tracking.entity)
    return {
        "output_dir": str(work),
        "num_train_epochs": settings.epochs,
        "per_device_train_batch_size": settings.batch,
        "per_device_eval_batch_size": settings.batch,
        "learning_rate": rate,
        "lr_scheduler_type": "cosine",
        "warmup_steps": max(1, steps // 20),
        "weight_decay": 0.0,
        "max_grad_norm": 1.0,
        "seed": settings.seed,
        "data_seed": settings.seed,
        "save_strategy": "steps",
        "save_steps": settings.checkpoint,
        "save_total_limit": 2,
        # Each step is logged, and what is held out is measured before a checkpoint of the same step
        # is written: so a fit that is gone on from has the curve of one that was never stopped.
        "logging_steps": 1,
        "eval_strategy": "steps" if measured else "no",
        "eval_steps": math.ceil(rows / settings.batch),
        "report_to": ["wandb"] if tell_wandb else [],
        "run_name": f"train-{work.parent.name}",
        "disable_tqdm": True,
        "use_cpu": not torch.cuda.is_available(),
        "bf16": torch.cuda.is_available(),
        "gradient_checkpointing": torch.cuda.is_available(),
        "dataloader_pin_memory": False,
    }


def _rows(datasets: Any, examples: Sequence[Encoded]) -> Any:
    return datasets.Dataset.from_list(
        [{"input_ids": each.ids, "labels": each.labels} for each in examples]
    )


def _teller(transformers: Any, tell: Callable[[str], None]) -> Any:
    def heard(_self: Any, _args: Any, state: Any, _control: Any, logs: Any, **_: Any) -> None:
        loss = logs.get("loss", logs.get("eval_loss"))
        seldom = max(1, state.max_steps // 50)
        if loss is not None and ("loss" not in logs or state.global_step % seldom == 0):
            kind = "loss" if "loss" in logs else "held-out loss"
            tell(f"step {state.global_step} of {state.max_steps}, {kind} {float(loss):.4f}")

    return type("Teller", (transformers.TrainerCallback,), {"on_log": heard})()


def _save_adapter(model: Any, into: Path, declared: str) -> None:
    model.save_pretrained(into)
    (into / "README.md").unlink(missing_ok=True)
    config = into / "adapter_config.json"
    said = json.loads(config.read_text())
    # Where the base lay on this machine says nothing elsewhere, and would be part of the content.
    said["base_model_name_or_path"] = declared
    if isinstance(said.get("target_modules"), list):
        said["target_modules"] = sorted(said["target_modules"])  # a set, in any order
    replace_text(config, json.dumps(said, indent=1, sort_keys=True) + "\n")


def _last(history: Sequence[Mapping[str, Any]], name: str) -> float | None:
    values = [float(each[name]) for each in history if name in each]
    return values[-1] if values else None


def _curve(history: Sequence[Mapping[str, Any]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("step", "epoch", "loss", "held_out_loss", "learning_rate"))
    for each in history:
        if "loss" in each or "eval_loss" in each:
            row = (each["step"], each["epoch"], each.get("loss"), each.get("eval_loss"))
            writer.writerow((*row, each.get("learning_rate")))
    return text.getvalue()
