"""The rooms and what they may know of each other: the contracts hold, and they bite."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SOURCES = sorted((ROOT / "studio").rglob("*.py"))
UI_SOURCES = sorted((ROOT / "studio" / "ui").rglob("*.py"))


def _lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    command = (
        "import sys; from importlinter.cli import lint_imports_command as run; sys.exit(run())"
    )
    return subprocess.run(
        [sys.executable, "-P", "-c", command, "--no-cache"],
        cwd=folder,
        env={"PYTHONPATH": str(folder), "PATH": "/usr/bin:/bin", "PYTHONUTF8": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def copy_of_the_tree(tmp_path: Path) -> Path:
    shutil.copytree(
        ROOT / "studio", tmp_path / "studio", ignore=shutil.ignore_patterns("__pycache__")
    )
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_contracts_hold(copy_of_the_tree: Path) -> None:
    result = _lint_imports(copy_of_the_tree)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "0 broken" in result.stdout


@pytest.mark.parametrize(
    ("module", "breach"),
    [
        ("domain/geometry.py", "from studio import folders"),
        ("domain/geometry.py", "import PySide6.QtCore"),
        ("disk/__init__.py", "import studio.catalog"),
        ("library/__init__.py", "import studio.engine.protocol"),
        ("catalog/__init__.py", "import torch"),
        ("engine/__init__.py", "from studio import ui"),
        ("engine/__init__.py", "def late() -> None:\n    import qasync"),
        ("ui/__init__.py", "import torch"),
        ("ui/__init__.py", "import studio.cli"),
        ("cli/doctor.py", "from PySide6 import QtCore"),
    ],
)
def test_a_breach_is_seen(copy_of_the_tree: Path, module: str, breach: str) -> None:
    path = copy_of_the_tree / "studio" / module
    path.write_text(f"{path.read_text()}\n{breach}\n")
    result = _lint_imports(copy_of_the_tree)
    assert result.returncode == 1, result.stdout + result.stderr
    assert "BROKEN" in result.stdout


def test_a_breach_through_another_room_is_seen(copy_of_the_tree: Path) -> None:
    # library → catalog's helper → torch: no file of library names torch.
    helper = copy_of_the_tree / "studio" / "domain" / "helper.py"
    helper.write_text("import torch\n")
    user = copy_of_the_tree / "studio" / "library" / "__init__.py"
    user.write_text(f"{user.read_text()}\nimport studio.domain.helper\n")
    result = _lint_imports(copy_of_the_tree)
    assert result.returncode == 1
    assert "studio.library -> studio.domain.helper" in " ".join(result.stdout.split())


def _breaches(source: str, path: Path) -> Iterator[str]:
    """What no file of the studio does: run text as code, unpickle, open a picture unguarded."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Import(names=names):
                modules = [alias.name.split(".")[0] for alias in names]
            case ast.ImportFrom(module=str(module), level=0):
                modules = [module.split(".")[0]]
            case _:
                modules = []
        for module in {"pickle", "cPickle", "dill", "marshal", "shelve"} & set(modules):
            yield f"{node.lineno}: imports {module}"
        if not isinstance(node, ast.Call):
            continue
        called = ast.unparse(node.func)
        given = {keyword.arg: keyword.value for keyword in node.keywords}
        if called in ("eval", "exec", "compile", "__import__", "os.system"):
            yield f"{node.lineno}: calls {called}"
        if called.endswith(("yaml.load", "yaml.unsafe_load")):
            yield f"{node.lineno}: calls {called}"
        if called in ("Image.open", "PIL.Image.open") and "formats" not in given:
            yield f"{node.lineno}: {called} without formats="
        if called == "torch.load" and not _is(given.get("weights_only"), True):
            yield f"{node.lineno}: torch.load without weights_only=True"
        if called.endswith(".setStyleSheet") and path != ROOT / "studio" / "ui" / "theme.py":
            yield f"{node.lineno}: setStyleSheet outside ui/theme.py"
        for option, value in (
            ("trust_remote_code", True),
            ("shell", True),
            ("weights_only", False),
        ):
            if _is(given.get(option), value):
                yield f"{node.lineno}: {option}={value}"


def _is(node: ast.expr | None, value: object) -> bool:
    return isinstance(node, ast.Constant) and node.value is value


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_unsafe_call(path: Path) -> None:
    assert list(_breaches(path.read_text(), path)) == []


@pytest.mark.parametrize(
    "line",
    [
        "eval(text)",
        "exec(text)",
        "import pickle",
        "from pickle import loads",
        "yaml.load(text)",
        "Image.open(path)",
        "torch.load(path)",
        "torch.load(path, weights_only=False)",
        "load(path, weights_only=False)",
        "from_pretrained(name, trust_remote_code=True)",
        "subprocess.run(text, shell=True)",
        "self.setStyleSheet('color: red')",
    ],
)
def test_each_unsafe_call_is_seen(line: str) -> None:
    assert list(_breaches(line, ROOT / "studio" / "ui" / "canvas" / "view.py")) != []


@pytest.mark.parametrize("path", UI_SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_ui_uses_only_the_engines_facade(path: Path) -> None:
    imported = [
        node.module
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom) and node.module
    ]
    behind = [name for name in imported if name.startswith("studio.engine.")]
    assert set(behind) <= {"studio.engine.protocol"}
