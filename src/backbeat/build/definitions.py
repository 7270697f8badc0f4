"""What each version of a metric meant when it was first published: a definition changes with its version only."""

from backbeat import content
from backbeat.lake.ledger import Batch
from backbeat.specs import Metric

Known = dict[str, dict[str, str]]


def known_definitions(last: Batch | None) -> Known:
    """{metric: {version: fingerprint}} as the lake first saw them, with those of today that it had not seen."""
    seen = _seen(last)
    today = {metric.name: {str(metric.version): _fingerprint(metric)} for metric in content.metrics().values()}
    return {name: {**today.get(name, {}), **seen.get(name, {})} for name in {*seen, *today}}


def silently_changed(last: Batch | None) -> dict[str, str]:
    """The metrics whose SQL is another than when their version was first published, by name, with the first one's fingerprint."""
    seen = _seen(last)
    return {
        metric.name: was
        for metric in content.metrics().values()
        if (was := seen.get(metric.name, {}).get(str(metric.version)))
        and was not in {_fingerprint(metric), *metric.same_as}
    }


def _seen(last: Batch | None) -> Known:
    return dict((last.built_from or {}).get("metrics", {})) if last else {}


def _fingerprint(metric: Metric) -> str:
    """Of the SQL with all the relations it stands on; neither comments nor white space mean anything."""
    sql = content.tables()[metric.table].sql if metric.table else metric.sql
    return content.fingerprint(" ".join(content.without_comments(content.with_relations(sql, stored=False)).split()))
