"""What every part of the sandbox is given."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from flask import current_app

from sandbox.clock import Clock
from sandbox.later import Later
from sandbox.settings import Settings
from sandbox.store import Store

if TYPE_CHECKING:
    from sandbox.callbacks import Courier


@dataclass(frozen=True)
class Box:
    """Settings, state, time, the courier who carries callbacks, and what happens later."""

    settings: Settings
    store: Store
    clock: Clock
    courier: "Courier"
    later: Later


def the_box() -> Box:
    """The box of the running application."""
    return cast(Box, current_app.extensions["sandbox"])
