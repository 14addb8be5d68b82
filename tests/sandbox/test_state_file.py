"""The state file: an older one gets what it lacks."""

import sqlite3

from sandbox.store import SCHEMA, Store, grow


def test_a_file_of_an_older_sandbox_is_given_the_columns_it_lacks(tmp_path):
    path = tmp_path / "sandbox.sqlite3"
    old = sqlite3.connect(path)
    old.execute(
        "CREATE TABLE fans (openid TEXT PRIMARY KEY, appid TEXT NOT NULL, person_id TEXT NOT NULL,"
        " follows INTEGER NOT NULL DEFAULT 0, followed_ms INTEGER, scene TEXT DEFAULT '')"
    )
    old.execute("INSERT INTO fans (openid, appid, person_id) VALUES ('o1', 'wx1', 'p1')")
    old.commit()
    old.close()

    row = Store(path).row("SELECT * FROM fans")

    assert (row["openid"], row["remark"], row["blacklisted"]) == ("o1", "", 0)


def test_growing_twice_changes_nothing():
    connection = sqlite3.connect(":memory:")
    grow(connection, SCHEMA.read_text())
    made = connection.execute("SELECT sql FROM sqlite_schema").fetchall()

    grow(connection, SCHEMA.read_text())

    assert connection.execute("SELECT sql FROM sqlite_schema").fetchall() == made
    connection.close()
