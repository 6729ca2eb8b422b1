"""A server whose clients mean harm: every one is refused in time, and the next honest one is answered."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest
import uvicorn

from breakeven.cli.protocol import GuardedProtocol


class Strict(GuardedProtocol):
    """The same with limits that a test can wait for."""

    head_bytes = 4096
    head_seconds = 0.4
    body_seconds = 0.4
    most_connections = 5


async def echo(scope: Any, receive: Any, send: Any) -> None:
    """Answers with the number of bytes of the body."""
    size, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        size, more = size + len(message["body"]), message["more_body"]
        if scope["path"] == "/slow":
            await asyncio.sleep(0.6)  # longer than the server waits for a body: it is not the sender who is slow
    body = str(size).encode()
    headers = [(b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        config = uvicorn.Config(echo, http=Strict, ws="none", lifespan="off", log_config=None, access_log=False)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        yield listener.getsockname()[1]
        server.should_exit = True
        thread.join()


def told(port: int, *parts: bytes) -> tuple[int, bytes]:
    """Status and body of what the server says, until it closes; it has five seconds."""
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        received = b""
        try:
            for part in parts:
                connection.sendall(part)
            while chunk := connection.recv(65536):
                received += chunk
        except ConnectionError:
            pass
    head, _, body = received.partition(b"\r\n\r\n")
    return int(head.split()[1]) if head else 0, body


def answered(port: int) -> bool:
    return told(port, b"POST / HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-length: 3\r\n\r\nabc") == (200, b"3")


HEAD = b"POST / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n"


@pytest.mark.parametrize(
    ("parts", "status", "says"),
    [
        ([HEAD + b"".join(b"x-%d: y\r\n" % number for number in range(1000)) + b"\r\n"], 431, "4096 bytes"),
        ([HEAD, b"x: " + b"y" * 5000], 431, "4096 bytes"),
        ([b"GET /" + b"a" * 5000], 431, "4096 bytes"),
        ([HEAD, b"x:"], 408, "headers did not arrive"),
        ([], 408, "headers did not arrive"),
        ([HEAD + b"content-length: 10\r\n\r\nabc"], 408, "less than 1024 bytes a second"),
        ([HEAD + b"transfer-encoding: chunked\r\n\r\n3\r\nabc\r\n"], 408, "less than 1024 bytes a second"),
    ],
)
def test_refused(port: int, parts: list[bytes], status: int, says: str) -> None:
    found, body = told(port, *parts)
    assert (found, json.loads(body)["status"]) == (status, status)
    assert says in json.loads(body)["detail"]
    assert answered(port)


@pytest.mark.parametrize(
    "request_",
    [
        b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 99999999999999999999999\r\n\r\n",
        b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET / HTTP/9.9\r\n\r\n",
    ],
)
def test_no_http(port: int, request_: bytes) -> None:
    assert told(port, request_)[0] == 400
    assert answered(port)


def test_a_slow_server_is_no_slow_sender(port: int) -> None:
    body = b"a" * 300_000
    head = HEAD.replace(b"/", b"/slow", 1) + b"content-length: %d\r\n\r\n" % len(body)
    assert told(port, head + body) == (200, b"300000")


def test_one_connection_after_the_other_may_be_used_again(port: int) -> None:
    one = b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\n\r\nabc"
    status, rest = told(port, one, one, one.replace(b"host: a", b"host: a\r\nconnection: close"))
    assert (status, rest.count(b"200 OK")) == (200, 2)


def test_more_connections_than_the_server_takes(port: int) -> None:
    held = [socket.create_connection(("127.0.0.1", port), timeout=5) for _ in range(5)]
    try:
        assert told(port, HEAD)[0] in (503, 0)
    finally:
        for connection in held:
            connection.close()
    assert any(answered(port) for _ in range(100))
