"""What the tests of Power BI projects stand on: Microsoft's TOM under mono, its PBIR validator and M parser, DAX in Python.

python tests/powerbi/toolchain.py    check that every part is there, and build the reader of TMDL
"""

import json
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
PACKAGES = HERE.parents[1] / ".venv" / "powerbi"
DLLS = ("Microsoft.AnalysisServices.Tabular.dll", "Microsoft.AnalysisServices.Core.dll")
READER = PACKAGES / "tom" / "read_tmdl.exe"


def read_tmdl(definition: Path, *, bim: Path, again: Path) -> dict[str, Any]:
    """What TOM says of a model: {ok, problems}; it writes the model as one document and as TMDL again."""
    return _json(["mono", str(READER), str(definition), str(bim), str(again)])


def validate_pbir(*projects: Path) -> list[dict[str, Any]]:
    """What Microsoft's validator finds in each project: {errors, warnings, found}."""
    answer: list[dict[str, Any]] = _json(["node", str(HERE / "validate_pbir.mjs"), *map(str, projects)])
    return answer


def parse_m(texts: dict[str, str]) -> dict[str, str]:
    """What is wrong with each M text, of those that can't be parsed."""
    return dict(_json(["node", str(HERE / "parse_m.mjs")], json.dumps(texts)))


def _json(command: list[str], given: str | None = None) -> Any:
    demand_tools()
    done = subprocess.run(command, input=given, capture_output=True, text=True, timeout=120, check=False)
    if done.returncode:
        raise RuntimeError(f"{Path(command[1]).name}: {done.stderr.strip()[-800:]}")
    return json.loads(done.stdout)


@cache
def demand_tools() -> None:
    """Raise RuntimeError, saying what to type, where a part is missing."""
    for tool, package in (("mono", "mono-runtime"), ("node", "nodejs")):
        if not shutil.which(tool):
            raise RuntimeError(
                f"the tests of Power BI need {tool}: type `apt-get install {package}`, then `make .venv/.powerbi`"
            )
    for part in (READER, PACKAGES / "pbix_mcp", PACKAGES / "pbi_parsers", HERE / "node_modules" / "@microsoft"):
        if not part.exists():
            raise RuntimeError(f"the tests of Power BI need {part.name}: type `make .venv/.powerbi`")


def build() -> None:
    """Compile the reader of TMDL beside Microsoft's libraries."""
    if not shutil.which("mcs"):
        raise RuntimeError("the tests of Power BI need mcs: type `apt-get install mono-mcs`")
    READER.parent.mkdir(exist_ok=True)
    libraries = sorted((PACKAGES / "pbi_cli" / "dlls").glob("*.dll"))
    if not libraries:
        raise RuntimeError(f"there are no libraries of Analysis Services in {PACKAGES}: type `make .venv/.powerbi`")
    for library in libraries:
        shutil.copy(library, READER.parent)
    command = ["mcs", f"-out:{READER}", str(HERE / "read_tmdl.cs"), *(f"-r:{READER.parent / name}" for name in DLLS)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"read_tmdl.cs does not compile: {(done.stderr or done.stdout).strip()[:800]}")


def main() -> None:
    """Build and look; exit 1, in words, where something is missing."""
    try:
        build()
        demand_tools()
        wrong = parse_m({"right": "let A = 1 in A", "wrong": "let A = in A"})
        if set(wrong) != {"wrong"}:
            raise RuntimeError(f"the M parser finds {wrong} wrong")
    except RuntimeError as error:
        sys.exit(str(error))
    sys.stdout.write("TOM, the PBIR validator, the M parser and the DAX engine are here\n")


if __name__ == "__main__":
    main()
