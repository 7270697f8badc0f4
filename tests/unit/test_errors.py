"""What others' errors say, in one line of ours."""

import pytest

from backbeat.errors import first_line


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (ValueError("one\ntwo"), "one"),
        (ValueError(""), "ValueError"),
        (FileNotFoundError(2, "No such file or directory", "a"), "No such file or directory"),
        (OSError("S3 error\n  \x1b[31m↳\x1b[0m GET in 1s\n    ↳ time out\n"), "S3 error: GET in 1s: time out"),
        (ValueError("An error occurred while calling o5.parquet.\n: java.io.Error: no\n\tat a.b"), "java.io.Error: no"),
        (ValueError("a" * 1_000), "a" * 300),
    ],
)
def test_the_first_line_has_the_reason(error: Exception, said: str) -> None:
    assert first_line(error) == said
