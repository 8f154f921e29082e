"""What things are known by: canonical descriptions of what determines a result, and their hashes.

An id is the hash of a description, and a description is written down, not derived: named fields in
alphabetical order, as canonical JSON, under a version. Names of classes and modules are not in it.
Which fields of our own classes are described stands in tables (`described.yaml`, one a package; see
`tables`), and what a field that came later implied before it was there. So a refactoring, or a new
field with a default, changes no id; another value, and another default, changes it.
"""

from harness.identity.code_origin import own_place
from harness.identity.describe import (
    VERSION,
    canonical,
    described_as,
    description,
    digest,
    identify,
)
from harness.identity.sources import source, sources

__all__ = [
    "VERSION",
    "canonical",
    "described_as",
    "description",
    "digest",
    "identify",
    "own_place",
    "source",
    "sources",
]
