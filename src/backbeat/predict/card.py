"""A model's card: what it foretells, how it came to be, how good it is, and where not to trust it. In Markdown."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import SimpleNamespace
from typing import Any

from backbeat import content
from backbeat.predict.frame import Frame
from backbeat.predict.quality import Quality
from backbeat.predict.segments import weak
from backbeat.predict.train import Trained
from backbeat.predict.verdict import interval, shown, verdict

SCALARS = {
    "average_precision": "average precision",
    "roc_auc": "ROC AUC",
    "precision": "precision",
    "recall": "recall",
    "f1": "F1",
    "accuracy": "accuracy",
    "brier": "Brier score",
    "lift_at_10": "lift at 10 %",
    "ece": "calibration error (ECE)",
    "base_rate": "share of positives",
}
LITTLE = 0.1
"""A population stability index below which little has moved."""
CELLS = ("true_positive", "false_positive", "false_negative", "true_negative")


def card(trained: Trained) -> str:
    """The card of a model that has just been tested."""
    parts = (_head, _worth, _calibration, _choice, _days, _features, _segments, _origin)
    return "\n".join([*(line for part in parts for line in part(trained)), *_LIMITS]) + "\n"


def since_training(scored: Sequence[Mapping[str, Any]], then: float) -> str:
    """What has moved since, by the rows of the split `scored` ("" without any) and the share of positives `then`."""
    if not scored:
        return ""
    share = next((interval(SimpleNamespace(**row)) for row in scored if row["metric"] == "base_rate"), "unknown")
    head = ("", "## Since training", "", f"By the newest scores, as of {scored[0]['window_to']}.")
    shares = _table(("", "then", "now"), [("share of positives", shown(then), share)])
    return "\n".join([*head, *shares, *_moved_features(scored)]) + "\n"


def farthest(scored: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The rows of drift, of those of the split `scored`, that which lies farthest beyond chance first."""
    return sorted((row for row in scored if row["metric"] == "drift"), key=_beyond_chance, reverse=True)


def _beyond_chance(row: Mapping[str, Any]) -> float:
    return float(row["value"] - (row["baseline_value"] or 0))


