"""The same WeChat and the same Huike as the callback's tests."""

from tests.wechat.conftest import account, box, brand, huike

__all__ = ["account", "box", "brand", "huike"]
