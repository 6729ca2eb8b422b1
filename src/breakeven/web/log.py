"""What the server logs: one JSON object a line, with tracebacks as plain text and without the values of variables."""

from __future__ import annotations

import logging
from typing import TextIO

import structlog

from breakeven.errors import UsageProblem

LEVELS = ("debug", "info", "warning", "error")


def log_to(stream: TextIO, level: str) -> None:
    """Send what is logged, from a level on, to a stream. Raises UsageProblem."""
    if level.lower() not in LEVELS:
        raise UsageProblem(f"log_level is {level!r}; one of: {', '.join(LEVELS)}")
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.WriteLoggerFactory(stream),
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
    )
