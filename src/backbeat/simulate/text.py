"""Ids and ISO times as Arrow text, built as blocks of bytes: one Python string a row would cost minutes."""

from datetime import date, timedelta

import numpy as np
import pyarrow as pa

LONGEST_SECONDS = 86_400 + 4 * 3_600
"""Seconds after midnight that a day's clock can show: a late session runs into the next day."""
FIRST_CUSTOMER = 100_000


def customer_ids(places: np.ndarray, number: int) -> pa.Array:
    """The ids of the customers at those places [n] in a world of `number`: plain digits, all of one width."""
    return texts(customer_bytes(number)[places])


def customer_bytes(number: int) -> np.ndarray:
    """Every customer's id as bytes [number, width]."""
    return digits(FIRST_CUSTOMER + np.arange(number), len(str(FIRST_CUSTOMER + number)))


def numbered(prefix: str, numbers: np.ndarray, width: int) -> np.ndarray:
    """A letter and zero-padded numbers [n] as bytes [n, 1 + width]."""
    block = np.empty((len(numbers), width + 1), np.uint8)
    block[:, 0] = ord(prefix)
    block[:, 1:] = digits(numbers, width)
    return block


def digits(numbers: np.ndarray, width: int) -> np.ndarray:
    """Zero-padded decimals [n] as bytes [n, width], four digits at a time."""
    chunks = -(-width // 4)
    block = np.empty((len(numbers), chunks, 4), np.uint8)
    rest = numbers.astype(np.int64)
    for chunk in reversed(range(chunks)):
        rest, low = np.divmod(rest, 10_000)
        block[:, chunk] = _FOUR[low]
    return block.reshape(len(numbers), -1)[:, chunks * 4 - width :]


def clock_bytes(day: date) -> np.ndarray:
    """Every second from the day's midnight as `2025-07-01T08:15:30Z` [LONGEST_SECONDS, 20]."""
    block = np.empty((LONGEST_SECONDS, 20), np.uint8)
    block[:, 10:] = _TIMES[np.arange(LONGEST_SECONDS) % 86_400]
    block[:86_400, :10] = _letters(day.isoformat())
    block[86_400:, :10] = _letters((day + timedelta(days=1)).isoformat())
    return block


def texts(block: np.ndarray) -> pa.Array:
    """Rows of bytes [n, width] as an Arrow string array, without a copy."""
    rows, width = block.shape
    offsets = np.arange(0, (rows + 1) * width, width, dtype=np.int32)
    return pa.StringArray.from_buffers(rows, pa.py_buffer(offsets), pa.py_buffer(np.ascontiguousarray(block)))


def _letters(text: str) -> np.ndarray:
    return np.frombuffer(text.encode(), np.uint8)


def _four_digits() -> np.ndarray:
    numbers = np.arange(10_000)
    return np.stack([numbers // power % 10 + ord("0") for power in (1000, 100, 10, 1)], axis=1).astype(np.uint8)


def _times_of_day() -> np.ndarray:
    seconds = np.arange(86_400)
    block = np.tile(_letters("T00:00:00Z"), (86_400, 1))
    for place, part in ((1, seconds // 3600), (4, seconds // 60 % 60), (7, seconds % 60)):
        block[:, place : place + 2] = _FOUR[part][:, 2:]
    return block


_FOUR = _four_digits()
_TIMES = _times_of_day()
