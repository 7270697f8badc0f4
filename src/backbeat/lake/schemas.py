"""The columns of silver and ops tables as Arrow schemas. Gold tables take theirs from their SQL, but for those of models."""

import pyarrow as pa

from backbeat.specs import Source

INSTANT = pa.timestamp("us", tz="UTC")

TYPES = {
    "id": pa.string(),
    "text": pa.string(),
    "time": INSTANT,
    "end": INSTANT,
    "integer": pa.int64(),
    "number": pa.float64(),
}

LINEAGE = pa.schema(
    [
        ("_batch_id", pa.int64()),
        ("_source_file", pa.string()),
        ("_row_number", pa.int64()),
        ("_file_modified_at", INSTANT),
        ("_ingested_at", INSTANT),
        ("_rescued", pa.string()),
        ("_sequence", pa.float64()),
    ]
)

OPS = {
    "ops.batches": pa.schema(
        [
            ("batch_id", pa.int64()),
            ("source", pa.string()),
            ("state", pa.string()),
            ("verb", pa.string()),
            ("planned_at", INSTANT),
            ("finished_at", INSTANT),
            ("files", pa.int64()),
            ("rows_read", pa.int64()),
            ("rows_accepted", pa.int64()),
            ("rows_quarantined", pa.int64()),
            ("rows_duplicate", pa.int64()),
            ("rows_replaced", pa.int64()),
            ("rows_late", pa.int64()),
            ("gold_versions", pa.string()),
            ("closed_through", INSTANT),
            ("final_before", INSTANT),
            ("planned_files", pa.string()),
            ("built_from", pa.string()),
            ("notes", pa.string()),
        ]
    ),
    "ops.files": pa.schema(
        [
            ("path", pa.string()),
            ("source", pa.string()),
            ("batch_id", pa.int64()),
            ("size", pa.int64()),
            ("fingerprint", pa.string()),
            ("modified_at", INSTANT),
            ("rows", pa.int64()),
            ("state", pa.string()),
            ("reason", pa.string()),
            ("contract", pa.string()),
        ]
    ),
    "ops.quarantine": pa.schema(
        [
            ("source", pa.string()),
            ("reasons", pa.list_(pa.string())),
            ("raw_row", pa.string()),
            ("source_file", pa.string()),
            ("row_number", pa.int64()),
            ("batch_id", pa.int64()),
            ("quarantined_at", INSTANT),
            ("status", pa.string()),
            ("file_modified_at", INSTANT),
        ]
    ),
    "ops.restatements": pa.schema(
        [
            ("metric", pa.string()),
            ("window_from", pa.date32()),
            ("window_to", pa.date32()),
            ("slice", pa.string()),
            ("slice_value", pa.string()),
            ("old_value", pa.float64()),
            ("new_value", pa.float64()),
            ("batch_id", pa.int64()),
            ("restated_at", INSTANT),
        ]
    ),
    "ops.notifications": pa.schema(
        [
            ("alert", pa.string()),
            ("opened_at", INSTANT),
            ("event", pa.string()),
            ("happened_at", INSTANT),
            ("target", pa.string()),
            ("message", pa.string()),
            ("severity", pa.string()),
            ("state", pa.string()),
            ("attempts", pa.int64()),
            ("tried_at", INSTANT),
            ("reason", pa.string()),
        ]
    ),
    "ops.checks": pa.schema(
        [
            ("check", pa.string()),
            ("severity", pa.string()),
            ("passed", pa.bool_()),
            ("bad_rows", pa.int64()),
            ("example", pa.string()),
            ("run_at", INSTANT),
        ]
    ),
}

MODELS = {
    "gold.predictions": pa.schema(
        [
            ("label", pa.string()),
            ("customer_id", pa.string()),
            ("as_of", INSTANT),
            ("probability", pa.float64()),
            ("predicted", pa.bool_()),
            ("threshold", pa.float64()),
            ("reasons", pa.list_(pa.string())),
            ("model_version", pa.string()),
        ]
    ),
    "gold.prediction_quality": pa.schema(
        [
            ("label", pa.string()),
            ("model_version", pa.string()),
            ("split", pa.string()),
            ("metric", pa.string()),
            ("bin", pa.string()),
            ("value", pa.float64()),
            ("low", pa.float64()),
            ("high", pa.float64()),
            ("baseline_value", pa.float64()),
            ("window_from", pa.date32()),
            ("window_to", pa.date32()),
        ]
    ),
}
"""The gold tables that predictions make: they are no SELECT."""

ALERTS = {
    "gold.activity_scores": pa.schema(
        [
            ("window_start", INSTANT),
            ("alert", pa.string()),
            ("series", pa.string()),
            ("value", pa.float64()),
            ("expected", pa.float64()),
            ("lower", pa.float64()),
            ("upper", pa.float64()),
            ("score", pa.float64()),
            ("is_breach", pa.bool_()),
            ("rule_version", pa.int64()),
            ("window_date", pa.date32()),
        ]
    ),
    "gold.alerts": pa.schema(
        [
            ("alert", pa.string()),
            ("series", pa.string()),
            ("opened_at", INSTANT),
            ("resolved_at", INSTANT),
            ("state", pa.string()),
            ("peak_value", pa.float64()),
            ("expected", pa.float64()),
            ("score", pa.float64()),
            ("rule_version", pa.int64()),
            ("severity", pa.string()),
        ]
    ),
}
"""The gold tables that alerts make: the history of runs."""
WRITTEN = MODELS | ALERTS
"""The gold tables that no build makes."""


def silver(source: Source) -> pa.Schema:
    """The columns of `silver.SOURCE`: the contract's, the partition's date, then lineage."""
    columns = [pa.field(name, TYPES[column.type]) for name, column in source.columns.items()]
    dates = [pa.field(name, pa.date32()) for name in source.partition]
    return pa.schema([*columns, *dates, *LINEAGE])
