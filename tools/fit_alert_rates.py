"""Make src/flightward/raids/alert_rates.json: numbers fitted to two years of alerts (no row of the data is in it).

    python tools/fit_alert_rates.py official_alerts_ukraine_2022-03-15_2024-04-23.csv.gz

Source of the data: github.com/Vadimkin/ukrainian-air-raid-sirens-dataset (MIT). Model: docs/design/intensity.md.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

import alert_history

OUT = Path(__file__).resolve().parent.parent / "src/flightward/raids/alert_rates.json"


def plain(value: Any, digits: int = 5) -> Any:
    """Lists of numbers with so many significant digits after the point."""
    if isinstance(value, np.ndarray):
        return np.round(value, digits).tolist()
    return [plain(v, 6) for v in value] if isinstance(value, list) and isinstance(value[0], np.ndarray) else value


def main() -> None:
    history = alert_history.read(Path(sys.argv[1]))
    for rule, n in sorted(history.counts.items()):
        print(f"{rule:16} {n}")
    text = {key: plain(value) for key, value in alert_history.fit(history, history.last_s).items()}
    lines = [f' "{key}": {json.dumps(text[key], ensure_ascii=False, separators=(",", ":"))}' for key in text]
    OUT.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
    print(f"{OUT.name}: {OUT.stat().st_size} bytes")


if __name__ == "__main__":
    main()
