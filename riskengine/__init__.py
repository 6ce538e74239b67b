"""How risky is each enterprise, as of a date?

`PUBLIC` lists what other packages may use. Names are imported from their module
(``from riskengine.grade import grade``), so that reading a register does not load a solver's
worth of libraries.
"""

from __future__ import annotations

PUBLIC: dict[str, tuple[str, ...]] = {
    "errors": (
        "Sentence", "sentence", "RiskEngineError", "BadRegister", "PolicyError", "UncitedValue",
        "UnknownParameter", "NotInForce", "NotFound", "NotAllowed", "AlreadyFrozen",
        "EventAlreadyKnown", "SeedMismatch", "NeedsSecondPerson",
    ),
    "digest": ("plain", "canonical", "digest"),
    "fields": ("Field", "TableInfo", "table_of_fields", "field_of", "schema_of"),
    "register": (
        "Register", "Known", "Rejected", "Flag", "Count", "read_register", "register_from_tables",
    ),
    "mapping": ("Mapping", "read_mapping"),
    "export": ("export_register",),
    "rules": (
        "Grade", "Title", "PackInfo", "FeatureRules", "Group", "Item", "Scorecard", "Veto",
        "GradeRules", "Measure", "RateRules", "RatioRules", "RosterRules", "Peak", "CalendarRules",
        "PolicyView", "Case",
    ),
    "policy": ("Policy", "Because", "read_policy", "read_cases"),
    "features": ("Feature", "Features", "FEATURES", "FEATURE", "measure", "expression"),
    "readable": ("readable",),
    "scorecard": ("Scores", "score"),
    "grade": ("Grades", "grade", "grades_digest", "history", "movers"),
    "explain": ("Explanation", "Reason", "Chance", "NextStep", "explain", "sentences"),
    "estimate": ("Drawn", "Sample", "Estimate", "sample_of", "estimate"),
    "synthetic": ("synthetic_register",),
}  # fmt: skip
"""Module → its public names."""
