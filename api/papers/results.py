"""What is filled in after the visits: results to publish, and the statistics they give?

The statistics count the results as they are typed in; nobody counts by hand.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from api.papers.carried import SHEET, Line, carried
from api.papers.month import KINDS, by_id, month_name, numbered, sector_name
from api.papers.sheets import Cell, Formula, Sheet, range_of
from riskengine.digest import digest
from riskengine.policy import PolicyView
from riskengine.register import Known
from scheduler.calendar import add_workdays
from scheduler.draw import Draw, Frame
from scheduler.roster.documents import Routes

RESULTS = (
    "未发现问题",
    "发现问题待后续处理",
    "发现问题经责令已改正",
    "未发现开展本次抽查涉及的经营活动",
    "已关闭停业或正在组织清算",
    "不配合检查情节严重",
    "注销、被吊销、被撤销或迁出",
)
FOLLOW_UPS = ("无需后续处置", "转日常监管", "责令改正并跟踪", "移送立案", "抄告有关部门", "其他")
POSTED = (
    "序号", "企业名称", "统一社会信用代码", "抽查事项", "检查机关", "检查日期", "检查结果", "处理情况",
)  # fmt: skip
"""The form that is posted; the columns beside it stay in the office."""
WATCH = 'IF([公示日期]<>"","",IF(TODAY()>[最迟公示日],"已超期",""))'
RANDOM = KINDS["routine"]
Chances = Mapping[str, tuple[str, int]]
"""Enterprise → digest of the draw that chose it, and its probability there in 1e-9."""
RATIO, DONE, CLOSED = "[抽查户数]/[抽查基数]", "[已公示]/[抽查户数]", "[完结数]/[已公示]"


def result_sheets(
    frame: Frame,
    drawn: Draw,
    routes: Routes,
    known: Known,
    policy: PolicyView,
    chances: Chances,
    typed: Sequence[Line] = (),
) -> tuple[Sheet, Sheet]:
    """结果公示表 to fill in, and 结果统计表, which counts what is filled in.

    chances
        Of visits owed from earlier draws.
    typed
        Lines of the form that this one takes the place of.
    """
    of_month = {row.enterprise_id: row.pi_nano for row in frame.rows}
    name = digest(drawn)
    chances = {**chances, **{one: (name, of_month[one]) for one in drawn.selected}}
    posted = carried(results_form(routes, known, policy, chances), typed, frame.month)
    return posted, statistics_form(posted, frame, drawn, policy)


def subject_of(sector: str, policy: PolicyView) -> str:
    """抽查事项: what is looked at in a sector."""
    return f"{sector_name(sector, policy)}经营行为检查"


def results_form(routes: Routes, known: Known, policy: PolicyView, chances: Chances) -> Sheet:
    """One line a visit, in the order of the days.

    It is read back as it stands: the number of the task makes a corrected line replace the old
    one, draw and probability let `scheduler.learn` weigh the result.
    """
    firms = by_id(known, "enterprises", "enterprise_id")
    rules = policy.calendar
    visits = sorted(
        (route.day, stop.enterprise_id, stop.sector, KINDS[stop.kind])
        for route in routes.routes
        for stop in route.stops
    )
    return Sheet(
        SHEET,
        f"{month_name(routes.month)}双随机抽查结果公示表",
        (*POSTED, "检查类型", "最迟公示日", "公示日期", "完结日期", "提醒",
         "任务编号", "抽取编号", "入样概率"),
        numbered(
            (
                firms[one]["name"], one, subject_of(sector, policy), policy.pack.jurisdiction.zh,
                day, None, None, kind, add_workdays(day, rules.publication_workdays, rules),
                None, None, Formula(WATCH, ""), f"{routes.month:%Y-%m}-{one}",
                *chances.get(one, (None, None)),
            )
            for day, one, sector, kind in visits
        ),
        (
            "检查结果、处理情况从下拉框选择；公示日期、完结日期写日期。“结果统计表”随填随算。",
            "填好后与名录放在同一文件夹再导入（riskengine import），即可推算（riskengine learn）。",
            f"检查完成后 {rules.publication_workdays} 个工作日内公示；只印左边 {len(POSTED)} 列。",
        ),
        choices={"检查结果": RESULTS, "处理情况": FOLLOW_UPS},
        dates=("公示日期", "完结日期"),
        printed=len(POSTED),
    )  # fmt: skip


def statistics_form(posted: Sheet, frame: Frame, drawn: Draw, policy: PolicyView) -> Sheet:
    """One line a sector, all of it computed from the list and from the form beside it."""
    sector_of = {row.enterprise_id: row.sector for row in frame.rows}
    base = Counter(sector_of.values())
    chosen = Counter(sector_of[one] for one in drawn.selected)
    rows: list[tuple[Cell, ...]] = [
        (
            subject_of(sector, policy), "不定向", sector_name(sector, policy), base[sector],
            ratio(RATIO, chosen[sector] / base[sector]), chosen[sector],
            counted(posted, "公示日期", '"<>"'), Formula("[抽查户数]-[已公示]", chosen[sector]),
            ratio(DONE), *(counted(posted, "检查结果", f'"{word}"') for word in RESULTS),
            counted(posted, "完结日期", '"<>"'), ratio(CLOSED),
        )
        for sector in [*policy.pack.sectors, *sorted(set(base) - set(policy.pack.sectors))]
        if sector in base
    ]  # fmt: skip
    return Sheet(
        "结果统计表",
        f"{month_name(frame.month)}双随机抽查结果统计表",
        (
            "序号", "抽查内容", "类型", "抽查对象", "抽查基数", "抽查比例", "抽查户数", "已公示",
            "未公示", "完成率", *RESULTS, "完结数", "完结率",
        ),
        (*numbered(rows), total(sum(base.values()), len(drawn.selected))),
        (
            "本表随“结果公示表”自动计算，只统计随机抽查（检查类型为“日常”）的企业；专项、个案另计。",
            "抽查比例 = 抽查户数 ÷ 抽查基数（本月）；完成率 = 已公示 ÷ 抽查户数；完结率 = 完结数 ÷ 已公示。",
        ),
    )  # fmt: skip


def ratio(text: str, value: float = 0) -> Formula:
    """A share that is 0 while there is nothing to divide by."""
    return Formula(f"IFERROR({text},0)", value, is_percent=True)


def counted(posted: Sheet, title: str, wanted: str) -> Formula:
    """How many random visits of this line have a certain entry in the form beside it."""
    subjects, kinds = range_of(posted, "抽查事项"), range_of(posted, "检查类型")
    entries = range_of(posted, title)
    return Formula(f'COUNTIFS({subjects},[抽查内容],{kinds},"{RANDOM}",{entries},{wanted})')


def total(base: int, chosen: int) -> tuple[Cell, ...]:
    """The last line: sums, and shares of the sums."""
    sums = {"抽查基数": base, "抽查户数": chosen, "未公示": chosen}

    def added(title: str) -> Formula:
        return Formula(f"SUM([{title}:])", sums.get(title, 0))

    return (
        None, "合计", None, None, added("抽查基数"), ratio(RATIO, chosen / base if base else 0),
        added("抽查户数"), added("已公示"), added("未公示"), ratio(DONE),
        *map(added, RESULTS), added("完结数"), ratio(CLOSED),
    )  # fmt: skip
