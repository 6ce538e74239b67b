"""Which case files were drawn, and who reviews and rechecks each, on paper?"""

from __future__ import annotations

from collections import Counter

from api.papers.month import local_moment, month_name, numbered
from api.papers.sheets import Cell, Sheet
from scheduler.casefiles import FileList, Review
from scheduler.lottery import NANO

OPINIONS = ("合格", "基本合格", "不合格")
CHECKED = ("同意", "不同意")
HANDLED = "承办人不评查、不复核自己承办的案卷；1人评查、1人复核，由公开摇号决定；因故另行指派的，写明理由。"


def list_sheets(frozen: FileList) -> tuple[Sheet, Sheet]:
    """What is posted before the draw: every file with its chance, and the reviewers."""
    event = frozen.event
    files = numbered(
        (
            row.case_id,
            row.kind,
            row.unit,
            "、".join(row.handlers),
            f"{100 * row.pi_nano / NANO:.2f}%",
        )
        for row in frozen.rows
    )
    quotas = "；".join(f"{q.kind} {q.files} 卷抽 {q.drawn} 卷" for q in frozen.quotas)
    return (
        Sheet(
            "案卷名单",
            f"{month_name(frozen.month)}案卷评查名单",
            ("序号", "案卷号", "类别", "承办单位", "承办人", "抽中概率"),
            files,
            notes=(
                f"{quotas}。",
                f"由“{event.name}”（{event.source}）在 {local_moment(event.due_at)} 的结果决定。",
                f"名单指纹：{frozen.root}",
                HANDLED,
            ),
        ),
        Sheet(
            "评查人员",
            f"{month_name(frozen.month)}案卷评查人员名单",
            ("序号", "编号", "姓名", "单位"),
            numbered((one.reviewer_id, one.name, one.unit) for one in frozen.reviewers),
        ),
    )


def review_sheets(frozen: FileList, drawn: Review) -> tuple[Sheet, Sheet]:
    """The form the reviewers fill in, and how many files each has."""
    rows = {row.case_id: row for row in frozen.rows}
    name = {one.reviewer_id: one.name for one in frozen.reviewers}

    def line(case_id: str, reviewer: str, rechecker: str) -> tuple[Cell, ...]:
        row = rows[case_id]
        handlers = "、".join(row.handlers)
        people = (name[reviewer], name[rechecker])
        return (case_id, row.kind, row.unit, handlers, *people, None, None, None, None)

    first = Counter(one.reviewer for one in drawn.reviewed)
    second = Counter(one.rechecker for one in drawn.reviewed)
    return (
        Sheet(
            "评查分工",
            f"{month_name(frozen.month)}案卷评查分工及结果",
            (
                "序号", "案卷号", "类别", "承办单位", "承办人", "评查人", "复核人",
                "得分", "评查意见", "复核意见", "存在问题",
            ),
            numbered(line(one.case_id, one.reviewer, one.rechecker) for one in drawn.reviewed),
            notes=(HANDLED, f"种子：{drawn.seed}", "验证：python lottery.py casefiles.json"),
            choices={"评查意见": OPINIONS, "复核意见": CHECKED},
            frozen=2,
            roomy=("存在问题",),
        ),
        Sheet(
            "每人案卷数",
            f"{month_name(frozen.month)}每人评查、复核案卷数",
            ("序号", "姓名", "单位", "评查", "复核", "合计"),
            numbered(
                (
                    one.name,
                    one.unit,
                    first[one.reviewer_id],
                    second[one.reviewer_id],
                    first[one.reviewer_id] + second[one.reviewer_id],
                )
                for one in frozen.reviewers
            ),
        ),
    )  # fmt: skip
