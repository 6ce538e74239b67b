"""Where is the page that a paper fills?"""

from __future__ import annotations

from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, Template


def template(name: str) -> Template:
    """The page of that name beside this module; a blank that nobody fills is an error."""
    return _pages().get_template(name)


@cache
def _pages() -> Environment:
    return Environment(
        loader=PackageLoader("api", "papers"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
