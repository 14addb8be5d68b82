"""Tasks with their history, where they come from, messages sent from them."""

from app.tasks.models.scripts import Script, ScriptFavourite, ScriptUse, ScriptVersion
from app.tasks.models.sources import BatchState, RuleKind, TaskBatch, TaskRule
from app.tasks.models.tasks import (
    FACE_TO_FACE,
    FROM_AFAR,
    OF_FANS,
    SPREAD,
    MessageState,
    Outcome,
    Situation,
    Source,
    Step,
    Task,
    TaskMessage,
    TaskState,
    TaskStep,
)

__all__ = [
    "FACE_TO_FACE", "FROM_AFAR", "OF_FANS", "SPREAD", "BatchState", "MessageState", "Outcome",
    "RuleKind", "Script", "ScriptFavourite", "ScriptUse", "ScriptVersion", "Situation",
    "Source", "Step", "Task", "TaskBatch", "TaskMessage", "TaskRule", "TaskState", "TaskStep",
]  # fmt: skip
