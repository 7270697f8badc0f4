"""What Backbeat must produce, said a second time in plain Python.

Nothing here knows the pipeline or its SQL: files are read into Python values, rows are dictionaries, tables are lists
of them. It is slow where slow is clearer, and it knows one state of a raw folder, not the history of runs: batch ids,
run times, late sessions and restatements have no place in it.

    world = read_raw("demo/raw", timezone="Europe/Stockholm")
    world.silver["sessions"]            # typed, valid, deduplicated
    kpis(world, closed=True)            # what a run with --close would leave
"""

from tests.oracle.activity import activity_5m
from tests.oracle.adoption import feature_adoption
from tests.oracle.catalogue import artist_daily, track_daily
from tests.oracle.clock import as_of, watermark
from tests.oracle.conversion import conversion
from tests.oracle.dates import dates
from tests.oracle.days import customer_day, customer_device_day, customer_event_day
from tests.oracle.engagement import active_days, daily_engagement
from tests.oracle.exclusions import Rules, excluded_customers, without_excluded
from tests.oracle.firsts import feature_types, first_sessions, first_uses
from tests.oracle.funnel import funnel
from tests.oracle.histogram import sessions_histogram
from tests.oracle.kpis import kpi_summary, kpis
from tests.oracle.metrics import METRICS, measure
from tests.oracle.nouns import Counts, File, Quarantined, World
from tests.oracle.people import known_customers
from tests.oracle.plans import plan_periods
from tests.oracle.predictors import churned, engaged, predictors
from tests.oracle.retention import retention_weekly, weeks_active
from tests.oracle.segments import customer_segments
from tests.oracle.silver import read_raw

__all__ = [
    "METRICS",
    "Counts",
    "File",
    "Quarantined",
    "Rules",
    "World",
    "active_days",
    "activity_5m",
    "artist_daily",
    "as_of",
    "churned",
    "conversion",
    "customer_day",
    "customer_device_day",
    "customer_event_day",
    "customer_segments",
    "daily_engagement",
    "dates",
    "engaged",
    "excluded_customers",
    "feature_adoption",
    "feature_types",
    "first_sessions",
    "first_uses",
    "funnel",
    "known_customers",
    "kpi_summary",
    "kpis",
    "measure",
    "plan_periods",
    "predictors",
    "read_raw",
    "retention_weekly",
    "sessions_histogram",
    "track_daily",
    "watermark",
    "weeks_active",
    "without_excluded",
]
