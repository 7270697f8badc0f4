"""Databricks SQL in DuckDB's words: only parameters become values."""

import pytest

from backbeat.engines.dialect import to_duckdb
from backbeat.engines.literal import portable


@pytest.mark.parametrize("text", [":smile", "$p_a", "it's :a", "-- :a", "/* $p_a */"])
def test_text_in_quotes_stays(text: str) -> None:
    escaped = text.replace("'", "\\'")
    assert text.replace("'", "''") in to_duckdb(f"select '{escaped}' as v, :a as w /* don't: :a */", {"a": 1})


@pytest.mark.parametrize("text", ["", "plain", "it's", "a\\b", "\\'", "''"])
def test_text_is_the_same_for_every_engine(text: str) -> None:
    import duckdb

    for sql in (f"select {portable(text)} as v", to_duckdb(f"select {portable(text)} as v")):
        assert duckdb.sql(sql).fetchall() == [(text,)]
