"""The exception tree and its exit codes.

    BackbeatError                1  a bug, where nothing more precise fits
    ├── UsageError               2  a flag, a setting or a content file is wrong
    │   └── UnreadableSql           SQL that can't be parsed
    ├── InputError               3  raw input that can't be read
    ├── CheckFailed              4  a `fail` check found bad rows; gold keeps its last good version
    ├── LakeBusy                 5  another writer holds the lake
    └── StorageError             6  an engine or storage failure after retries

A message says what happened, where, and what to type next, and never shows a customer's data.
"""

import re

_BECAUSE = re.compile(r"\s*\n\s*(?:\x1b\[\d+m)?↳(?:\x1b\[0m)?\s*")
"""What delta-rs and obstore put before each line that says why the line above it came about."""

_CALLING = re.compile(r"An error occurred while calling \S+\n: ")
"""What Py4J says before what Java said."""


class BackbeatError(Exception):
    """Base of everything Backbeat raises on purpose; `exit_code` is the command line's."""

    exit_code = 1


class UsageError(BackbeatError):
    """A flag, a setting or a content file is wrong."""

    exit_code = 2


class UnreadableSql(UsageError):
    """SQL that can't be parsed, or that lacks the value of a parameter."""


class InputError(BackbeatError):
    """Raw input that can't be read."""

    exit_code = 3


class CheckFailed(BackbeatError):
    """A check of severity `fail` found bad rows; nothing of it was published."""

    exit_code = 4


class LakeBusy(BackbeatError):
    """Another writer holds the lake."""

    exit_code = 5


class StorageError(BackbeatError):
    """An engine or a store failed, after retries."""

    exit_code = 6


def first_line(error: BaseException) -> str:
    """The first line of a foreign error, with its reasons where it lists them, cut to fit into one of ours."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    said = _BECAUSE.sub(": ", _CALLING.sub("", str(error).strip()))
    return (said.splitlines() or [type(error).__name__])[0][:300]
