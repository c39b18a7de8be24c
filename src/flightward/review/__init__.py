"""After the flight: one page from a recording: how close it was, who knew what when, what would have helped."""

from flightward.review.close_calls import close_of, how_close
from flightward.review.compare import compare
from flightward.review.extra import ChanceTable, LossRow, LossTable, TestRow
from flightward.review.longer import chance_table, loss_table, with_longer
from flightward.review.write import findings, review, story, write_story

__all__ = [
    "ChanceTable", "LossRow", "LossTable", "TestRow", "chance_table", "close_of", "compare", "findings", "how_close",
    "loss_table", "review", "story", "with_longer", "write_story",
]
