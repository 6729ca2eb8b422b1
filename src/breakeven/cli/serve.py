"""serve and demo: the web server in front of a workspace."""

from __future__ import annotations
