"""Every event and message that WeChat is known to tell, with fields that make a good one."""

from collections.abc import Mapping

from sandbox.catalogue import cards, corp, menus, messages, platform
from sandbox.catalogue.known import Known

EVENTS: Mapping[str, Known] = {
    **menus.EVENTS,
    **platform.EVENTS,
    **cards.EVENTS,
    **corp.EVENTS,
}
MESSAGES: Mapping[str, Known] = messages.MESSAGES
