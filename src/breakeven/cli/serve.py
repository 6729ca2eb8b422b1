"""serve and demo: the web server in front of a workspace."""

from __future__ import annotations

import socket
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import click

from breakeven.app import Company, open_company, utc_now
from breakeven.cli.http import bind, local_address, run
from breakeven.cli.options import workspace_options
from breakeven.demo.live import traffic
from breakeven.demo.prepare import prepare
from breakeven.settings import Settings, read_settings
from breakeven.web.running import serving
from breakeven.web.server import build

HOST = click.option("--host", help="Address to bind; only this machine's own are allowed (default: 127.0.0.1).")
PORT = click.option("--port", type=click.IntRange(0, 65535), help="Port to bind, 0 for a free one (default: 8321).")
DEMO_FOLDER = Path(".breakeven-demo")
