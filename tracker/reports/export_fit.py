"""A workout as a FIT activity: a `set` message for every set and every rest between two, as watches write them.

The exercise is category hip_raise with the name single_leg_hip_raise (weighted_ with a load): FIT knows no hip thrust
on one leg. Which leg it was stands in the exercise's title, since a set has no field for it. Field names and numbers:
FIT SDK profile 21, in the package fit-tool.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from tracker.core.model import Side
from tracker.errors import ExtraMissing
from tracker.reports.workout import EXERCISE, Workout, WorkoutSet

_DEVELOPMENT = 255  # the manufacturer number for those who have none


def fit_bytes(workout: Workout) -> bytes:
    """The file. Raises ExtraMissing."""
    try:
        from fit_tool.fit_file_builder import FitFileBuilder
    except ImportError as error:
        raise ExtraMissing("--to fit", package="fit-tool", extra="fit") from error
    builder = FitFileBuilder(auto_define=True, min_string_size=50)
    builder.add_all(_messages(workout))
    return bytes(builder.build_bytes())


def _messages(workout: Workout) -> list[Any]:
    from fit_tool.profile import profile_type as fit
    from fit_tool.profile.messages.activity_message import ActivityMessage
    from fit_tool.profile.messages.event_message import EventMessage
    from fit_tool.profile.messages.file_id_message import FileIdMessage
    from fit_tool.profile.messages.lap_message import LapMessage
    from fit_tool.profile.messages.session_message import SessionMessage

    start_ms, end_ms = _milliseconds(workout.started_at), _milliseconds(workout.ended_at)
    span: dict[str, Any] = {
        "timestamp": end_ms,
        "start_time": start_ms,
        "total_elapsed_time": workout.duration_s,
        "total_timer_time": workout.duration_s,
        "sport": fit.Sport.TRAINING,
        "sub_sport": fit.SubSport.STRENGTH_TRAINING,
        "total_cycles": sum(item.rep_count for item in workout.sets),
    }
    about = {"type": fit.FileType.ACTIVITY, "manufacturer": _DEVELOPMENT, "product": 0, "time_created": start_ms}
    timer = {"event": fit.Event.TIMER}
    stop = fit.EventType.STOP_ALL
    last = {"event_type": fit.EventType.STOP, "message_index": 0}
    return [
        _filled(FileIdMessage(), **about),
        _filled(EventMessage(), **timer, event_type=fit.EventType.START, timestamp=start_ms),
        *_titles(workout),
        *_sets(workout),
        _filled(EventMessage(), **timer, event_type=stop, timestamp=end_ms),
        _filled(LapMessage(), **span, **last, event=fit.Event.LAP),
        _filled(SessionMessage(), **span, **last, event=fit.Event.SESSION, first_lap_index=0, num_laps=1),
        _filled(
            ActivityMessage(),
            timestamp=end_ms,
            local_timestamp=_local_seconds(workout.ended_at),
            total_timer_time=workout.duration_s,
            num_sessions=1,
            type=fit.Activity.MANUAL,
            event=fit.Event.ACTIVITY,
            event_type=fit.EventType.STOP,
        ),
    ]


def _titles(workout: Workout) -> list[Any]:
    """What the steps are called, one a leg: `Single Leg Hip Thrust, left`."""
    from fit_tool.profile.messages.exercise_title_message import ExerciseTitleMessage
    from fit_tool.profile.profile_type import ExerciseCategory

    return [
        _filled(
            ExerciseTitleMessage(),
            message_index=step,
            exercise_category=ExerciseCategory.HIP_RAISE.value,
            exercise_name=_exercise_name(workout.sets[0]),
            workout_step_name=f"{EXERCISE}, {side.value}" if side.value else EXERCISE,
        )
        for step, side in enumerate(_sides(workout))
    ]


def _sets(workout: Workout) -> list[Any]:
    from fit_tool.profile import profile_type as fit
    from fit_tool.profile.messages.set_message import SetMessage

    messages: list[Any] = []
    sides = _sides(workout)
    before_ms: int | None = None
    for item in workout.sets:
        start_ms = _milliseconds(item.started_at)
        if before_ms is not None:
            rest: dict[str, Any] = {"set_type": fit.SetType.REST, "start_time": before_ms, "timestamp": start_ms}
            messages.append(_filled(SetMessage(), **rest, duration=max(0, start_ms - before_ms) / 1000))
        before_ms = start_ms + round(1000 * item.duration_s)
        load = {"weight": item.load_kg, "weight_display_unit": fit.FitBaseUnit.KILOGRAM.value} if item.load_kg else {}
        messages.append(
            _filled(
                SetMessage(),
                set_type=fit.SetType.ACTIVE,
                start_time=start_ms,
                timestamp=before_ms,
                duration=item.duration_s,
                repetitions=item.rep_count,
                category=[fit.ExerciseCategory.HIP_RAISE.value],
                category_subtype=[_exercise_name(item)],
                workout_step_index=sides.index(item.side),
                **load,
            )
        )
    for index, message in enumerate(messages):
        message.message_index = index
    return messages


def _exercise_name(item: WorkoutSet) -> int:
    from fit_tool.profile.profile_type import HipRaiseExerciseName as Name

    number: int = (Name.WEIGHTED_SINGLE_LEG_HIP_RAISE if item.load_kg else Name.SINGLE_LEG_HIP_RAISE).value
    return number


def _sides(workout: Workout) -> list[Side]:
    return list(dict.fromkeys(item.side for item in workout.sets))


def _filled(message: Any, **values: object) -> Any:
    for name, value in values.items():
        if not hasattr(type(message), name):
            raise AttributeError(f"{type(message).__name__} has no field {name}")
        setattr(message, name, value)
    return message


def _milliseconds(moment: datetime) -> int:
    return round(1000 * moment.timestamp())


def _local_seconds(moment: datetime) -> int:
    """What a clock on the wall shows, as seconds since FIT's epoch in 1989."""
    wall = moment.replace(tzinfo=UTC)
    return round((wall - datetime(1989, 12, 31, tzinfo=UTC)).total_seconds())
