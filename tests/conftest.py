"""Fixtures for all tests.

`app`/`client`: one built app, every commit a savepoint, rolled back at the end of the test.
`own_database`: a clone of the migrated template, with real commits, for races and flows.
`house`: the demo brand's small cast, in whichever of the two the test asked for.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from types import SimpleNamespace

import pytest
import redis as redis_package
from sqlalchemy import create_engine

from app import sms
from app.core import clock, database, db, queue
from app.core.settings import Settings
from app.wechat import gateway
from tests import factories, ground, leaks


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """What a test's processes printed is searched when it is over."""
    report = yield
    if report.when == "teardown" and report.passed:
        leaks.judge(report)
    return report


@pytest.fixture(scope="session")
def admin():
    return ground.admin_url()


@pytest.fixture(scope="session")
def wechat_box(tmp_path_factory):
    """WeChat in a box, one process a worker, over real HTTP."""
    from tests.sandbox.play import running

    folder = tmp_path_factory.mktemp("wechat")
    preview = tmp_path_factory.mktemp("preview")
    with running(folder, "http://127.0.0.1:9", preview) as sandbox:
        yield sandbox


@pytest.fixture(scope="session")
def shared_database(admin) -> Iterator[database.Urls]:
    with leaks.cloned(admin) as urls:
        yield urls
        with redis_package.Redis.from_url(ground.redis_url()) as client:
            leaks.refuse_in_valkey(client)


@pytest.fixture(scope="session")
def settings(shared_database, wechat_box) -> Settings:
    return ground.make_settings(shared_database, WECHAT_API_BASE_URL=wechat_box.url)


@pytest.fixture(scope="session")
def built_app(settings):
    from app.factory import create_app

    return create_app(settings)


@pytest.fixture
def app(built_app, admin, shared_database, quiet_queue):
    """Every commit of the test is a savepoint inside a transaction that is rolled back."""
    name = db.make_url(shared_database.app).database
    engine = create_engine(admin.set(database=name))
    process = built_app.extensions["process"]
    with engine.connect() as connection, connection.begin() as outer:
        db.configure(connection, connection)
        yield built_app
        outer.rollback()
    engine.dispose()
    process.disconnect()
    process.connect()


@pytest.fixture
def client(app):
    return app.test_client()


@pytest.fixture
def own_database(admin, built_app, wechat_box, quiet_queue):
    """Real commits in a database of this test's own. Gives the settings of its processes."""
    with leaks.cloned(admin) as urls:
        process = built_app.extensions["process"]
        before = process.urls
        process.disconnect()
        process.urls = urls
        process.connect()
        yield ground.make_settings(urls, WECHAT_API_BASE_URL=wechat_box.url)
        process.disconnect()
        process.urls = before
        process.connect()


@pytest.fixture
def quiet_queue(built_app, settings):
    """Nothing rung or counted earlier is left over, and the process is this worker's own again."""
    gateway.configure(settings.wechat_api_base_url)
    sms.configure(settings.sms)
    queue.configure(settings.redis_url)
    connection = queue.connection()
    for pattern in ("huike:rung:*", "huike:calls:*"):
        for key in connection.scan_iter(pattern):
            connection.delete(key)


@pytest.fixture
def house(request) -> SimpleNamespace:
    """禾木集 with two stores: Wei guides in the first, Bo in the second, Mei at headquarters."""
    if not {"app", "client", "own_database"} & set(request.fixturenames):
        request.getfixturevalue("app")
    else:
        for name in ("app", "own_database"):
            if name in request.fixturenames:
                request.getfixturevalue(name)
    return factories.make_house()


@pytest.fixture(autouse=True)
def real_time():
    yield
    clock.move(timedelta())


@pytest.fixture
def redis() -> redis_package.Redis:
    return queue.connection()
