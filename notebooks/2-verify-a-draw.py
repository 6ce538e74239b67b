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
# # 验证一次抽取 · Verify a draw
#
# 抽取里没有随机数发生器，只有 SHA-256。任何人拿到公布的文件，都能一步一步重算。
# 这本笔记抽一次（虚构的县），然后一步一步用手重算：名单指纹、种子、一家企业的每一次“对决”、
# 两名检查人员怎么定；再看公平不公平，最后改动一个数，看会怎样。重算的几步只用 `hashlib`。
#
# There is no random number generator in a draw, only SHA-256. Whoever holds the published file can
# repeat every step. This notebook draws once (a made-up county), then counts again by hand: the
# fingerprint of the list, the seed, every duel of one enterprise, how two officers are drawn; then
# whether it is fair, and at last what happens when one number is changed. The steps by hand use
# `hashlib` alone.

# %%
import datetime as dt
import hashlib

import altair as alt
import numpy as np
import pandas as pd

from riskengine.digest import plain
from riskengine.features import measure
from riskengine.grade import grade
from riskengine.policy import read_policy
from riskengine.scorecard import score
from riskengine.synthetic import synthetic_register
from scheduler import lottery
from scheduler.capacity import capacity
from scheduler.chain import next_entry
from scheduler.draw import draw, freeze
from scheduler.event import Event
from scheduler.pareto import chances_of
from scheduler.quota import allot
from scheduler.receipt import enterprise_receipts

alt.renderers.enable("svg")  # drawn here, nothing is fetched

month = dt.date(2026, 12, 1)
rules = read_policy("cn-transport").on(month)
known = synthetic_register(np.random.default_rng(2026)).as_of(month)
grades = grade(score(measure(known, rules), rules), rules)
quota = allot(grades, known, rules, month=month, capacity=capacity(known, rules, month=month))

# %% [markdown]
# ## 一、冻结 · Freeze
#
# 名单、每家的概率（以十亿分之一为单位的整数）、规则、一个秘密的摘要、
# 以及一个**还没有发生**的公开事件，先公布。之后谁也挑不了结果。
#
# The list, everyone's probability (an integer in units of 1e-9), the rules, the digest of a secret
# and a public event that has **not happened yet** are published first. After that nobody can shop
# for a result.

# %%
secret = "示例秘密 / an example secret".encode()
frame = freeze(
    grades,
    quota,
    rules,
    month=month,
    must=(),
    chain=(),
    event=Event(
        kind="public_value",
        name="示例公开摇号 / an example lottery",
        source="示例来源 / an example source",
        due_at="2026-11-30T21:15:00+08:00",
    ),
    commitment=lottery.commitment_of(secret),
    frozen_at="2026-11-30T10:00:00+08:00",
)
chain = (next_entry((), "frame", frame.purpose, frame),)
print(f"{len(frame.rows)} 家中抽 {frame.visits} 家 / {frame.visits} of {len(frame.rows)}")
print(f"概率之和 / Σπ = {sum(row.pi_nano for row in frame.rows)} = {frame.visits} × {lottery.NANO}")
print(f"名单指纹 / fingerprint of the list: {frame.root}")

# %%
listed = pd.DataFrame([plain(row) for row in frame.rows])
listed["probability"] = listed.pi_nano / lottery.NANO
alt.Chart(listed[["grade", "probability"]]).mark_tick(thickness=1).encode(
    x=alt.X("probability:Q", title="本月被抽中的概率 / probability this month"),
    y=alt.Y("grade:N", title="等级 / grade"),
).properties(width=520, title="每家企业一条线 / One line an enterprise")

# %% [markdown]
# ## 二、事件发生，抽取 · The event happens, the draw
#
# 两个人各自输入公开的结果，打开秘密。
#
# Two people type in the public value, and the secret is opened.

# %%
drawn = draw(
    frame,
    event_value="07 12 18 23 29 31",
    secret=secret,
    entered_by=("示例员01", "示例员02"),
    entered_at="2026-11-30T21:30:00+08:00",
    chain=chain,
)
chain += (next_entry(chain, "draw", drawn.purpose, drawn),)
print(f"种子 / seed: {drawn.seed}")
print(f"抽中 / drawn: {len(drawn.selected)}")

