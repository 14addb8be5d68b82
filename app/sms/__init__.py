"""Codes by SMS: one way to send them, and the services that carry them.

`send` calls over the network and refuses to run inside a transaction. Which service carries the
messages is the setting SMS_PROVIDER; nothing else in Huike knows their names.
"""

from app.sms.port import NotSent, Off, configure, send

__all__ = ["NotSent", "Off", "configure", "send"]
