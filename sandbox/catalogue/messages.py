"""Messages of every kind; each opens the window of 48 hours."""

from collections.abc import Mapping
from typing import Any

from sandbox.catalogue.known import Known

MEDIA = "MEDIA_{nonce}"
PLACE = {"Location_X": "31.2243", "Location_Y": "121.4452", "Scale": 15, "Label": "静安寺"}

FIELDS: Mapping[str, Mapping[str, Any]] = {
    "text": {"Content": "在吗"},
    "image": {"PicUrl": "http://mmbiz.qpic.cn/mmbiz/{nonce}/0", "MediaId": MEDIA},
    "voice": {"MediaId": MEDIA, "Format": "amr", "Recognition": ""},
    "video": {"MediaId": MEDIA, "ThumbMediaId": "THUMB_{nonce}"},
    "shortvideo": {"MediaId": MEDIA, "ThumbMediaId": "THUMB_{nonce}"},
    "location": PLACE,
    "link": {"Title": "标题", "Description": "描述", "Url": "https://example.com/"},
    "miniprogrampage": {
        "Title": "会员卡",
        "AppId": "{appid}",
        "PagePath": "pages/index/index",
        "ThumbUrl": "http://mmbiz.qpic.cn/mmbiz/{nonce}/0",
        "ThumbMediaId": "THUMB_{nonce}",
    },
}
MESSAGES = {kind: Known(fields, trigger="message") for kind, fields in FIELDS.items()}