# %% [markdown]
# ## 三、自己算：名单指纹 · By hand: the fingerprint of the list
#
# `H(字段…)` 是 SHA-256：每个字段前写 4 个字节的长度（大端），再接字段本身。
# 每家企业一片“叶子”，按字节排队，两两合并，直到只剩一个值，就是名单指纹。
# 一家企业要证明自己在名单里，不必公布整份名单：从自己的叶子到指纹，每层只需旁边那一个值，
# 这就是凭证上的“路径”。
#
# `H(fields…)` is SHA-256 with the length of each field (4 bytes, big-endian) before it. Every
# enterprise is a leaf; the leaves queue by their bytes and are joined two by two until one value is
# left: the fingerprint. To prove that one is in the list takes one neighbour a level, the “path” of
# a receipt, and not the whole list.


# %%
def h(*fields):
    return hashlib.sha256(framed(fields)).digest()


def framed(fields):
    return b"".join(len(f).to_bytes(4, "big") + f for f in fields)


def leaf(row):
    fields = (row.enterprise_id, row.pi_nano, row.grade, row.sector, row.township)
    fields += (row.place, row.lambda_nano)
    return framed([b"leaf", *(str(field).encode() for field in fields)])


mine = frame.rows[0]
level = sorted(leaf(row) for row in frame.rows)
place = level.index(leaf(mine))
level = [hashlib.sha256(one).digest() for one in level]
path = []
while len(level) > 1:
    if place ^ 1 < len(level):
        path.append(level[place ^ 1])
    pairs = [h(b"node", *level[i : i + 2]) for i in range(0, len(level) - 1, 2)]
    level, place = pairs + level[2 * len(pairs) :], place // 2
assert level[0].hex() == frame.root
print(f"{len(frame.rows)} 片叶子，{mine.enterprise_id} 的路径只有 {len(path)} 个值")
print(f"{len(frame.rows)} leaves; the path of {mine.enterprise_id} holds {len(path)} values")

# %% [markdown]
# ## 四、自己算：种子 · By hand: the seed
#
# 种子由用途、登记号、名单指纹、规则摘要、秘密和事件结果算出。
#
# The seed is made of purpose, number in the record, fingerprint of the list, digest of the rule,
# secret and event.

# %%
seed = h(
    frame.purpose.encode(),
    frame.draw_number.to_bytes(8, "big"),
    bytes.fromhex(frame.root),
    bytes.fromhex(frame.rule_digest),
    secret,
    drawn.event_value.encode(),
)
assert seed.hex() == drawn.seed
seed.hex()

# %% [markdown]
# ## 五、自己算：一家企业的对决 · By hand: the duels of one enterprise
#
# 名单按（等级、行业、乡镇）成树，同一格里按“票号”排队。相邻两家 a、b 对决：
#
# - a + b ≤ 1：一家得到 a + b，另一家得 0（出局）；
# - a + b > 1：一家得 1（抽中），另一家得 a + b − 1。
#
# 谁赢由一个均匀的整数 r 决定，使得每家的平均值不变，所以概率恰好是公布的那个。
# 还没有定下来的那家，带着新的概率继续。
#
# The list is a tree of (grade, sector, township); inside a cell enterprises queue by their ticket.
# Neighbours a and b duel: if a + b ≤ 1 one of them gets a + b and the other 0 (out); otherwise one
# gets 1 (drawn) and the other a + b − 1. A uniform integer r decides, so that nobody's mean
# changes: the probability is exactly the published one. Who is not settled goes on.

# %%
NANO = 10**9


def ticket(enterprise_id):
    return h(seed, frame.purpose.encode(), b"ticket", enterprise_id.encode())


def below(k, *fields):
    """A uniform integer from 0 to k − 1: the first hash below the largest multiple of k."""
    counter = 0
    while True:
        x = int.from_bytes(
            h(seed, frame.purpose.encode(), b"duel", *fields, counter.to_bytes(4, "big")), "big"
        )
        if x < 2**256 - 2**256 % k:
            return x % k
        counter += 1


def duel(carrier, other, a, b):
    """The number r, and what it makes of the two probabilities."""
    if a + b <= NANO:
        r = below(a + b, carrier.encode(), other.encode())
        return r, *((a + b, 0) if r < a else (0, a + b))
    r = below(2 * NANO - a - b, carrier.encode(), other.encode())
    return r, *((NANO, a + b - NANO) if r < NANO - b else (a + b - NANO, NANO))


