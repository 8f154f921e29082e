"""What a program can see of the machine: the standard library and the packages it may import."""

from __future__ import annotations

import importlib.util
import os
import site
import sys
from dataclasses import dataclass

_SYSTEM_LIBRARIES = ("/lib", "/lib64", "/usr/lib", "/usr/lib64")


@dataclass(frozen=True)
class View:
    """Folders, none of them inside another one of the same kind."""

    libraries: list[str]
    """What Python needs to run and to load its extension modules."""
    standard: list[str]
    """Where the standard library is imported from."""
    hidden: list[str]
    """Installed packages inside those: a benchmark's own package holds its answers."""
    packages: list[str]
    """Packages that may be imported all the same, with their bundled libraries."""

    @property
    def everything(self) -> list[str]:
        return [*self.libraries, *self.packages]

    @property
    def import_path(self) -> list[str]:
        """What `sys.path` is for a program."""
        parents = {os.path.dirname(folder) for folder in self.packages}
        return [*self.standard, *sorted(parents)]


def look(packages: list[str]) -> View:
    """What programs see if they may import these packages.

    Raises:
        ModuleNotFoundError: one of them is not installed.
    """
    library = os.path.dirname(os.__file__)
    standard = [path for path in sys.path if path in (library, f"{library}/lib-dynload")]
    libraries = list(standard)
    if sys.base_prefix != "/usr":
        libraries.append(f"{sys.base_prefix}/lib")  # libpython, and what conda brings
    prefixes = [sys.base_prefix, sys.base_exec_prefix, "/usr", "/usr/local"]
    hidden = {*site.getsitepackages(prefixes), "/usr/lib/python3/dist-packages"}
    return View(
        libraries=_outermost([*libraries, *_SYSTEM_LIBRARIES]),
        standard=standard,
        hidden=_outermost(sorted(hidden)),
        packages=[folder for name in packages for folder in _folders(name)],
    )


def _folders(package: str) -> list[str]:
    found = importlib.util.find_spec(package)
    if found is None or not found.submodule_search_locations:
        raise ModuleNotFoundError(f"the package '{package}' is not installed")
    folder = found.submodule_search_locations[0]
    return [path for path in (folder, f"{folder}.libs") if os.path.isdir(path)]


def _outermost(paths: list[str]) -> list[str]:
    """Those that are folders and lie in no other."""
    there = sorted({path for path in paths if os.path.isdir(path)})
    return [p for p in there if not any(p != q and p.startswith(f"{q}/") for q in there)]
