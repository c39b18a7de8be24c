"""The worked example of docs/chance-or-aim.md: its table, and docs/img/chance-or-aim.png.

python tools/chance_example.py
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from flightward.review.chance import Totals, totals

N_ALL, ALL_H, N_REGION = 1170, 72.0, 46
HOURS = (1.5, 3.0, 8.0, 12.0, 24.0)
SHARES = (0.08, 0.16, 0.23, 0.32)
PHIS = (2.0, 4.0, 8.0)
MIDDLE = {"hours": 12.0, "share": 0.16, "phi": 4.0, "stay_h": 2.0 / 3.0, "busy": 1.0}
PICTURE = Path(__file__).resolve().parent.parent / "docs" / "img" / "chance-or-aim.png"


def said(hours: float, share: float, phi: float, stay_h: float, busy: float) -> Totals:
    """The figures under one set of assumptions."""
    return totals(
        N_ALL, ALL_H * 3600.0, N_REGION, share=share, counted_s=hours * 3600.0, stay_s=stay_h * 3600.0, phi=phi,
        busyness=busy,
    )  # fmt: skip


def line(name: str, got: Totals) -> str:
    """One row of the table."""
    p = "<0.001" if got.p < 0.001 else ">0.999" if got.p > 0.999 else f"{got.p:.3f}"
    factor = f"{got.bayes:.2g}" if got.bayes < 1000.0 else "over 1000"
    return f"| {name} | {got.expected:.1f} | {got.ratio:.1f} | {p} | {factor} |"


def table() -> list[str]:
    """The middle assumptions, then each changed alone."""
    rows = [line("12 h, 16 %, phi 4, stay 40 min, as busy as on average", said(**MIDDLE))]
    changes = [("hours", h, f"46 counted in {h:g} h") for h in HOURS if h != MIDDLE["hours"]]
    changes += [("share", s, f"share {100 * s:.0f} %") for s in SHARES if s != MIDDLE["share"]]
    changes += [("phi", v, f"phi {v:g}") for v in PHIS if v != MIDDLE["phi"]]
    changes += [("stay_h", v, f"stay {60 * v:.0f} min") for v in (1.0 / 3.0, 1.5)]
    changes += [("busy", v, f"{v:g} times as busy as on average") for v in (0.5, 2.0)]
    return rows + [line(name, said(**{**MIDDLE, key: value})) for key, value, name in changes]


def picture() -> None:
    """p against the hours that the 46 cover, by share; bands over phi."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    hours = np.geomspace(1.0, 24.0, 60)
    figure, axes = plt.subplots(1, 2, figsize=(10, 4.2))
    for share, colour in zip(SHARES, ("#0072b2", "#009e73", "#d55e00", "#7a1f5c"), strict=True):
        rest = {"share": share, "stay_h": MIDDLE["stay_h"], "busy": 1.0}
        ps = np.array([[said(hours=float(h), phi=phi, **rest).p for h in hours] for phi in PHIS])
        axes[0].fill_between(hours, ps.min(axis=0), ps.max(axis=0), color=colour, alpha=0.2)
        axes[0].plot(hours, ps[1], color=colour, label=f"share {100 * share:.0f} %")
        axes[1].plot(hours, [said(hours=float(h), phi=4.0, **rest).ratio for h in hours], color=colour)
    axes[0].axhline(0.05, color="#55606a", linestyle="--", linewidth=1)
    axes[0].set(ylabel="p, one-sided (line: phi 4; band: phi 2 to 8)", ylim=(0.0, 1.0))
    axes[1].axhline(1.0, color="#55606a", linestyle="--", linewidth=1)
    axes[1].set(
        ylabel="46 / expected", yscale="log", yticks=[0.5, 1, 2, 5, 10], yticklabels=["0.5", "1", "2", "5", "10"]
    )
    for a in axes:
        a.set(xlabel="hours that the count of 46 covers", xscale="log", xticks=[1, 2, 4, 8, 12, 24])
        a.set_xticklabels(["1", "2", "4", "8", "12", "24"])
        a.minorticks_off()
        a.grid(alpha=0.3)
    axes[0].legend(frameon=False)
    figure.suptitle("1,170 drones in three days, 46 in the region: the same figures, any answer")
    figure.tight_layout()
    figure.savefig(PICTURE, dpi=110)


if __name__ == "__main__":
    print("\n".join(table()))
    picture()