# %% [markdown]
# 选一家被抽中、至少对决过三次的企业，从公布的概率开始，一次一次重算。
#
# Take a drawn enterprise that fought at least three duels, and count again from its published
# probability.

# %%
rows = [
    (row.enterprise_id, row.pi_nano, tuple(getattr(row, name) for name in frame.levels))
    for row in frame.rows
]
selected, log = lottery.tree_duel(rows, seed, frame.purpose)
assert selected == drawn.selected

fought = pd.Series([name for one in log for name in (one.carrier, one.other)]).value_counts()
chosen = min((name for name in selected if fought.get(name, 0) >= 3), key=fought.get)
mine = next(row for row in frame.rows if row.enterprise_id == chosen)
place = tuple(getattr(mine, name) for name in frame.levels)
queue = sorted((row[0] for row in rows if row[2] == place), key=ticket)
print(f"{chosen}：{'、'.join(place)}，票号 / ticket {ticket(chosen).hex()[:16]}…")
print(f"本格第 {queue.index(chosen) + 1} 位，共 {len(queue)} 家 / place and size of its queue")

# %%
steps, p = [], mine.pi_nano
for one in log:
    if chosen in (one.carrier, one.other):
        r, a_after, b_after = duel(one.carrier, one.other, one.a, one.b)
        assert (r, a_after, b_after) == (one.r, one.a_after, one.b_after)
        assert p == (one.a if chosen == one.carrier else one.b)
        rival = one.other if chosen == one.carrier else one.carrier
        before, p = p, a_after if chosen == one.carrier else b_after
        steps.append({"对手 / rival": rival, "r": r, "之前 / before": before, "之后 / after": p})
assert p == NANO  # 抽中 / drawn
pd.DataFrame(steps)

# %% [markdown]
# ## 六、另一种抽法：票号 · The other way: tickets
#
# 名单也可以不对决，而是比“键值”：每家有一张票 U（它自己的哈希，与别家无关）和一个机会 λ，
# 键值 = U(1−λ) ÷ ((1−U)λ)，小的抽中；最后一个抽中的键值就是门槛，人人可以拿自己的键值去比。
# λ 事先校准，使概率恰好是公布的那个。规则包里的 `rates.engine` 决定用哪一种，随名单一起冻结。
#
# A list can also be drawn without duels, by keys: everyone has a ticket U (a hash of its own, that
# depends on nobody else) and a chance λ, and the smallest keys U(1−λ) ÷ ((1−U)λ) are drawn. The
# last key drawn is the threshold anyone can compare with. λ is calibrated beforehand, so that the
# probability is the published one. `rates.engine` of the pack says which way is used, and it is
# frozen with the list.


# %%
def key(enterprise_id, chance):
    """U and λ in whole units, so that no computer rounds differently."""
    u = int.from_bytes(ticket(enterprise_id), "big")
    return (u * (NANO - chance) << 64) // ((2**256 - u) * chance)


chances = chances_of(rows, 0)
keys = {name: key(name, chance) for name, chance in chances.items() if 0 < chance < NANO}
threshold = sorted(keys.values())[frame.visits - 1]
by_ticket = sorted(name for name, number in keys.items() if number <= threshold)
official = lottery.draw_tickets(rows, lottery.pareto_keys(chances, seed, frame.purpose))[0]
assert by_ticket == list(official)
print("按票号会抽中 / drawn by ticket:", "、".join(by_ticket))

# %% [markdown]
# ## 七、自己算：两名检查人员 · By hand: two officers
#
# 人员的机会也先公布。四个人、一条路线、两个座位：把“份额”看成水流，沿一个圈推一下，
# 总有一段变成 0 或 1；往哪边推由 `r` 决定，每个人的平均值不变。推到没有零头为止。
# 整个月的座位用同一个办法（`lottery.round_flow`）。
#
# The officers' chances are published first, too. Four people, one route, two seats: the shares are
# a flow; pushing along a cycle makes one part of it 0 or 1, `r` decides which way, and nobody's
# mean changes. On until nothing is fractional. A whole month of seats is drawn in the same way.

