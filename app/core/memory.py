"""What a process that was just made gives back before it begins its work."""

from __future__ import annotations

import ctypes
import gc


def settle() -> None:
    """Drop what only the making needed, and keep the rest out of every later collection.

    Importing a process's modules leaves some ten megabytes in holes that only `malloc_trim` gives
    back; a C library without it keeps them.
    """
    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
    gc.freeze()
