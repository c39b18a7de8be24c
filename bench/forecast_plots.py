"""Plots of what bench/forecast_skill.py measured: said against was, and skill against each baseline.

    python bench/forecast_plots.py FIGURES.json [--name forecast] [--out docs/img]

Writes NAME-reliability.svg and NAME-skill.svg.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("svg")
matplotlib.rcParams["svg.hashsalt"] = "flightward"

import matplotlib.pyplot as plt  # noqa: E402

INK, GOOD, FEW, OFF = "#333333", "#0072b2", "#999999", "#d55e00"
LABELS = {"straight_line": "straight line", "growing_circle": "growing circle", "persistence": "persistence"}


def reliability(figures: dict[str, Any], path: Path) -> None:
    """One panel a horizon; bars: 95 % of what drawn days give about the diagonal."""
    fig, axes = plt.subplots(1, len(figures), figsize=(3.1 * len(figures), 3.4), sharey=True)
    for ax, (minutes, entry) in zip(axes, figures.items(), strict=True):
        ax.plot([0, 1], [0, 1], color=INK, lw=0.8, ls=":")
        for r in entry["reliability"]:
            colour = (GOOD if r["good"] else OFF) if r["asked"] else FEW
            ax.plot([r["said"]] * 2, [r["said"] - r["off_high"], r["said"] - r["off_low"]], color=colour, lw=1.2)
            ax.plot(r["said"], r["was"], "o", ms=4 if r["asked"] else 3, color=colour)
        ax.set_title(f"{minutes} min", fontsize=10)
        ax.set_xlabel("said")
        ax.set_xlim(0, 1)
        ax.set_ylim(0, 1)
    axes[0].set_ylabel("was")
    fig.text(0.5, 0.005, "blue: 5,000 cells or more from 30 days or more; grey: fewer", ha="center", fontsize=8)
    fig.tight_layout(rect=(0, 0.03, 1, 1))
    fig.savefig(path, metadata={"Date": None})


def skill(figures: dict[str, Any], path: Path) -> None:
    """Brier skill by horizon, a line for each baseline."""
    fig, ax = plt.subplots(figsize=(5.2, 3.2))
    for i, (name, label) in enumerate(LABELS.items()):
        x = [float(m) + 0.3 * (i - 1) for m in figures]
        y = [e["skill"][name] for e in figures.values()]
        low, high = [v[0] - v[1] for v in y], [v[2] - v[0] for v in y]
        ax.errorbar(x, [v[0] for v in y], yerr=[low, high], marker="os^"[i], ms=4, lw=1.2, capsize=2, label=label)
    ax.axhline(0.0, color=INK, lw=0.8)
    ax.set_xlabel("minutes ahead")
    ax.set_ylabel("Brier skill")
    ax.legend(frameon=False, fontsize=8)
    fig.tight_layout()
    fig.savefig(path, metadata={"Date": None})


def main() -> None:
    """Draw both."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("figures", type=Path)
    parser.add_argument("--name", default="forecast")
    parser.add_argument("--out", type=Path, default=Path("docs/img"))
    args = parser.parse_args()
    figures = json.loads(args.figures.read_text())["horizons"]
    reliability(figures, args.out / f"{args.name}-reliability.svg")
    skill(figures, args.out / f"{args.name}-skill.svg")


if __name__ == "__main__":
    main()
