"""A sandbox process on a free port, reset before each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sandbox.play import MINI, SERVICE, Receiver, Sandbox, running


@pytest.fixture(scope="session")
def preview(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("preview")
    (folder / "index.html").write_text("<!doctype html><title>member card</title>")
    (folder / "app.js").write_text("export {}")
    return folder


@pytest.fixture(scope="session")
def the_receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.server.shutdown()
    receiver.server.server_close()


@pytest.fixture(scope="session")
def the_sandbox(
    tmp_path_factory: pytest.TempPathFactory, the_receiver: Receiver, preview: Path
) -> Iterator[Sandbox]:
    state = tmp_path_factory.mktemp("sandbox")
    with running(state, the_receiver.url, preview, SANDBOX_CALLBACK_TIMEOUT="1") as sandbox:
        yield sandbox


@pytest.fixture
def receiver(the_receiver: Receiver) -> Receiver:
    the_receiver.forget()
    return the_receiver


@pytest.fixture
def sandbox(the_sandbox: Sandbox, receiver: Receiver) -> Sandbox:
    the_sandbox.admin("POST", "/reset")
    the_sandbox.open_accounts(receiver.url + "/callback")
    for appid in (SERVICE, MINI):
        the_sandbox.admin("DELETE", f"/accounts/{appid}/templates")
    return the_sandbox


@pytest.fixture
def lin(sandbox: Sandbox) -> dict:
    return sandbox.person("lin")
