"""The page: one HTML file that needs no network, from a story; its data beside it; its PDF."""

from flightward.review.page.render import render

__all__ = ["render"]
