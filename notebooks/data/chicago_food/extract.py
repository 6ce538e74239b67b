"""Which rows and columns of the City's file are kept here?

    python extract.py canvass_inspections.parquet

writes `licences.parquet` and `inspections.parquet` beside this file.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd

LICENCE = ["License", "DBA_Name", "Risk", "Zip", "Latitude", "Longitude"]
INSPECTION = ["Inspection_ID", "License", "Inspection_Date", "Results",
              "criticalCount", "seriousCount", "minorCount"]  # fmt: skip


def licences(published: pd.DataFrame) -> pd.DataFrame:
    """A row when a licence is first seen, and one whenever its name, class or place changes.

    Where two visits of one day disagree, the one with the higher number stands.
    """
    visits = published.drop_duplicates(["License", "Inspection_Date"], keep="last")
    visits = visits.sort_values(["License", "Inspection_Date"])
    content = visits[LICENCE].astype("string").fillna("").agg("|".join, axis=1)
    is_new = content != content.groupby(visits.License).shift()
    return visits.loc[is_new, [*LICENCE, "Inspection_Date"]].rename(
        columns={"Inspection_Date": "First_Seen"}
    )


def main(source: str) -> None:
    published = pd.read_parquet(source).sort_values(["Inspection_Date", "Inspection_ID"])
    published["Inspection_Date"] = published.Inspection_Date.astype("date32[pyarrow]")
    published["DBA_Name"] = published.DBA_Name.str.split().str.join(" ")
    published["Zip"] = published.Zip.astype("string")
    published[["Latitude", "Longitude"]] = published[["Latitude", "Longitude"]].round(6)
    for name, rows in (
        ("licences", licences(published)),
        ("inspections", published[INSPECTION]),
    ):
        rows.to_parquet(
            Path(__file__).with_name(f"{name}.parquet"),
            index=False, compression="zstd", compression_level=19,
        )  # fmt: skip


if __name__ == "__main__":
    main(sys.argv[1])
