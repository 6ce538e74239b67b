"""Which rows and columns of San Francisco's files are kept here?

    python extract.py FOLDER

reads `businesses.parquet`, `inspections.parquet` and `violations.parquet` of FOLDER and writes the
three files of the same names beside this one.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd

KEPT = {
    "businesses": ["business_id", "name", "postal_code"],
    "inspections": ["business_id", "date", "score"],
    "violations": ["business_id", "date", "description"],
}


def without_correction(description: pd.Series) -> pd.Series:
    """The text before "[ date violation corrected: … ]", which was written after the visit."""
    return description.str.split("[").str[0].str.strip()


def main(folder: str) -> None:
    for name, columns in KEPT.items():
        rows = pd.read_parquet(Path(folder) / f"{name}.parquet", columns=columns)
        if "date" in rows:
            rows["date"] = rows.date.astype("date32[pyarrow]")
        if "description" in rows:
            rows["description"] = without_correction(rows.description)
        rows.to_parquet(
            Path(__file__).with_name(f"{name}.parquet"),
            index=False, compression="zstd", compression_level=19,
        )  # fmt: skip


if __name__ == "__main__":
    main(sys.argv[1])
