"""How often the kernel has killed processes of this job because its memory was used up."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

_GROUPS = Path("/proc/self/cgroup")
_MOUNT = Path("/sys/fs/cgroup")


def memory_kills(groups: Path = _GROUPS, mount: Path = _MOUNT) -> int:
    """Kills for want of memory in this process's control group, as Slurm and containers have one a
    job; 0 where the kernel does not tell.

    Args:
        groups: the file that names this process's groups.
        mount: where their files lie.
    """
    try:
        lines = groups.read_text().splitlines()
    except OSError:
        return 0
    most = 0
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if not controllers:
            most = max(most, _counted(mount, path, "memory.events"))
        elif "memory" in controllers.split(","):
            most = max(most, _counted(mount / "memory", path, "memory.oom_control"))
    return most


def _counted(mount: Path, path: str, file: str) -> int:
    """The count in the group's file, or in that of the nearest group above that can be read."""
    group = PurePosixPath(path)
    for each in (group, *group.parents):
        try:
            text = (mount / str(each).lstrip("/") / file).read_text()
        except OSError:
            continue
        counts = dict(line.split() for line in text.splitlines() if len(line.split()) == 2)
        return int(counts.get("oom_kill", 0))
    return 0
