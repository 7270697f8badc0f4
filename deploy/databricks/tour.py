# Databricks notebook source
# MAGIC %md
# MAGIC # How customers listen: a tour
# MAGIC
# MAGIC A notebook once computed three KPIs from raw parquet, windows of five minutes, alerts, and a classifier. This one tells the same story with Backbeat, which computes them exactly once, incrementally, and the same on one machine (`duckdb`) and on a cluster (`spark`).
# MAGIC
# MAGIC Load and normalise → KPIs → the live view → alerts → predictions → what to open next. Each cell is a call or two; every call is a command, too.

# COMMAND ----------

import os
import tempfile
from datetime import date, timedelta
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

import backbeat
from backbeat import content
from backbeat.simulate import simulate

# COMMAND ----------

# MAGIC %md
# MAGIC ## Where things lie
# MAGIC
# MAGIC Widgets on Databricks, `TOUR_RAW`, `TOUR_LAKE`, `TOUR_ENGINE` and `TOUR_CUSTOMERS` elsewhere. `raw` holds `customers/`, `sessions/` and so on; where there is no such folder, a made-up world is written into it. The lake is a folder or a bucket, on Databricks a bucket.

# COMMAND ----------


def asked(name, default):
    if "dbutils" not in globals():
        return os.environ.get(f"TOUR_{name.upper()}", default)
    dbutils.widgets.text(name, default)
    return dbutils.widgets.get(name)


def show(rows):
    frame = pd.DataFrame(rows)
    if frame.empty:
        print("no rows")
    else:
        globals().get("display", print)(frame)


here = tempfile.mkdtemp(prefix="backbeat-tour-")
raw = asked("raw", f"{here}/raw")
place = asked("lake", f"{here}/lake")
engine = asked("engine", "duckdb")
customers = int(asked("customers", "300"))

# COMMAND ----------

# MAGIC %md
# MAGIC A made-up world is written as a company's bucket would hold it, and `truth.json` says what is true of it. Only to such a world will this tour add files.

# COMMAND ----------

if "://" not in raw and not Path(raw).is_dir():
    simulate(Path(raw), customers=customers, start=date(2025, 5, 15), end=date(2025, 8, 31))
is_made_up = Path(raw, "truth.json").exists()

# COMMAND ----------

# MAGIC %md
# MAGIC ## Load and normalise
# MAGIC
# MAGIC `backbeat run` takes the files it has not seen, types and checks every row, keeps one of each key, and rebuilds the tables that this touches. What can't be read goes to quarantine with its reasons, and to nobody's numbers. A row a batch:

# COMMAND ----------

# What is made up gets no names in the company's catalog.
lake = backbeat.open(raw=raw, lake=place, engine=engine, catalog="")


def run(**how):
    columns = ["source", "files", "rows_read", "rows_accepted", "rows_quarantined", "rows_duplicate"]
    show([{name: getattr(batch, name) for name in columns} for batch in lake.run(**how).taken.batches])


run()

# COMMAND ----------

# MAGIC %md
# MAGIC Run it again: nothing is new, so nothing is read and nothing written.

# COMMAND ----------

run()

# COMMAND ----------

# MAGIC %md
# MAGIC ## KPIs
# MAGIC
# MAGIC The three published figures, and what they count: the last 62 days, known customers, each a share. A numerator is always a part of its denominator.

# COMMAND ----------

metrics = content.metrics()
kpis = lake.kpis().to_pandas()
kpis["title"] = [metrics[name].title for name in kpis["metric"]]
kpis["definition"] = [metrics[name].definition for name in kpis["metric"]]
show(kpis[["title", "numerator", "denominator", "value", "status", "definition"]])

# COMMAND ----------

# MAGIC %md
# MAGIC Any window, by any slice. Where a slice has fewer than five customers, they are shown together as `other`.

# COMMAND ----------

last = kpis["window_to"].max()
by_plan = lake.kpis(first=last - timedelta(days=27), last=last, by=["plan"], metrics=["engaged_rate"]).to_pandas()
show(by_plan[["slice_value", "numerator", "denominator", "value", "threshold", "status"]])

# COMMAND ----------

