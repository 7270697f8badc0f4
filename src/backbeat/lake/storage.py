"""Folders on disk or in a bucket behind one small set of verbs.

A path here is relative to the store's root, with `/` between its parts, exactly as it is spelled (never URL-encoded).
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path
from typing import Any, NoReturn
from uuid import uuid4

from tenacity import RetryCallState, retry, retry_if_exception, stop_after_attempt, wait_random_exponential

from backbeat.errors import InputError, StorageError, first_line

_BROKE_OFF = "response body error"
_PIECE = 8 * 2**20


def broke_off(error: BaseException) -> bool:
    """Whether an error, or what it came from, is a bucket's answer that ended before its end; not one asked for enough."""
    if getattr(error, "__notes__", None):
        return False
    return _BROKE_OFF in str(error) if error.__cause__ is None else broke_off(error.__cause__)


def _given_up(state: RetryCallState) -> NoReturn:
    error = state.outcome.exception() if state.outcome else None
    assert error
    error.add_note(f"asked for {state.attempt_number} times")
    raise error


asked_again = retry(
    retry=retry_if_exception(broke_off),
    stop=stop_after_attempt(8),
    wait=wait_random_exponential(0.1, max=5),
    retry_error_callback=_given_up,
)
"""For what may be done twice: does it again where a bucket's answer broke off, waiting for some six seconds in all.

obstore and delta-rs themselves ask again where a request fails, but not where a listing or an error breaks off.
"""


@dataclass(frozen=True)
class Entry:
    """A file of a listing: its size in bytes and when it was last modified, in milliseconds since 1970."""

    path: str
    size: int
    modified_ms: int


