"""What a fan does in the chat: menu buttons of each type, her place, her questions."""

from sandbox.catalogue.known import Known

SCAN = {"ScanType": "qrcode", "ScanResult": "https://example.com/shelf/7"}
PICTURES = {"Count": 1, "PicList": {"item": [{"PicMd5Sum": "5a75aaca956d97be686719218f275c6b"}]}}
PLACE = {
    "Location_X": "31.2243",
    "Location_Y": "121.4452",
    "Scale": "15",
    "Label": "南京西路 1688 号",
    "Poiname": "静安寺",
}

EVENTS = {
    "LOCATION": Known({"Latitude": "31.2243", "Longitude": "121.4452", "Precision": "65.0"}),
    "CLICK": Known({"EventKey": "SKINCARE"}, trigger="menu"),
    "VIEW": Known({"EventKey": "https://example.com/", "MenuId": "413434201"}),
    "view_miniprogram": Known({"EventKey": "pages/index/index", "MenuId": "413434201"}),
    "scancode_push": Known({"EventKey": "SHELF", "ScanCodeInfo": SCAN}, trigger="menu"),
    "scancode_waitmsg": Known({"EventKey": "SHELF", "ScanCodeInfo": SCAN}, trigger="menu"),
    "pic_sysphoto": Known({"EventKey": "PHOTO", "SendPicsInfo": PICTURES}),
    "pic_photo_or_album": Known({"EventKey": "PHOTO", "SendPicsInfo": PICTURES}),
    "pic_weixin": Known({"EventKey": "PHOTO", "SendPicsInfo": PICTURES}),
    "location_select": Known({"EventKey": "NEAR", "SendLocationInfo": PLACE}),
}