# %%
officers = ("甲", "乙", "丙", "丁")
shares = [(one, "2026-12-03", "R1", seat, 250_000) for one in officers for seat in lottery.SEATS]
teams = pd.Series(
    [
        "、".join(
            lottery.round_flow(shares, h(b"try", bytes([i // 256, i % 256])), "preview").values()
        )
        for i in range(600)
    ]
)
chance_of = {one: teams.str.contains(one).mean() for one in officers}
assert all(abs(seen - 0.5) < 4 * (0.25 / 600) ** 0.5 for seen in chance_of.values())
for one, seen in chance_of.items():
    print(f"{one}: {seen:.1%}（公布 / published 50%）")

# %% [markdown]
# ## 八、公平吗？ · Is it fair?
#
# 换 200 个种子重抽同一名单：每个（等级、行业）平均被抽中的家数，应当等于概率之和。
# 竖线是三倍标准误。
#
# Draw the same list with 200 other seeds: the mean number drawn in each grade and sector should be
# its sum of probabilities. The bars are three standard errors.

# %%
cell_of = {row[0]: f"{row[2][0]} {row[2][1]}" for row in rows}
expected = pd.Series([row[1] / NANO for row in rows]).groupby(list(cell_of.values())).sum()
counts = pd.DataFrame(
    [
        pd.Series(
            [cell_of[name] for name in lottery.tree_duel(rows, h(b"try", bytes([i])), "preview")[0]]
        )
        .value_counts()
        .reindex(expected.index, fill_value=0)
        for i in range(200)
    ]
)
seen = pd.DataFrame(
    {"expected": expected, "mean": counts.mean(), "error": 3 * counts.std() / 200**0.5}
)
seen = seen.assign(low=seen["mean"] - seen.error, high=seen["mean"] + seen.error)
assert ((counts >= np.floor(expected)) & (counts <= np.ceil(expected))).all().all()

points = (
    alt.Chart(seen)
    .mark_point()
    .encode(
        x=alt.X("expected:Q", title="概率之和 / sum of probabilities"),
        y=alt.Y("mean:Q", title="平均抽中 / mean drawn"),
    )
)
bars = alt.Chart(seen).mark_rule().encode(x="expected:Q", y="low:Q", y2="high:Q")
top = float(seen.expected.max())
ideal = pd.DataFrame({"expected": [0, top], "mean": [0, top]})
(
    alt.Chart(ideal).mark_line(opacity=0.3).encode(x="expected:Q", y="mean:Q") + bars + points
).properties(width=420, height=300)

# %% [markdown]
# 而且每一次都只差取整：每一格抽中的家数，不是概率之和的下取整，就是上取整（上面的 `assert`）。
#
# And every single draw is off by rounding only: each cell gets the floor or the ceiling of its sum
# (the `assert` above).
#
# ## 九、改一个数 · Change one number
#
# 公布的文件可以由 `scheduler/lottery.py` 独自核对，只要有 Python。
# 改动名单、概率、种子或结果中的任何一处，它都会说“不”，并说在哪里。
#
# The published file is checked by `scheduler/lottery.py` alone, on a bare Python. Change anything
# in list, probabilities, seed or result, and it says no, and where.

# %%
bundle = {
    "format": lottery.FORMAT,
    "frame": plain(frame),
    "draw": plain(drawn),
    "chain": plain(chain),
    "names": {},
}
bundle["digest"] = lottery.digest_of(bundle)
assert lottery.verify(bundle, lottery.canonical(bundle)) == []

friend = next(row for row in bundle["frame"]["rows"] if row["enterprise_id"] == chosen)
friend["pi_nano"] -= 1
findings = lottery.verify(bundle, lottery.canonical(bundle))
assert findings
for finding in findings:
    print(finding["where"], finding["zh"], finding["en"], sep="\n  ")

# %% [markdown]
# ## 十、一家一张凭证 · A receipt for everyone
#
# 每家企业都可以领一张凭证：自己的概率、自己的对决、到名单指纹的路径和事件。
# 凭证单独就能用 `lottery.py` 核对，把对手的编号改一个字，它也会说“不”。
#
# Every enterprise can have a receipt: its probability, its duels, its path to the fingerprint and
# the event. It is checked alone with `lottery.py`, and says no when one sign is changed.

# %%
receipt = enterprise_receipts(frame, drawn, [chosen])[0]
assert lottery.check_receipt(receipt) == []
forged = {**receipt, "row": {**receipt["row"], "grade": "A"}}
print("\n".join(finding["zh"] for finding in lottery.check_receipt(forged)))
