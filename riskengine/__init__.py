"""How risky is each enterprise, as of a date?

`PUBLIC` lists what other packages may use. Names are imported from their module
(``from riskengine.grade import grade``), so that reading a register does not load a solver's
worth of libraries.
"""

from __future__ import annotations

PUBLIC: dict[str, tuple[str, ...]] = {
    "errors": (
        "Sentence", "sentence", "RiskEngineError", "BadRegister", "PolicyError", "UncitedValue",
        "UnknownParameter", "NotInForce", "BadFacts", "NotFound", "NotAllowed", "AlreadyFrozen",
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
        "Approval", "SignedChallenger", "PolicyView", "Case",
    ),
    "policy": ("Policy", "Because", "read_policy", "read_cases"),
    "features": ("Feature", "Features", "FEATURES", "FEATURE", "measure", "expression"),
    "readable": ("readable",),
    "scorecard": ("Scores", "score"),
    "grade": ("Grades", "grade", "grades_digest", "history", "movers"),
    "formula": (
        "Formula", "Outcome", "Line", "evaluate", "evaluate_all", "formula_packs", "read_formula",
    ),
    "formula.cases": ("FormulaCase", "read_formula_cases", "differences"),
    "formula.operators": ("Operator", "Argument", "OPERATORS"),
    "explain": ("Explanation", "Reason", "Chance", "NextStep", "explain"),
    "grounds": ("ground", "spoken"),
    "days": ("measure_on", "views_on"),
    "actions": ("Action", "Lever", "levers", "facts_of_actions"),
    "counterfactual": ("Way", "Outlook", "counterfactual"),
    "contest": ("Contest", "Ruling", "fact_of", "changes_from", "corrected"),
    "truth": (
        "Truth", "Book", "Regrade", "Replayed", "with_truth", "replay", "grade_now", "spliced",
    ),
    "read_aloud": ("Past", "script", "sentences"),
    "fit": (
        "FitRules", "FittedItem", "LeftOut", "FittedCard", "fit_scorecard", "points_of",
        "reasons_of", "probability_of", "logit_of", "inverted_items",
    ),
    "card_yaml": (
        "Cuts", "cuts_by_share", "grades_at", "shares_permille", "card_texts", "read_card",
    ),
    "signed": ("SignedCard", "card_digest"),
    "fairness": ("GroupLine", "fairness", "size_bands"),
    "evidence": ("Figure", "Window", "Evidence"),
    "model_card": ("model_card",),
    "challenger": (
        "ChallengerRules", "Challenger", "Reasons", "fit_challenger", "probability_of", "logit_of",
        "reasons_of",
    ),
    "challenger.ranking": ("learn_ranking", "seen_by", "chances", "pushes"),
    "challenger.card": ("GivenUp", "challenger_card"),
    "challenger.file": ("Origin", "write_challenger", "read_challenger", "file_digest"),
    "officers": (
        "Officers", "Strictness", "StrictnessOfGroups", "officers_of", "averaged", "strictness",
        "strictness_sentences",
    ),
    "estimate": ("Drawn", "Sample", "Estimate", "sample_of", "estimate"),
    "metrics": (
        "Scored", "Metric", "METRICS", "metric_of", "measured", "roc_auc", "average_precision",
        "within_auc", "brier", "calibration_error", "bins_of", "CalibrationBin",
        "calibration_table",
    ),
    "replay": (
        "TieBounds", "found_first", "precision_at", "first_half", "day_gains", "days_earlier",
        "days_bounds", "days_of_chance",
    ),
    "resample": ("Interval", "Difference", "intervals", "compared", "over_windows"),
    "regret": ("Rule", "RULES", "Regret", "Audition", "audition"),
    "drift": (
        "FeatureDrift", "Drift", "drift", "Expected", "expected_quality", "CameTrue", "came_true",
    ),
    "prevalence": ("DesignBin", "DesignCalibration", "design_calibration", "random_part"),
    "calibrate": ("Calibrator", "Trial", "Calibration", "RAW", "calibrated", "calibrate"),
    "synthetic": ("synthetic_register",),
}  # fmt: skip
"""Module → its public names."""
