"""Which published rule holds on a date, and who says so?

A pack is a folder of YAML files (models/README.md). A parameter is a mapping with ``unit``,
``values`` (date → value) and ``because`` (the same dates → citation); `Policy.on(date)` takes the
newest value not after the date and returns a frozen, typed `PolicyView`. Everything else in a
pack is structure and titles.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, get_type_hints

from models import find_pack
from riskengine.digest import digest
from riskengine.errors import NotFound, NotInForce, PolicyError, UnknownParameter
from riskengine.pack import (
    Because,
    Leaf,
    build,
    day_in_force,
    file_of,
    from_unit,
    known_keys,
    leaves,
    read_yaml,
    resolve,
    tree_of,
)
from riskengine.rules import (
    CalendarRules,
    Case,
    FeatureRules,
    GapRules,
    Grade,
    GradeRules,
    Group,
    Item,
    Measure,
    PackInfo,
    Peak,
    PolicyView,
    RateRules,
    RatioRules,
    RosterRules,
    Scorecard,
    SignedChallenger,
    Title,
    Veto,
)
from riskengine.signed import SignedCard, in_force, signed_cards, signed_challengers
from riskengine.soundness import check_view

__all__ = [
    "Because",
    "CalendarRules",
    "Case",
    "FeatureRules",
    "GapRules",
    "Grade",
    "GradeRules",
    "Group",
    "Item",
    "Leaf",
    "Measure",
    "PackInfo",
    "Peak",
    "Policy",
    "PolicyView",
    "RateRules",
    "RatioRules",
    "RosterRules",
    "Scorecard",
    "Title",
    "Veto",
    "expand_ladder",
    "read_cases",
    "read_policy",
]

NOT_A_FILE = {"on", "digest", "challenger"}
FILES = tuple(field.name for field in fields(PolicyView) if field.name not in NOT_A_FILE)
PACK_KEYS = (*(field.name for field in fields(PackInfo)), "fitted", "challenger")


@dataclass(frozen=True, slots=True)
class Policy:
    """A pack over all its dates: mappings, lists and texts with a `Leaf` for every parameter.

    cards
        Fitted cards the pack names, oldest first: each takes the place of the pack's own
        scorecard and cut points from its day on.
    challengers
        Challengers the pack names, oldest first: each ranks visits inside a grade from its day on.
    """

    tree: dict[str, Any]
    cards: tuple[SignedCard, ...] = ()
    challengers: tuple[SignedChallenger, ...] = ()

    @property
    def parameters(self) -> dict[str, Leaf]:
        """Dotted name → parameter, in the order of the files, with the newest card."""
        return dict(leaves(self.tree_on(None), ""))

    def card_on(self, date: dt.date | None) -> SignedCard | None:
        """The fitted card in force on a date, or lastly; None where the pack's own card is."""
        return in_force(self.cards, date)

    def tree_on(self, date: dt.date | None) -> dict[str, Any]:
        """The tree with the card that is in force on a date, or lastly."""
        card = self.card_on(date)
        if card is None:
            return self.tree
        grades = {**self.tree["grades"], **card.tree["grades"]}
        return {**self.tree, "scorecard": card.tree["scorecard"], "grades": grades}

    def on(self, date: dt.date) -> PolicyView:
        """The rules in force on `date`, checked against each other.

        Their digest names the challenger too: who froze a list cannot change it after the draw.
        """
        hints = get_type_hints(PolicyView)
        tree = self.tree_on(date)
        plain = {name: resolve(tree[name], date, name) for name in FILES}
        plain["scorecard"] = _with_bins(plain["scorecard"])
        rules = {name: build(hints[name], plain[name], name) for name in FILES}
        ranker = in_force(self.challengers, date)
        named = rules | ({"challenger": ranker.digest} if ranker else {})
        view = PolicyView(on=date, digest=digest(named), challenger=ranker, **rules)
        check_view(view)
        return view

    def why(self, name: str, *, on: dt.date | None = None) -> Because:
        """Who says so: the citation of a parameter, or of the parameter a value is part of.

        on
            Date of the value; without it the newest.
        """
        path, leaf, inside = _find(self.tree_on(on), name)
        day = max(leaf.values) if on is None else day_in_force(leaf, on, path)
        _check_part(leaf.values[day], inside, name)
        return leaf.because[day]

    def overlay(self, changes: Mapping[str, Any]) -> Policy:
        """The same pack with other values on all its dates: a what-if, and it says so.

        changes
            Dotted name → value; a name may reach into a table (``rates.yearly_permille.D``).
        """
        parts = [self.tree, *(card.tree for card in self.cards)]
        for name, value in changes.items():
            if not any(_knows(part, name) for part in parts):
                raise UnknownParameter("policy_no_parameter", path=name)
            parts = [_put_assumed(p, name, value) if _knows(p, name) else p for p in parts]
        tree, *of_cards = parts
        cards = zip(self.cards, of_cards, strict=True)
        changed_cards = tuple(replace(card, tree=changed) for card, changed in cards)
        policy = replace(self, tree=tree, cards=changed_cards)
        _check_every_date(policy)
        return policy


def read_policy(name_or_folder: str | Path) -> Policy:
    """Read a pack by its name under models/, or from a folder, and check it on all its dates."""
    folder = folder_of_pack(name_or_folder)
    files = {name: read_yaml(folder, f"{name}.yaml") for name in FILES}
    pack = files["pack"] if isinstance(files["pack"], dict) else {}
    known_keys(pack, PACK_KEYS, "pack")
    cards, challengers = pack.pop("fitted", None), pack.pop("challenger", None)
    tree = {name: tree_of(content, name) for name, content in files.items()}
    policy = Policy(tree, signed_cards(cards, folder), signed_challengers(challengers, folder))
    _check_every_date(policy)
    return policy


