"""NOTAM as text and as EAD bulletins: `notam`, `notam-pib-xml` (docs/feeds.md)."""

from __future__ import annotations

from flightward.feeds.notam.parse import notam_pib, notam_text

__all__ = ["notam_pib", "notam_text"]