# MAGIC %md
# MAGIC Anything else is SQL, over `silver`, `gold` and `ops`.

# COMMAND ----------

show(
    lake.sql(
        "select activity_date, dau, mau, stickiness from gold.daily_engagement order by 1 desc limit 7"
    ).to_pandas()
)

# COMMAND ----------

# MAGIC %md
# MAGIC ## Live
# MAGIC
# MAGIC A new file lands: at the next full hour forty customers begin to listen within five minutes. One row in it says that it is from 2099.

# COMMAND ----------

newest = lake.sql("select max(started_at) as at from silver.sessions")["at"][0].as_py()
busy = (newest + timedelta(hours=1)).replace(minute=0, second=0, microsecond=0)
who = lake.sql("select customer_id from silver.customers order by customer_id limit 40")["customer_id"].to_pylist()


def write_live_file():
    starts = [busy + timedelta(seconds=7 * n) for n in range(len(who))]
    later = [busy + timedelta(minutes=5 + n) for n in range(15)]
    times = [*starts, *later, busy.replace(year=2099)]
    rows = {
        "session_id": [f"live-{busy:%Y%m%d%H}-{n}" for n in range(len(times))],
        "customer_id": [who[n % len(who)] for n in range(len(times))],
        "started_at": pa.array(times, pa.timestamp("us", tz="UTC")),
    }
    pq.write_table(pa.table(rows), f"{raw}/sessions/live-{busy:%Y%m%d%H}.parquet")


if is_made_up:
    write_live_file()
run(close=True)

# COMMAND ----------

# MAGIC %md
# MAGIC The windows of five minutes, customers counted exactly. The row from 2099 has moved no watermark: it lies in quarantine. `lake.follow(…)`, or `backbeat run --follow`, does this over and over, seconds after a file has landed.

# COMMAND ----------

windows = "select window_start, sessions, customers, status from gold.activity_5m order by window_start desc limit 6"
show(lake.sql(windows).to_pandas())

# COMMAND ----------

show(lake.quarantine())

# COMMAND ----------

# MAGIC %md
# MAGIC ## Alert
# MAGIC
# MAGIC The run has scored every window against what is usual at that time of day and week. One incident a trouble, told once.

# COMMAND ----------

show(lake.alerts.list("session_spike", limit=5))

# COMMAND ----------

scores = "select window_start, value, expected, upper, score, is_breach from gold.activity_scores where alert = 'session_spike' order by window_start desc limit 6"
show(lake.sql(scores).to_pandas())

# COMMAND ----------

# MAGIC %md
# MAGIC What would a rule have done in the last four weeks? The old notebook's, `sessions_percentile`, beside ours: how many incidents would there have been, and how often would somebody have been woken?

# COMMAND ----------

rules = ["session_spike", "sessions_percentile"]
show([row for rule in rules for row in lake.alerts.replay(alert=rule).summary])

# COMMAND ----------

# MAGIC %md
# MAGIC ## Predict
# MAGIC
# MAGIC Who will be engaged in the days to come, from what is known today: features of days before, labels of days after, tested on days nothing was chosen by. The verdict says whether the model beats "engaged last time, engaged next time". So small a world may well say that it does not.

# COMMAND ----------

(report,) = lake.predict.train("engaged")
print(report["verdict"])

# COMMAND ----------

show(lake.predict.score("engaged"))

# COMMAND ----------

likely = lake.predict.list("engaged", top=5).to_pandas()
show(likely[["probability", "predicted", "reasons"]])

# COMMAND ----------

# MAGIC %md
# MAGIC ## What to open next
# MAGIC
# MAGIC | for | type |
# MAGIC |---|---|
# MAGIC | pages to read, filter and share | `backbeat dashboard`, or the Databricks App of `deploy/databricks-app` |
# MAGIC | the same as one file | `backbeat report OUT.html` |
# MAGIC | Power BI | `backbeat export powerbi DIR` |
# MAGIC | where a number comes from | `backbeat explain engaged_rate` |
# MAGIC | whether all of it holds | `backbeat check` |
# MAGIC
# MAGIC And how far this lake has come:

# COMMAND ----------

show([lake.status().facts])
