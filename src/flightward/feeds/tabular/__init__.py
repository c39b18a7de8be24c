"""Tabular reports: `reports-parquet` and `reports-csv` (docs/case-format.md)."""

from __future__ import annotations

from flightward.feeds.tabular.parse import CsvReports, parquet_reports

__all__ = ["CsvReports", "parquet_reports"]
