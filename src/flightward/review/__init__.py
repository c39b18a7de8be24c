"""After the flight: one page from a recording: how close it was, who knew what when, what would have helped."""

from flightward.review.write import findings, review

__all__ = ["findings", "review"]
