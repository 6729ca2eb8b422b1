"""serve and demo: the web server in front of a workspace."""

from __future__ import annotations

import ipaddress
import shutil
import signal
import socket
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import uvicorn

from breakeven.app import Company, open_company, serving, utc_now
from breakeven.cli.options import workspace_options
from breakeven.demo.load import load_company
from breakeven.demo.live import traffic
from breakeven.errors import NotAllowed, PortInUse
from breakeven.settings import Settings, read_settings
