"""Where do the bundled examples lie, in a checkout and in an installed wheel?"""

from __future__ import annotations

from pathlib import Path

from riskengine.errors import NotFound

API = Path(__file__).parent
PLACES = (API / "examples", API.parent / "notebooks" / "data")
"""The wheel carries the examples inside this package; a checkout has them under notebooks/."""


def example_folder(name: str) -> Path:
    """The folder of the example `name`, as written on the command line (``chicago-food``).

    >>> (example_folder("chicago-food") / "mapping.yaml").name
    'mapping.yaml'
    """
    for place in PLACES:
        folder = place / name.replace("-", "_")
        if (folder / "mapping.yaml").is_file():
            return folder
    raise NotFound("not_found", kind="example", name=name)
