"""Models in the lake: LAKE/models/LABEL/VERSION holds the estimator (skops, no pickle), its facts and its card.

`current` beside the versions names the one in force. It is written last, so a crash leaves the old one in force.
"""

import hashlib
import io
import re
import zipfile
from collections.abc import Mapping
from typing import Any

import msgspec

from backbeat import __version__, content
from backbeat.errors import StorageError, UsageError
from backbeat.lake.storage import Store
from backbeat.predict.model import Facts, Model

TRUSTED = ["numpy.dtype", "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor"]
"""What skops does not know by itself, and is harmless: a file that holds anything else is not loaded."""
_SAME_DAY = (1980, 1, 1, 0, 0, 0)


def demand_libraries() -> None:
    """Raise UsageError where the extra that prediction needs is not installed."""
    try:
        import sklearn  # noqa: F401
        import skops.io  # noqa: F401
    except ImportError as error:
        raise UsageError(
            f"prediction needs scikit-learn and skops ({error}): type `pip install 'backbeat[predict]'`"
        ) from error


def code_version() -> tuple[str, dict[str, str]]:
    """A fingerprint of what predictors mean, and the versions of what computes a model."""
    import sklearn

    meaning = content.fingerprint(content.predictor_sql(), repr(content.predictors()))
    return meaning, {"backbeat": __version__, "scikit-learn": sklearn.__version__}


def frozen(estimator: Any, facts: Facts) -> tuple[Model, bytes]:
    """A model under its version, and its bytes: the same data, settings and code give the same ones."""
    import skops.io

    content = _same_bytes(skops.io.dumps(estimator))
    told = msgspec.json.encode(msgspec.structs.replace(facts, data={}))
    version = f"{facts.as_of:%Y%m%d}-{hashlib.sha256(content + told).hexdigest()[:8]}"
    return Model(estimator, facts, version), content


def keep(store: Store, model: Model, content: bytes, card: str) -> None:
    """Write a model's files and put it in force."""
    for name, written in files_of(model, content, card).items():
        _put(store, _path(model.facts.label, model.version, name), written)
    _put(store, _path(model.facts.label, "current"), model.version.encode())


def files_of(model: Model, content: bytes, card: str) -> Mapping[str, bytes]:
    """A model's files by name: its estimator, its facts, its card."""
    return {
        "model.skops": content,
        "model.json": msgspec.json.format(msgspec.json.encode(model.facts)),
        "card.md": card.encode(),
    }


def current(store: Store, label: str) -> str | None:
    """The version in force, None where no model has been trained."""
    found = store.read(_path(label, "current"))
    return found.decode() if found else None


def card(store: Store, label: str, version: str) -> str:
    """A model's card, in Markdown."""
    return _demand(store, _path(label, version, "card.md")).decode()


def facts(store: Store, label: str, version: str) -> Facts:
    """What is known of a model."""
    return msgspec.json.decode(_demand(store, _path(label, version, "model.json")), type=Facts)


def load(store: Store, label: str) -> Model | None:
    """The model in force. Raises UsageError where its predictors, or what computes it, have changed since."""
    version = current(store, label)
    if version is None:
        return None
    demand_libraries()
    known = facts(store, label, version)
    _demand_unchanged(known, version)
    return Model(_estimator(_demand(store, _path(label, version, "model.skops")), version), known, version)


def _demand_unchanged(known: Facts, version: str) -> None:
    meaning, libraries = code_version()
    if known.content not in {meaning, *content.predictors_same_as().get(meaning, ())}:
        raise UsageError(
            f"model {known.label} {version} was trained on other features than those of today: "
            f"type `backbeat predict train --label {known.label}`"
        )
    was, now = known.libraries["scikit-learn"], libraries["scikit-learn"]
    if was != now:
        raise UsageError(
            f"model {known.label} {version} was trained by scikit-learn {was}, here is {now}: "
            f"type `backbeat predict train --label {known.label}`"
        )


def _estimator(content: bytes, version: str) -> Any:
    import skops.io
    from skops.io.exceptions import UntrustedTypesFoundException

    try:
        return skops.io.loads(content, trusted=TRUSTED)
    except UntrustedTypesFoundException as error:
        raise StorageError(
            f"model {version} holds what no model of Backbeat does, and is not loaded: train a new one"
        ) from error


def _same_bytes(content: bytes) -> bytes:
    """The file with neither times nor addresses of memory in it, which differ from run to run."""
    found = zipfile.ZipFile(io.BytesIO(content))
    schema = found.read("schema.json").decode()
    numbers: dict[str, str] = {}
    for address in re.findall(_ADDRESS, schema):
        numbers.setdefault(address, str(len(numbers)))
    named = {name: _ADDRESS_IN_NAME.sub(lambda a: numbers[a[0]], name) for name in found.namelist()}
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as written:
        for name in sorted(named, key=lambda name: (len(named[name]), named[name])):
            body = found.read(name) if name != "schema.json" else _ADDRESS.sub(lambda a: numbers[a[0]], schema).encode()
            written.writestr(zipfile.ZipInfo(named[name], _SAME_DAY), body)
    return target.getvalue()


_ADDRESS = re.compile(r'(?<="__id__": )\d+|(?<=")\d+(?=\.np[yz]")')
_ADDRESS_IN_NAME = re.compile(r"^\d+(?=\.np[yz]$)")


def _put(store: Store, path: str, content: bytes) -> None:
    if not store.create(path, content):
        store.write(path, content)


def _demand(store: Store, path: str) -> bytes:
    found = store.read(path)
    if found is None:
        raise StorageError(f"{store.uri(path)}: the model's file is gone: type `backbeat predict train`")
    return found


def _path(label: str, *more: str) -> str:
    return "/".join(["models", label, *more])
