"""Temporary files: bytes or a JSON error, for three days."""

import pytest

from tests.sandbox.play import MINI, SERVICE

PNG = b"\x89PNG" + b"0" * 100
UPLOAD, GET = "/cgi-bin/media/upload", "/cgi-bin/media/get"


def upload(sandbox, kind="image", filename="a.png", data=PNG):
    query = f"?access_token={sandbox.token()}&type={kind}"
    return sandbox.raw("POST", UPLOAD + query, fields={"media": (filename, data)}).json()


def download(sandbox, media_id, appid=SERVICE):
    fields = {"access_token": sandbox.token(appid), "media_id": media_id}
    return sandbox.raw("GET", GET, fields=fields)


def test_a_file_comes_back_as_it_went(sandbox):
    made = upload(sandbox)

    got = download(sandbox, made["media_id"])

    assert (made["type"], got.data) == ("image", PNG)
    assert got.headers["Content-Type"] == "image/png"
    assert "filename=" in got.headers["Content-disposition"]


def test_a_missing_old_or_foreign_file_is_a_json_error_at_200(sandbox):
    media_id = upload(sandbox)["media_id"]

    assert download(sandbox, "made-up").json()["errcode"] == 40007
    assert download(sandbox, "").json()["errcode"] == 41006
    assert download(sandbox, media_id, MINI).json()["errcode"] == 40007
    sandbox.move_clock(3 * 86400 + 1)
    old = download(sandbox, media_id)
    assert (old.status, old.json()["errcode"]) == (200, 40007)


def test_a_video_comes_back_as_an_address(sandbox):
    made = upload(sandbox, "video", "a.mp4")

    assert download(sandbox, made["media_id"]).json()["video_url"].startswith("http://")
    assert "thumb_media_id" in upload(sandbox, "thumb", "a.jpg")


@pytest.mark.parametrize(
    ("kind", "filename", "data", "errcode"),
    [
        ("nonsense", "a.png", PNG, 40004),
        ("image", "a.exe", PNG, 40005),
        ("image", "a.png", b"", 41005),
        ("thumb", "a.jpg", b"0" * (64 * 1024 + 1), 45001),
    ],
)
def test_a_file_that_is_not_wanted_is_refused(sandbox, kind, filename, data, errcode):
    assert upload(sandbox, kind, filename, data)["errcode"] == errcode


def test_a_picture_is_sent_by_the_id_of_an_uploaded_one(sandbox, lin):
    sandbox.act(lin, "follow")

    def send(media_id):
        message = {"touser": lin["openids"][SERVICE], "msgtype": "image"}
        body = {**message, "image": {"media_id": media_id}}
        return sandbox.call("/cgi-bin/message/custom/send", body)["errcode"]

    assert send("made-up") == 40007
    assert send(upload(sandbox)["media_id"]) == 0


def test_a_picture_for_an_article_is_an_address(sandbox):
    query = f"?access_token={sandbox.token()}"
    answer = sandbox.raw(
        "POST", "/cgi-bin/media/uploadimg" + query, fields={"media": ("a.png", PNG)}
    )

    assert answer.json()["url"].startswith("http://")
