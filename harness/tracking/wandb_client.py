"""The one module that speaks to the wandb package."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from harness.contracts.tracking import WandbConfig
from harness.errors import UserError
from harness.tracking.wandb_run import WandbRun
from harness.visible import visible, visible_data

QUIET = {
    "console": "off",
    "silent": True,
    "x_disable_stats": True,
    "x_disable_meta": True,
    "x_disable_machine_info": True,
    "x_save_requirements": False,
    "disable_git": True,
    "disable_code": True,
}
"""Neither our terminal nor this machine is W&B's business: records say what matters of both."""
STARTUP = 30.0
"""Seconds that W&B has to answer when a run is opened."""

Table = tuple[Sequence[str], Sequence[Sequence[Any]]]


class WandbClient:
    """Opens W&B runs, all files of which stay in one folder."""

    def __init__(self, config: WandbConfig, folder: Path) -> None:
        self._config = config
        self.folder = folder.resolve()
        self.folder.mkdir(parents=True, exist_ok=True)
        for name in ("DATA", "CACHE", "ARTIFACT"):
            os.environ[f"WANDB_{name}_DIR"] = str(self.folder / "wandb-files")
        os.environ["WANDB_SILENT"] = "true"
        os.environ.setdefault("WANDB_ERROR_REPORTING", "false")
        import wandb

        self._wandb = wandb

    def __enter__(self) -> WandbClient:
        return self

    def __exit__(self, *_: object) -> None:
        """Wait for W&B's own process to end: only then is all on disk that was finished."""
        self._wandb.teardown()

    def open(self, page: WandbRun) -> Any:
        """A W&B run with this page's id; what W&B held under it is overwritten.

        Raises:
            Exception: whatever wandb raises where it cannot.
        """
        settings = self._wandb.Settings(
            **QUIET, init_timeout=min(STARTUP, self._config.wait / 2), program="pte"
        )
        mode: Any = self._config.mode
        return self._wandb.init(
            project=self._config.project,
            entity=self._config.entity,
            mode=mode,
            dir=str(self.folder),
            id=page.id,
            name=visible(page.name),
            group=visible(page.group),
            job_type=visible(page.job_type),
            tags=visible_data(page.tags),
            config=visible_data(page.config),
            reinit="create_new",
            settings=settings,
        )

    def table(self, table: Table) -> Any:
        """A W&B table."""
        columns, rows = table
        return self._wandb.Table(
            columns=visible_data(columns), data=visible_data(rows), allow_mixed_types=True
        )

    def image(self, path: Path) -> Any:
        """A picture."""
        return self._wandb.Image(str(plain_file(path)))

    def html(self, path: Path) -> Any:
        """A page that is shown inside W&B."""
        text = plain_file(path).read_text(encoding="utf-8")
        return self._wandb.Html(text, inject=False)

    def keep(self, run: Any, name: str, kind: str, files: Mapping[str, Path]) -> None:
        """Files as an artifact; W&B makes a new version only where their content is new."""
        artifact = self._wandb.Artifact(name, type=kind)
        for inside, path in files.items():
            artifact.add_file(str(plain_file(path)), name=inside)
        run.log_artifact(artifact)

    def finish(self, run: Any, code: int = 0) -> None:
        """Flush the run and close it; of an offline run only this writing of it stays.

        Resume is ignored offline: each writing has a folder of its own, and two of them would be
        the same run twice.
        """
        run.finish(exit_code=code)
        if self._config.mode == "offline":
            written = Path(run.dir).parent
            for old in self.folder.glob(f"*wandb/offline-run-*-{run.id}"):
                if old.resolve() != written.resolve():
                    shutil.rmtree(old, ignore_errors=True)


def plain_file(path: Path) -> Path:
    """The path of a file that may be told: one that lies where it says, and no link to another.

    Raises:
        UserError: it is a link, or no file.
    """
    if path.is_symlink() or not path.is_file():
        raise UserError(f"{path} is no plain file of its folder, and is not told to W&B")
    return path
