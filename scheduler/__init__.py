"""Whom do we visit, when, and with whom?

`PUBLIC` lists what other packages may use. Names are imported from their module
(``from scheduler.quota import allot``), so that the verifier does not wait for the solvers.
"""

from __future__ import annotations

PUBLIC: dict[str, tuple[str, ...]] = {
    "calendar": ("Workdays", "workdays", "workdays_between", "add_workdays", "next_month"),
    "capacity": ("Capacity", "LeftOut", "capacity"),
    "quota": ("Owed", "Quota", "Stratum", "allot"),
    "ratio": ("Ratio", "StratumRatio", "ratio_of", "replay"),
    "shares": ("M", "proportional", "decimal", "percent"),
    "draw": ("Must", "Row", "Frame", "Draw", "freeze", "draw"),
    "event": ("Event",),
    "lottery": (
        "h", "ticket", "below", "merkle_root", "merkle_path", "climb", "seed_of", "tree_duel",
        "round_flow", "verify", "check_receipt", "check_file",
    ),
    "receipt": ("enterprise_receipts", "officer_receipts"),
    "travel": ("travel_minutes",),
    "worth": ("worth",),
    "ranked": ("why_worth",),
    "roster.documents": (
        "Visit", "Stop", "Route", "Effort", "Routes", "Seat", "Share", "Slots", "Assignment",
        "Roster",
    ),
    "roster.rules": ("RULES", "Rule", "Officer", "officers_of"),
    "roster.plan": ("plan",),
    "roster.people": ("slots", "staff"),
    "roster.check": ("Broken", "broken_rules"),
    "results": ("Lottery",),
    "learn": ("Line", "Learnt", "learn"),
    "month": ("Prepared", "prepare", "publish"),
    "trial": ("Assumptions",),
    "staffing": ("Scenario", "Staffing", "Estimate", "Step", "Enough", "simulate"),
}  # fmt: skip
"""Module → its public names."""
