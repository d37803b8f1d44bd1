"""Uploads have a bound together and one for each address, and leave no empty folders."""

import asyncio
import os
import time

import pytest

from mnist_demo.ui.server.request_limits import OPEN
from mnist_demo.ui.server.uploads import UploadLimit

PUBLIC, OTHER = ("8.8.8.8", 1), ("9.9.9.9", 1)


class Host:
    """The limit in front of something that takes as long over an upload as the test likes."""

    def __init__(self, folder, most_bytes=1000, most_each=2, seconds=60):
        self.answers, self.taken = [], 0
        self.go_on = asyncio.Event()
        self.limit = UploadLimit(self.take, folder, most_bytes, most_each, seconds)

    async def take(self, scope, receive, send):
        self.taken += 1
        await self.go_on.wait()

    async def send(self, message):
        if message["type"] == "http.response.start":
            self.answers.append(message["status"])

    def upload(self, size, client=PUBLIC, path="/gradio_api/upload"):
        headers = [] if size is None else [(b"content-length", str(size).encode())]
        scope = {"type": "http", "path": path, "headers": headers, "client": client}
        return asyncio.ensure_future(self.limit(scope, None, self.send))


def run(test):
    return asyncio.run(asyncio.wait_for(test, 10))


def test_one_address_sends_so_many_at_once_and_others_still_can(tmp_path):
    async def sent():
        host = Host(tmp_path)
        for client in (PUBLIC, PUBLIC, PUBLIC, OTHER, ("127.0.0.1", 1), ("127.0.0.1", 1), ("127.0.0.1", 1)):
            host.upload(1, client)
        await asyncio.sleep(0.01)
        assert (host.taken, host.answers) == (6, [429]), "a private address may stand for a proxy's visitors"
        host.go_on.set()
        await asyncio.sleep(0.01)
        await host.upload(1)
        assert (host.taken, host.answers) == (7, [429])

    run(sent())


@pytest.mark.parametrize("path", ["/gradio_api/upload", "/gradio_api/upload/"])
def test_files_that_are_there_and_those_that_arrive_have_a_bound_together(tmp_path, path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "picture.png").write_bytes(b"x" * 700)

    async def sent():
        host = Host(tmp_path)
        host.upload(200, path=path)
        await asyncio.sleep(0.01)
        await host.upload(200, path=path)
        assert (host.taken, host.answers) == (1, [507])
        host.go_on.set()
        await asyncio.sleep(0.01)
        await host.upload(200, path=path)
        assert (host.taken, host.answers) == (2, [507])
        await host.upload(None, path=path)
        assert host.answers == [507, 507], "it may be as large as any"
        await host.upload(10**6, path="/gradio_api/queue/join")
        assert host.taken == 3

    assert OPEN["/gradio_api/upload"] > 1000
    run(sent())


def test_empty_folders_go_after_a_while_and_nothing_else(tmp_path):
    for name in ("old", "new", "full"):
        (tmp_path / name).mkdir()
    (tmp_path / "full" / "picture.png").write_bytes(b"x")
    for name in ("old", "full"):
        os.utime(tmp_path / name, (time.time() - 100,) * 2)

    async def sent():
        host = Host(tmp_path)
        host.go_on.set()
        await host.upload(1)

    run(sent())
    assert sorted(path.name for path in tmp_path.iterdir()) == ["full", "new"]
