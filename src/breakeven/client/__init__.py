"""The SDK: tell breakeven from your own program what its models are asked, what they cost and what comes of it.

    from breakeven import client

    client.configure("https://breakeven.example", key="…", project="support-bot")
    client.track(model="gpt-4.1-mini", provider="openai", input_tokens=1830, output_tokens=240, outcome="resolved")

It needs the standard library alone, never raises into the program and never waits for the server. Records go out in the
background, wait on disk while the server is away, and have their ids from the call on, so that none counts twice.
Without an address (`configure`, or BREAKEVEN_URL) nothing is sent.
"""

from __future__ import annotations

from breakeven.client.client import Client
from breakeven.client.default import (
    close,
    configure,
    current_id,
    flush,
    interaction,
    outcome,
    stats,
    track,
    wrap,
)
from breakeven.client.interaction import Interaction
from breakeven.client.responses import usage_of
from breakeven.client.stats import Stats

__all__ = [
    "Client",
    "Interaction",
    "Stats",
    "close",
    "configure",
    "current_id",
    "flush",
    "interaction",
    "outcome",
    "stats",
    "track",
    "usage_of",
    "wrap",
]
