"""How is a review of case files run from a keyboard? `riskengine casefiles`."""

from __future__ import annotations

from typing import Annotated

import typer

from api.options import (
    HOME,
    PACK,
    By,
    DayText,
    DrandChain,
    DrandRound,
    EnteredBy,
    EventDue,
    EventKind,
    EventName,
    EventSource,
    Home,
    Language,
    MonthText,
    Pack,
    Promises,
    Reveals,
    Value,
    ValueAgain,
    WithheldBy,
    desk_at,
    hand_of,
    newest,
    out,
    typed_in,
)
from api.typed import NamedEvent, day_of, event_from, month_of

casefiles = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="案卷评查：抽案卷，定评查人和复核人 · Which case files are reviewed, and by whom.",
)


@casefiles.command("prepare")
def prepare(
    month: MonthText,
    as_of: DayText,
    by: By,
    files: Annotated[int, typer.Option(min=1, help="共抽多少卷 · how many files in all")],
    event: EventName = "",
    event_source: EventSource = "",
    event_due: EventDue = "",
    event_kind: EventKind = "",
    drand_chain: DrandChain = "quicknet",
    drand_round: DrandRound = None,
    promise: Promises = None,
    replaces: Annotated[
        str | None, typer.Option(help="被替代的名单 · digest of the list it replaces")
    ] = None,
    reason: Annotated[str | None, typer.Option(help="替代的理由 · why")] = None,
    home: Home = HOME,
    pack: Pack = PACK,
    lang: Language = "zh",
) -> None:
    """冻结案卷和评查人员名单 · Freeze the files and the reviewers before the event."""
    from api import casefiles as steps
    from api import show
    from api.steps import load
    from scheduler.casefiles import FileList

    typed = NamedEvent(
        event_kind, event, event_source, event_due, drand_chain, drand_round, tuple(promise or ())
    )
    desk = desk_at(home, pack)
    digest = steps.make_files(
        desk,
        hand_of(by),
        month=month_of(month),
        as_of=day_of(as_of),
        files=files,
        event=event_from(typed, "casefiles prepare"),
        replaces=replaces,
        reason=reason,
    )
    out.print(show.files_frozen(load(desk, "files", digest, FileList), lang))
    written = steps.print_files(desk, digest, home / month)
    out.print(show.written([written], lang), show.fingerprint(digest, lang))


@casefiles.command("draw")
def draw(
    month: MonthText,
    entered_by: EnteredBy,
    value: Value = "",
    value_again: ValueAgain = None,
    reveal: Reveals = None,
    withheld_by: WithheldBy = None,
    withheld: Annotated[
        bool, typer.Option("--withheld", help="封存的秘密逾期未公开 · the secret is not opened")
    ] = False,
    home: Home = HOME,
    pack: Pack = PACK,
    lang: Language = "zh",
) -> None:
    """抽案卷、评查人和复核人 · Draw the files, a reviewer and a rechecker for each."""
    from api import casefiles as steps
    from api import show
    from api.steps import load
    from scheduler.casefiles import FileList, Review

    first, desk = month_of(month), desk_at(home, pack)
    files = newest(desk, "files", first, "casefiles prepare")
    frozen = load(desk, "files", files, FileList)
    typed, again = typed_in(frozen.event, value, value_again, reveal, withheld_by, "casefiles draw")
    hand = hand_of(*entered_by)
    digest = steps.make_review(
        desk, hand, files=files, event_value=typed, value_again=again, withheld=withheld
    )
    out.print(show.reviewed(frozen, load(desk, "review", digest, Review), lang))
    written = steps.print_review(desk, hand, drawn=digest, folder=home / month)
    out.print(show.written(written, lang))
    out.print(show.pick(lang, "验证：", "verify: ") + f"riskengine verify {written[-1]}")
