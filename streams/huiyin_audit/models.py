"""The read models that replay compares, by the schema that keeps them."""

from typing import Any

from huiyin_audit.replay import Fold
from huiyin_domain.cases.fold import CaseFold
from huiyin_domain.clocks.record import ClockFold
from huiyin_domain.figures.fold import FigureFold

READ_MODELS: tuple[tuple[str, tuple[Fold[Any], ...]], ...] = (
    ("streams", (CaseFold(), FigureFold())),
    ("supervision", (ClockFold(),)),
)
"""Schema and folds."""
