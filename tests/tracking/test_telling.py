"""One mirror works on a folder at a time; the others wait for their turn."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest

from harness.contracts.tracking import FOLDER, WandbConfig
from harness.tracking import upload
from harness.tracking.upload_log import only_one


def test_a_second_mirror_begins_when_the_first_has_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = only_one(tmp_path / FOLDER)
    assert first.__enter__()
    waited: list[float] = []
    message: list[Path] = []

    def pause(seconds: float) -> None:
        assert not message
        waited.append(seconds)
        if len(waited) == 3:
            first.__exit__(None, None, None)

    def tell(board: Any, folder: Path, *_: Any) -> dict[str, Any]:
        message.append(folder)
        with only_one(folder / FOLDER) as held:
            assert not held  # now the second one has it
        return {"left": 0, "trouble": ""}

    monkeypatch.setattr(upload, "WandbClient", lambda *_: nullcontext())
    monkeypatch.setattr(upload, "_upload_locked", tell)
    upload.upload(tmp_path, WandbConfig(interval=7.0), lambda: False, pause)
    assert message == [tmp_path]
    assert waited == [7.0] * 3
