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
# # 一个县的等级 · Grades of a county
#
# 这本笔记用一个**虚构**的县（企业、人员、事件都是编的，名称都写着“示例”）回答四个问题：
# 有多少 A、B、C、D？谁变了，为什么？一家企业的等级是怎么算出来的？迟到的消息会不会改动旧等级？
#
# This notebook uses a **made-up** county (every name says 示例) to answer four questions: how many
# A, B, C and D are there? Who moved, and why? How does one grade come about? Can late news change
# an old grade?

# %%
import datetime as dt

import altair as alt
import numpy as np
import pandas as pd

from riskengine.explain import explain
from riskengine.features import measure
from riskengine.grade import grade, grades_digest, movers
from riskengine.policy import read_policy
from riskengine.read_aloud import sentences
from riskengine.scorecard import score
from riskengine.synthetic import synthetic_register

alt.renderers.enable("svg")  # drawn here, nothing is fetched
pd.set_option("display.max_colwidth", None)

register = synthetic_register(np.random.default_rng(2026))
policy = read_policy("cn-transport")


def grades_on(day, previous=None):
    rules = policy.on(day)
    return grade(score(measure(register.as_of(day), rules), rules), rules, previous)


# %% [markdown]
# ## 名录里有什么 · What the register holds
#
# 每条事实有两个日期：发生日和知悉日。`register.as_of(d)` 只留下 d 日开始时已经知悉的内容，
# 整个引擎里没有第二处比较日期。
#
# Every fact has two days: when it happened and when it became known. `register.as_of(d)` keeps what
# was known at the start of day d; nowhere else does the engine cut time.

# %%
{name: table.num_rows for name, table in register.tables.items()}

# %% [markdown]
# ## 等级 · The grades
#
# 11 月 1 日评一次，12 月 1 日再评一次；第二次知道第一次的结果（升级要多过几分，降级立即生效）。
#
# Graded on 1 November and again on 1 December; the second grading knows the first (a better grade
# needs a margin, a worse one comes at once).

# %%
november = grades_on(dt.date(2026, 11, 1))
december = grades_on(dt.date(2026, 12, 1), previous=november)
table = december.table.to_pandas()
rules = policy.on(dt.date(2026, 12, 1))
sector_zh = {name: title.zh for name, title in rules.pack.sectors.items()}
table["行业"] = table["sector"].map(sector_zh)
plotted = table[["行业", "grade", "score"]]

colours = alt.Scale(domain=list("ABCD"), range=["#3b74b8", "#e0b400", "#e07b00", "#c23b2e"])
share = (table.groupby("grade").size() / len(table)).rename("share").reset_index()
share.assign(
    share=share["share"].map("{:.1%}".format)
)  # 丹东市实际 / really in Dandong: 65.4, 25.3, 7.7, 1.5 %

# %%
alt.Chart(plotted).mark_bar().encode(
    x=alt.X("count():Q", title="企业数 / enterprises", stack="normalize"),
    y=alt.Y("行业:N", title=None),
    color=alt.Color("grade:N", scale=colours, title="等级 / grade"),
).properties(width=520, title="各行业的等级 / Grades by sector")

# %% [markdown]
# 分数 100 为没有任何扣分，竖线是分数线。在线的右边却没有得到那个等级的，是一票否决，
# 是数据太少的新户，或者升级还差余量。
#
# 100 points means no deduction; the lines are the cut points. Whoever stands to the right of a line
# without its grade is vetoed, is a newcomer of whom too little is known, or lacks the margin.

# %%
cuts = [{"cut": cut} for cut in rules.grades.cut_points.values()]
bars = (
    alt.Chart(plotted)
    .mark_bar()
    .encode(
        x=alt.X("score:Q", bin=alt.Bin(step=5), title="得分 / score"),
        y=alt.Y("count():Q", title="企业数 / enterprises"),
        color=alt.Color("grade:N", scale=colours, title="等级 / grade"),
    )
)
lines = alt.Chart(alt.Data(values=cuts)).mark_rule(strokeDash=[4, 3]).encode(x="cut:Q")
(bars + lines).properties(width=520, height=240)

# %% [markdown]
# ## 谁变了，为什么 · Who moved, and why

# %%
moved = movers(december, november, rules).to_pandas()
moved[["name", "from_grade", "to_grade", "score_change", "because_zh", "because_en"]].head(8)

# %% [markdown]
# ## 一家企业 · One enterprise
#
# 基础分加上每一条理由，恰好等于得分：没有说不出来的分。最后几句说怎样才能到上一级；
# 每一项能挣回几分都是重新算出来的，封顶也算在内。
#
# The base and the reasons add up to the score exactly: no point is left unsaid. The last sentences
# say what leads to the next grade; what each item would win is counted again, caps included.

# %%
some_c = table[(table.grade == "C") & (table.state == "scored")].sort_values("score").iloc[0]
told = explain(december, rules, some_c.enterprise_id, register.as_of(december.as_of))
assert sum(reason.points for reason in told.reasons) == told.score
for zh, en in zip(sentences(told, "zh"), sentences(told, "en"), strict=True):
    print(zh, en, sep="\n", end="\n\n")

# %% [markdown]
# ## 等级是文件 · A grade is a document
#
# 同样的事实、同样的规则、同一天，得到同样的字节。11 月才知悉的事，改不了 11 月 1 日的等级：
# 下面把 11 月 1 日以后知悉的内容全部拿走，摘要不变。
#
# Same facts, same rules, same day: same bytes. What became known in November cannot change the
# grades of 1 November: below, everything known later is taken away, and the digest stays.

# %%
import pyarrow.compute as pc

from riskengine.register import Register

until_november = {
    name: rows.filter(pc.less(rows["known_on"], dt.date(2026, 11, 1)))
    for name, rows in register.tables.items()
}
before = Register(until_november).as_of(dt.date(2026, 11, 1))
old_rules = policy.on(dt.date(2026, 11, 1))
again = grade(score(measure(before, old_rules), old_rules), old_rules)
assert grades_digest(again) == grades_digest(november)
grades_digest(november)