def _moved_features(scored: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    moved = [row for row in farthest(scored) if _beyond_chance(row) > LITTLE]
    if not moved:
        yield f"No feature has moved by {LITTLE} beyond chance (population stability index)."
        return
    yield f"Features that have moved by more than {LITTLE} beyond chance (population stability index; above 0.25 is much):"
    rows = [(f"`{row['bin']}`", shown(row["value"]), shown(row["baseline_value"])) for row in moved]
    yield from _table(("feature", "index", "chance alone stays below"), rows)


def scalars(quality: Iterable[Quality]) -> dict[str, Quality]:
    """The numbers about all customers, by metric."""
    return {each.metric: each for each in quality if each.bin == "all"}


def _head(trained: Trained) -> Iterator[str]:
    facts = trained.model.facts
    yield from (f"# {trained.label.title}: model {trained.model.version}", "", facts.definition)
    if facts.horizon < facts.wanted_horizon:
        sessions = f", and {facts.sessions} sessions in place of those" if trained.label.horizon_days is None else ""
        yield (
            f"\nThe history is too short for the {facts.wanted_horizon} days asked for: "
            f"{facts.horizon} days are the longest that fit{sessions}."
        )
    yield from ("", f"**{verdict(scalars(trained.quality))}**", "")


def _worth(trained: Trained) -> Iterator[str]:
    facts, found = trained.model.facts, scalars(trained.quality)
    baseline = trained.label.baseline.format(days=facts.horizon, threshold=facts.sessions)
    yield from ("## How good it is", "")
    yield f"On the customers of the test days, which nothing was chosen by. Baseline: {baseline}. In brackets: where 95 % of bootstrap samples lie."
    rows = [(SCALARS[name], interval(found[name]), shown(found[name].baseline_value)) for name in SCALARS]
    yield from _table(("", "model", "baseline"), rows)
    cells = {each.bin: each for each in trained.quality if each.metric == "confusion"}
    yield f"Foretold from a probability of {facts.threshold:.3f} on, the cut of the best F1 in validation:"
    counted = [
        (cell.replace("_", " "), _count(cells[cell].value), _count(cells[cell].baseline_value)) for cell in CELLS
    ]
    yield from _table(("customers", "model", "baseline"), counted)


def _calibration(trained: Trained) -> Iterator[str]:
    by_bin = {(each.metric, each.bin): each for each in trained.quality}
    yield from ("## Calibration", "", "A tenth of the test's customers a row, the least likely first.")
    rows = [
        (str(n), shown(by_bin["calibration_foretold", str(n)].value), interval(by_bin["calibration_observed", str(n)]))
        for n in range(1, 11)
    ]
    yield from _table(("tenth", "foretold", "came true"), rows)


def _choice(trained: Trained) -> Iterator[str]:
    yield from ("## How it was chosen", "", "By average precision in validation, of models trained before it:")
    rows = [(trial.candidate.title, f"{trial.average_precision:.4f}") for trial in trained.trials]
    yield from _table(
        ("candidate", "average precision"), [*rows, ("baseline", f"{trained.baseline_in_validation:.4f}")]
    )
    facts = trained.model.facts
    yield f"Then trained anew with the days of validation and calibrated: log odds × {facts.slope:.3f} {facts.level:+.3f}."
    yield ""


def _days(trained: Trained) -> Iterator[str]:
    yield from ("## Days", "", "What was known as of a day, and what came true in the window after it:")
    rows = [
        (split, str(frame.as_of), " to ".join(map(str, trained.origins.window(frame.as_of))), *_sizes(frame))
        for split, frames in trained.frames.items()
        for frame in frames
    ]
    yield from _table(("split", "as of", "window", "customers", "positive"), rows)
    if any(len(frame.y) < frame.population for frames in trained.frames.values() for frame in frames):
        yield "Where there were more customers than `max_training_rows`, a sample with the same share of positives stands for them."
        yield ""


def _sizes(frame: Frame) -> tuple[str, str]:
    sampled = f" of {frame.population:,}" if len(frame.y) < frame.population else ""
    return f"{len(frame.y):,}{sampled}", f"{100 * frame.y.mean():.1f} %"


def _features(trained: Trained) -> Iterator[str]:
    yield from ("## Features", "", ", ".join(f"`{name}`" for name in trained.model.facts.inputs) + ".", "")
    if trained.left_out:
        yield from ("Left out:", "")
        yield from (f"- `{name}`: {why}" for name, why in trained.left_out.items())
        yield ""


def _segments(trained: Trained) -> Iterator[str]:
    yield from ("## Where it is weak", "")
    found = weak(trained.segments, scalars(trained.quality)["roc_auc"].value)
    names = ", ".join(content.slices())
    if not found:
        yield f"In no {names} of enough customers is it surely worse than overall."
    yield from (f"- {each.bin}: {_WORDS[each.metric]} {interval(each)}" for each in found)
    yield ""


_WORDS = {"roc_auc": "ROC AUC", "calibration_gap": "foretold less observed share"}


def _origin(trained: Trained) -> Iterator[str]:
    facts = trained.model.facts
    yield from ("## Where it comes from", "")
    yield f"- data: {', '.join(f'{name} {version}' for name, version in facts.data.items())} (Delta versions)"
    yield f"- code: {', '.join(f'{name} {version}' for name, version in facts.libraries.items())}, features {facts.content}"
    yield f"- seed: {facts.seed}"
    yield ""


_LIMITS = (
    "## Limits",
    "",
    "- It foretells, it does not explain: a reason is what moves the number, not what moves the customer.",
    "- Plans are as the company records them today; a plan that was rewritten since was not known then.",
    "- Its intervals hold for customers like those of the test days. `backbeat predict report` says how far they have moved since.",
)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield ""
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    yield from (f"| {' | '.join(row)} |" for row in rows)
    yield ""


def _count(value: float) -> str:
    return f"{value:,.0f}"
