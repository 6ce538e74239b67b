# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 要几个执法人员？ · How many inspectors?
#
# 六个人、八个人、十二个人，一年下来差在哪里？这里让每种人数走过同样的一年（同样的请假、同样的关门、
# 同样的等级变化），走很多遍，所以差别只来自人数。排路线用“每组每天几家”的快速口径代替。
#
# Six officers, eight or twelve: what does a year look like? Every number of officers lives through
# the same years (same leave, same closed doors, same changes of grade), many times over, so that
# differences come from the number alone. The planner is replaced by visits per team-day.

# %%
import dataclasses
import datetime as dt

import altair as alt
import numpy as np
import pandas as pd

from riskengine.features import measure
from riskengine.grade import grade
from riskengine.policy import read_policy
from riskengine.scorecard import score
from riskengine.synthetic import synthetic_register
from scheduler.staffing import simulate
from scheduler.trial import Assumptions

alt.renderers.enable("svg")  # drawn here, nothing is fetched

month = dt.date(2026, 1, 1)
rules = read_policy("cn-transport").on(month)
known = synthetic_register(np.random.default_rng(2026)).as_of(month)
grades = grade(score(measure(known, rules), rules), rules)

# %% [markdown]
# ## 推演 · The simulation
#
# 推演另有自己的假设（不是规则）：每月有多少企业变级、请假多少、扑空多少、多少个案。改了再看。
#
# The simulation has assumptions of its own (they are not rules): how many enterprises change grade
# in a month, how much leave, how many closed doors, how many case visits. Change them and look.

# %%
scenario = simulate(
    grades,
    rules,
    month=month,
    officers=(2, 4, 6, 8, 10, 12),
    months=12,
    runs=60,
    rng=np.random.default_rng(7),
)
pd.Series(dataclasses.asdict(scenario.assumptions))


# %% [markdown]
# ## 一年查到几成 · Coverage in a year


# %%
def interval(squad, name, estimate, unit):
    values = {field: getattr(estimate, field) / unit for field in ("mean", "low", "high")}
    return {"officers": squad.officers, "what": name, **values}


def plotted(rows, title, percent):
    axis = alt.Axis(format="%") if percent else alt.Axis()
    base = alt.Chart(pd.DataFrame(rows)).encode(
        x=alt.X("officers:Q", title="人数 / officers"), color=alt.Color("what:N", title=None)
    )
    band = base.mark_area(opacity=0.25).encode(
        y=alt.Y("low:Q", title=title, axis=axis), y2="high:Q"
    )
    return (band + base.mark_line(point=True).encode(y="mean:Q")).properties(width=460, height=260)


BP, MILLI = 10_000, 1000
covered = [
    interval(squad, f"{cover.grade} 级 / grade {cover.grade}", cover.share_bp, BP)
    for squad in scenario.staffings
    for cover in squad.coverage
]
plotted(covered, "一年内查到的比例 / met within the year", percent=True)

# %% [markdown]
# ## 欠查与负担 · Owed visits, and the load of an officer
#
# “没能抽”的是规则要求、但人手不够而没有放进抽签的检查；“欠查”的是抽中了（或必须去）却没去成的。
#
# "Not drawn" are visits the rules ask for and capacity left out of the draw; "owed" are visits that
# were drawn, or had to be made, and were not.

# %%
missed = [
    interval(squad, name, estimate, BP)
    for squad in scenario.staffings
    for name, estimate in (
        ("没能抽 / not drawn", squad.undrawn_bp),
        ("欠查 / owed", squad.owed_bp),
    )
]
plotted(missed, "占比 / share", percent=True)

# %%
load = [
    interval(squad, "每人每月 / per officer and month", squad.load_milli, MILLI)
    for squad in scenario.staffings
]
plotted(load, "参加的检查次数 / visits taken part in", percent=False)

# %% [markdown]
# ## 到几个人就够了 · Where more stops helping

# %%
steps = pd.DataFrame(
    {
        "人数 / officers": f"{step.fewer} → {step.more}",
        "每加一人多查到 / more met per officer": step.gain_milli.mean / MILLI,
        "低 / low": step.gain_milli.low / MILLI,
        "高 / high": step.gain_milli.high / MILLI,
    }
    for step in scenario.steps
)
enough = scenario.enough
print(enough.rule)
print(f"够了 / enough: {enough.officers}（95 %：{enough.low}–{enough.high}）")
steps

# %% [markdown]
# ## 换一个假设 · Another assumption
#
# 请假和生病从 6 % 加到 15 %，同样的人数会怎样？用同一个随机种子，只看差别。
#
# Leave and illness go from 6 % to 15 %: what becomes of the same officers? The same random seed, so
# only the difference shows.

# %%
harder = simulate(
    grades,
    rules,
    month=month,
    officers=[squad.officers for squad in scenario.staffings],
    months=12,
    runs=60,
    rng=np.random.default_rng(7),
    assumptions=Assumptions(absent_bp=1500),
)
both = [
    interval(squad, name, squad.covered_bp, BP)
    for name, one in (("请假 6 % / leave 6 %", scenario), ("请假 15 % / leave 15 %", harder))
    for squad in one.staffings
]
plotted(both, "一年内查到的比例 / met within the year", percent=True)
