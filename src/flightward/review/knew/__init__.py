"""Who knew what, and when: from the first sensor that saw a drone to the crew that read the warning back."""

from flightward.review.knew.knowledge import Knowledge, know
from flightward.review.knew.links import Link
from flightward.review.knew.possible import Possible

__all__ = ["Knowledge", "Link", "Possible", "know"]