def read_cases(name_or_folder: str | Path) -> tuple[Case, ...]:
    """The worked cases of a pack: what the rules mean for an enterprise with these facts."""
    cases = read_yaml(folder_of_pack(name_or_folder), "cases.yaml")
    typed: tuple[Case, ...] = build(tuple[Case, ...], cases, "cases")
    return typed


def expand_ladder(step: int, points: int, cap: int) -> list[list[int]]:
    """Bins of "each `step` more: `points` fewer, `cap` at most".

    >>> expand_ladder(10, 4, 10)
    [[0, 0], [10, -4], [20, -8], [30, -10]]
    """
    rungs = -(-cap // points)
    return [[rung * step, -min(rung * points, cap)] for rung in range(rungs + 1)]


@dataclass(frozen=True, slots=True)
class _Ladder:
    """A deduction that grows by the step, as laws print it."""

    step: int
    points: int
    cap: int


def folder_of_pack(name_or_folder: str | Path) -> Path | Traversable:
    """The folder of a pack, by its name under models/ or as it is."""
    folder: Path | Traversable = Path(name_or_folder)
    if isinstance(name_or_folder, str) and find_pack(name_or_folder).is_dir():
        folder = find_pack(name_or_folder)
    if not folder.is_dir():
        raise NotFound("policy_no_pack", name=name_or_folder)
    is_formula = folder.joinpath("formula.yaml").is_file()
    if is_formula and not folder.joinpath("pack.yaml").is_file():
        raise PolicyError("policy_is_formula", name=name_or_folder)
    return folder


def _check_every_date(policy: Policy) -> None:
    """Build the rules of every date on which something changes, so that a flaw shows at once."""
    trees = [policy.tree, *(policy.tree_on(card.since) for card in policy.cards)]
    days = {day for tree in trees for _, leaf in leaves(tree, "") for day in leaf.values}
    days |= {day for card in policy.cards for day in (card.since, card.until) if day}
    held, last = 0, NotInForce("policy_empty")
    for day in sorted(days):
        try:
            policy.on(day)
            held += 1
        except NotInForce as error:
            last = error
    if not held:
        raise last


def _with_bins(card: dict[str, Any]) -> dict[str, Any]:
    """The scorecard with each item's ``points`` table spread into bins and missing points."""
    items = card.get("items")
    if not isinstance(items, dict):
        return card
    return {**card, "items": {name: _with_item_bins(item, name) for name, item in items.items()}}


def _with_item_bins(item: Any, name: str) -> Any:
    path = f"scorecard.items.{name}.points"
    if not isinstance(item, dict) or not isinstance(item.get("points"), dict):
        raise UnknownParameter("policy_missing", file=file_of(path), path=path)
    table = dict(item["points"])
    if "ladder" in table:
        ladder = build(_Ladder, table.pop("ladder"), f"{path}.ladder")
        if min(ladder.step, ladder.points) <= 0 or ladder.cap < 0:
            raise PolicyError("policy_ladder", path=path)
        table["bins"] = expand_ladder(ladder.step, ladder.points, ladder.cap)
    known_keys(table, {"bins", "missing_points"}, path)
    return {**{key: value for key, value in item.items() if key != "points"}, **table}


def _find(tree: dict[str, Any], name: str) -> tuple[str, Leaf, list[str]]:
    """The path of the leaf that `name` is or lies in, the leaf, and the keys inside its table."""
    keys = name.split(".")
    node: Any = tree
    for depth, key in enumerate(keys):
        if isinstance(node, Leaf):
            return ".".join(keys[:depth]), node, keys[depth:]
        if not isinstance(node, dict) or key not in node:
            raise UnknownParameter("policy_no_parameter", path=name)
        node = node[key]
    if not isinstance(node, Leaf):
        raise UnknownParameter("policy_no_parameter", path=name)
    return name, node, []


def _knows(tree: dict[str, Any], name: str) -> bool:
    """Is there a parameter of that name, or one that it lies in?"""
    try:
        _find(tree, name)
    except UnknownParameter:
        return False
    return True


def _check_part(table: Any, inside: list[str], name: str) -> None:
    for key in inside:
        if not isinstance(table, Mapping) or key not in table:
            raise UnknownParameter("policy_no_parameter", path=name)
        table = table[key]


def _put_assumed(tree: dict[str, Any], name: str, value: Any) -> dict[str, Any]:
    path, leaf, inside = _find(tree, name)
    return _put(tree, path.split("."), _assumed(leaf, inside, value, name))


def _assumed(leaf: Leaf, inside: list[str], value: Any, name: str) -> Leaf:
    """The leaf with `value` at `inside` of its table, on all its dates, cited as an assumption."""
    values = {
        day: old if inside and old is None else _changed(old, inside, value, leaf.unit, name)
        for day, old in leaf.values.items()
    }
    because = {
        day: Because("house", "假设 / what-if", name, "", leaf.unit, day) for day in leaf.values
    }
    return replace(leaf, values=values, because=because)


def _changed(old: Any, inside: list[str], value: Any, unit: str, name: str) -> Any:
    if not inside:
        return from_unit(value, unit)
    if not isinstance(old, Mapping) or (len(inside) > 1 and inside[0] not in old):
        raise UnknownParameter("policy_no_parameter", path=name)
    return {**old, inside[0]: _changed(old.get(inside[0]), inside[1:], value, unit, name)}


def _put(node: dict[str, Any], keys: list[str], leaf: Leaf) -> dict[str, Any]:
    """The tree with another leaf at the path; nothing is changed in place."""
    first, *rest = keys
    return {**node, first: _put(node[first], rest, leaf) if rest else leaf}
