"""What a program can see of the machine: the standard library and the packages it may import."""

from __future__ import annotations

import glob
import importlib.util
import os
import sys
from dataclasses import dataclass

_SYSTEM_LIBRARIES = ("/lib", "/lib64", "/usr/lib", "/usr/lib64")
_ZONES = ("/usr/share/zoneinfo", "/usr/share/lib/zoneinfo", "/etc/zoneinfo")
"""Where `zoneinfo` looks, beside the package tzdata and what is a library's folder already."""


@dataclass(frozen=True)
class FileView:
    """Folders, none of them inside another one of the same kind."""

    libraries: list[str]
    """What Python needs to run and to load its extension modules."""
    standard: list[str]
    """Folders from which the standard library is imported."""
    hidden: list[str]
    """Installed packages inside those: a benchmark's own package holds its answers."""
    packages: list[str]
    """Packages that may be imported all the same, with their bundled libraries."""

    @property
    def everything(self) -> list[str]:
        return [*self.libraries, *self.packages]

    def without_hidden(self) -> tuple[list[str], list[str]]:
        """Paths that may be read whole, and folders on the way to them that may be listed.

        For Landlock, whose rules can only add: a folder that holds hidden ones is taken apart.
        """
        whole: list[str] = [*map(os.path.realpath, self.packages)]
        listed: list[str] = []
        left = _outermost([os.path.realpath(path) for path in self.libraries])
        hidden = {os.path.realpath(path) for path in self.hidden}
        while left:
            path = left.pop()
            if path in hidden:
                continue
            if any(inner.startswith(f"{path}/") for inner in hidden):
                listed.append(path)
                left += [os.path.join(path, name) for name in os.listdir(path)]
            else:
                whole.append(path)
        return whole, listed

    @property
    def import_path(self) -> list[str]:
        """What `sys.path` is for a program."""
        parents = {os.path.dirname(folder) for folder in self.packages}
        return [*self.standard, *sorted(parents)]


def look(packages: list[str], if_there: list[str]) -> FileView:
    """What programs see if they may import these packages, some of them if they are installed.

    Raises:
        ModuleNotFoundError: one of the others is not installed.
    """
    library = os.path.dirname(os.__file__)
    standard = [path for path in sys.path if path in (library, f"{library}/lib-dynload")]
    libraries = list(standard)
    if sys.base_prefix != "/usr":
        libraries.append(f"{sys.base_prefix}/lib")  # libpython, and what conda brings
    prefixes = {sys.base_prefix, sys.base_exec_prefix, "/usr"}
    # By their names in every such place: `site` names other ones where a distribution patched it.
    hidden = {p for prefix in prefixes for p in glob.glob(f"{prefix}/lib*/python*/*-packages")}
    return FileView(
        libraries=_outermost([*libraries, *_SYSTEM_LIBRARIES, *_ZONES]),
        standard=standard,
        hidden=_outermost(sorted(hidden)),
        packages=[
            folder
            for name in (*packages, *if_there)
            for folder in _folders(name, optional=name in if_there)
        ],
    )


def _folders(package: str, optional: bool) -> list[str]:
    result = importlib.util.find_spec(package)
    if result is None or not result.submodule_search_locations:
        if optional:
            return []
        raise ModuleNotFoundError(f"the package '{package}' is not installed")
    folder = result.submodule_search_locations[0]
    return [path for path in (folder, f"{folder}.libs") if os.path.isdir(path)]


def _outermost(paths: list[str]) -> list[str]:
    """Those that are folders and lie in no other."""
    there = sorted({path for path in paths if os.path.isdir(path)})
    return [p for p in there if not any(p != q and p.startswith(f"{q}/") for q in there)]
