"""What ADS-B equipment says of itself, in the terms of the reports: emitter categories, and quality of old equipment.

Sources: I021/020 and I062/380 #21 (EUROCONTROL-SPEC-0149 parts 12 and 9); RTCA DO-260B / EUROCAE ED-102A, appendix N
(equipment of version 0: NUCp, its containment radius and its 95 % radius).
"""

from __future__ import annotations

KIND_OF_EMITTER = {
    **dict.fromkeys((1, 2, 3, 4, 5, 6, 11, 15), "aircraft"), 10: "helicopter", 13: "drone",
    **dict.fromkeys((12, 14, 16, 20, 21, 22, 23, 24), "unknown"),
}  # fmt: skip
"""ASTERIX emitter category -> kind; those not named say nothing."""

NIC_OF_NUCP = (0.0, 1.0, 1.0, 4.0, 5.0, 6.0, 7.0, 8.0, 10.0, 11.0)
"""NUCp bounds the same containment radius as the NIC does; where none is the same, the next larger radius."""
NACP_OF_NUCP = (0.0, 1.0, 1.0, 4.0, 5.0, 6.0, 7.0, 8.0, 10.0, 11.0)
"""95 % radius: half the containment radius of each NUCp, by the next larger one that has a NACp."""
