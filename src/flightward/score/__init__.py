"""Outputs against truth: the figures of design, section 8. `score` for one day, `score_many` for many, `track_scores`
for a table of tracks, `to_markdown` for people.
"""

from flightward.score.figures import caught_masks, caught_table, score
from flightward.score.many import score_many, together
from flightward.score.render import to_markdown
from flightward.score.track_tables import track_scores

__all__ = ["caught_masks", "caught_table", "score", "score_many", "to_markdown", "together", "track_scores"]
