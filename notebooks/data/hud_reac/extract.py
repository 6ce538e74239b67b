"""Which columns of the file of housing inspections are kept here?

    python extract.py inspections.parquet

writes `inspections.parquet` beside this file.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd

KEPT = ["program", "property_id", "state", "county_name", "inspection_date", "inspection_score"]


def main(source: str) -> None:
    rows = pd.read_parquet(source, columns=KEPT)
    rows["inspection_date"] = rows.inspection_date.astype("date32[pyarrow]")
    rows.sort_values(["program", "property_id", "inspection_date"]).to_parquet(
        Path(__file__).with_name("inspections.parquet"),
        index=False, compression="zstd", compression_level=19,
    )  # fmt: skip


if __name__ == "__main__":
    main(sys.argv[1])
