"""Where is the pack of that name?"""

from importlib.resources import files
from importlib.resources.abc import Traversable


def find_pack(name: str) -> Traversable:
    """The folder of the pack `name`, whether or not it is there."""
    return files("models").joinpath(name)