@dataclass(frozen=True)
class Store:
    """A root folder: a local path, or a URL such as `s3://bucket/prefix`."""

    url: str

    @property
    def is_local(self) -> bool:
        return "://" not in self.url or self.url.startswith("file://")

    @property
    def root(self) -> Path:
        """The local folder; only meaningful where `is_local`."""
        return Path(self.url.removeprefix("file://"))

    def uri(self, path: str = "") -> str:
        """What engines open: an absolute path, or the URL."""
        base = str(self.root.absolute()) if self.is_local else self.url.rstrip("/")
        return f"{base}/{path}" if path else base

    def path_to(self, other: "Store") -> str | None:
        """Where another store lies in this one (empty where they are the same), None where it does not."""
        outer, inner = self._place(), other._place()
        return inner[len(outer) :].strip("/") if f"{inner}/".startswith(f"{outer}/") else None

    @asked_again
    def names(self) -> list[str]:
        """What lies right under the root, folders and files, in order. A root that is not there has nothing."""
        if self.is_local:
            return sorted(_spelled(path.name) for path in self.root.iterdir()) if self.root.is_dir() else []
        with self._listing():
            found = _obstore().list_with_delimiter(self._client())
        return sorted([*found["common_prefixes"], *(meta["path"] for meta in found["objects"])])

    def entries(self, folder: str = "", after: str = "") -> Iterator[Entry]:
        """Every regular file under a folder, in order of path, from those after a path on. A folder that is not there has none.

        A bucket is not asked for what lies before.
        """
        found = _local_entries(self.root, folder) if self.is_local else self._remote_entries(folder, after)
        return iter(sorted((entry for entry in found if entry.path > after), key=attrgetter("path")))

    @asked_again
    def stat(self, path: str) -> Entry | None:
        """The file as it is now, or None where there is none."""
        try:
            if self.is_local:
                return _entry((self.root / path).stat(), path)
            with _as_ours(self.url):
                head = _obstore().head(self._client(), path)
            return Entry(path, head["size"], int(head["last_modified"].timestamp() * 1000))
        except FileNotFoundError:
            return None

    @asked_again
    def read(self, path: str) -> bytes | None:
        """The bytes of a small file, or None where there is none."""
        try:
            if self.is_local:
                return (self.root / path).read_bytes()
            with _as_ours(self.url):
                return bytes(_obstore().get(self._client(), path).bytes())
        except FileNotFoundError:
            return None

    @asked_again
    def demand_bytes(self, path: str) -> None:
        """Raise StorageError where a file that is there can't be fetched to its end, whatever its bytes are."""
        try:
            if self.is_local:
                with (self.root / path).open("rb") as file:
                    while file.read(_PIECE):
                        pass
            else:
                for _ in _obstore().get(self._client(), path).stream(min_chunk_size=_PIECE):
                    pass
        except FileNotFoundError:
            return
        except Exception as error:
            raise StorageError(
                f"{self.uri(path)}: can't be fetched: {first_line(error)}; mend that, or move the file away, and run again"
            ) from error

    def create(self, path: str, content: bytes) -> bool:
        """Write a file that must not be there yet; False where it is. Raises StorageError where none can be written.

        Here and in `write` others see the whole content or none of it, whenever the writer dies.
        """
        try:
            with _writing_to(self.url):
                if self.is_local:
                    _create_local(self.root / path, content)
                else:
                    _obstore().put(self._client(), path, content, mode="create")
        except FileExistsError:
            return False
        return True

    def write(self, path: str, content: bytes) -> None:
        """Write a small file, whatever was there. Raises StorageError where it can't be written."""
        with _writing_to(self.url):
            if self.is_local:
                with _beside(self.root / path, content) as written:
                    written.replace(self.root / path)
            else:
                _obstore().put(self._client(), path, content)

    def delete(self, path: str) -> None:
        """Remove a file; one that is not there is fine."""
        if self.is_local:
            (self.root / path).unlink(missing_ok=True)
        else:
            with _as_ours(self.url):
                _obstore().delete(self._client(), path)

    @asked_again
    def _remote_entries(self, folder: str, after: str) -> list[Entry]:
        with self._listing():
            itself = [self.stat(folder)] if folder > after else []
            inside = [
                Entry(meta["path"], meta["size"], int(meta["last_modified"].timestamp() * 1000))
                for chunk in _obstore().list(self._client(), prefix=folder or None, offset=after or None)
                for meta in chunk
            ]
        return [entry for entry in itself if entry] + inside

    @contextmanager
    def _listing(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:
            why = first_line(error.__cause__ if isinstance(error, StorageError) and error.__cause__ else error)
            raise InputError(f"{self.url}: can't be listed; {_hint(self.url)}: {why}") from error

    def _place(self) -> str:
        return (str(self.root.resolve()) if self.is_local else self.url).rstrip("/")

    def _client(self) -> Any:
        try:
            return _obstore().store.from_url(self.url)
        except Exception as error:
            raise StorageError(f"{self.url}: can't be opened: {first_line(error)}; check the URL") from error


@contextmanager
def _as_ours(url: str) -> Iterator[None]:
    """Turn a bucket's errors into ours; FileNotFoundError and FileExistsError stay, for the caller."""
    try:
        yield
    except (FileNotFoundError, FileExistsError):
        raise
    except Exception as error:
        if type(error).__name__ == "AlreadyExistsError":
            raise FileExistsError(url) from error
        raise StorageError(f"{url}: can't be reached; {_hint(url)}: {first_line(error)}") from error


def _hint(url: str) -> str:
    if Store(url).is_local:
        return "check the path, and who may write there"
    return "check the URL, and the credentials in the environment"


@contextmanager
def _writing_to(url: str) -> Iterator[None]:
    """Turn the errors of a write into ours; FileExistsError stays, for the caller."""
    try:
        with _as_ours(url):
            yield
    except FileNotFoundError as error:
        raise StorageError(f"{url}: can't be written: {first_line(error)}; check that it is there") from error


def _obstore() -> Any:
    import obstore

    return obstore


def fsspec_filesystem(scheme: str, lasting: tuple[str, ...] = ()) -> Any:
    """The bucket filesystem of a URL scheme, for libraries that read through fsspec; files in `lasting` never change."""
    from backbeat.lake.bucket import BucketFiles

    return BucketFiles(scheme, lasting)


def _local_entries(root: Path, folder: str) -> Iterator[Entry]:
    start = root / folder
    if start.is_file():
        yield _entry(start.stat(), folder)
    elif start.is_dir():
        yield from _inside(str(start), folder)


def _inside(place: str, name: str) -> Iterator[Entry]:
    """Every regular file below a folder; links to folders are not followed, and what has just gone is left out."""
    with os.scandir(place) as found:
        for each in found:
            path = f"{name}/{each.name}" if name else each.name
            with suppress(FileNotFoundError):
                if each.is_dir(follow_symlinks=False):
                    yield from _inside(each.path, path)
                elif each.is_file():
                    yield _entry(each.stat(), path)


def _entry(stat: os.stat_result, name: str) -> Entry:
    return Entry(_spelled(name), stat.st_size, stat.st_mtime_ns // 1_000_000)


def _spelled(name: str) -> str:
    """A name on a disk as text; bytes that are no UTF-8 as `\\xff`, under which nobody finds the file."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _create_local(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with _beside(path, content) as written:
        path.hardlink_to(written)


@contextmanager
def _beside(path: Path, content: bytes) -> Iterator[Path]:
    """A hidden file of that content in the same folder, for as long as the block lasts."""
    written = path.with_name(f".{path.name}.{uuid4().hex}")
    try:
        written.write_bytes(content)
        yield written
    finally:
        written.unlink(missing_ok=True)
