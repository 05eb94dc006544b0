"""The two commands set the studio up: what they check, choose, repeat and refuse."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from importlib.metadata import distribution, distributions
from pathlib import Path
from unittest.mock import ANY

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[2]
SETUP = ROOT / "packaging" / "lib" / "setup.sh"


def _shell(
    script: str, environment: Mapping[str, str] | None = None, setup: Path = SETUP
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", f"source '{setup}'\n{script}"],
        env={
            "PATH": os.environ["PATH"],
            "HOME": os.environ.get("HOME", "/"),
            **(environment or {}),
        },
        capture_output=True,
        text=True,
        check=False,
    )


def _tool(folder: Path, name: str, body: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f"#!/bin/bash\n{body}\n")
    (folder / name).chmod(0o755)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A place of its own to set up in, with the real set-up code and pins."""
    shutil.copytree(ROOT / "packaging", tmp_path / "tree" / "packaging")
    shutil.copy(ROOT / "pyproject.toml", tmp_path / "tree")
    return tmp_path / "tree"


@pytest.fixture
def pip_log(tree: Path, tmp_path: Path) -> Path:
    """Stands in for Python: makes venvs of itself and logs what pip is asked to install."""
    log = tmp_path / "pip.log"
    body = f"""
case "$*" in
-VV) echo "Python 3.11.7 (stand-in)" ;;
"-m venv --clear "*)
    rm -rf "$4"; mkdir -p "$4/bin"; cp "$0" "$4/bin/python"
    printf '#!/bin/bash\nprintf "<%%s>\\n" "$@"\n' > "$4/bin/pentimento"
    chmod +x "$4/bin/pentimento"
    echo venv >> '{log}' ;;
*"pip --version") echo pip ;;
*" install "*)
    echo "${{@: -1}}" >> '{log}'
    case "$*" in *"$PIP_FAILS_FOR"*) [ -z "$PIP_FAILS_FOR" ] || exit 1 ;; esac ;;
esac"""
    _tool(tmp_path / "bin", "stand-in-python", body)
    _tool(tmp_path / "bin", "nvidia-smi", 'exit "${NO_GPU:-9}"')
    return log


def _environment(tree: Path, **more: str) -> dict[str, str]:
    bin_folder = tree.parent / "bin"
    return {
        "PATH": f"{bin_folder}:{os.environ['PATH']}",
        "PENTIMENTO_PYTHON": str(bin_folder / "stand-in-python"),
        "PIP_FAILS_FOR": "",
        **more,
    }


def _set_up(tree: Path, extras: str = "", **more: str) -> subprocess.CompletedProcess[str]:
    setup = tree / "packaging" / "lib" / "setup.sh"
    return _shell(f"set_up '{extras}'; echo ready", _environment(tree, **more), setup)


def _version_of_torch() -> str:
    pins = (ROOT / "packaging" / "constraints.txt").read_text()
    return re.findall(r"^torch==(.+)$", pins, re.M)[0]


def test_first_run_installs_and_second_does_nothing(tree: Path, pip_log: Path) -> None:
    assert _set_up(tree).stdout == "ready\n"
    assert pip_log.read_text().splitlines() == [
        "venv",
        f"torch=={_version_of_torch()}+cpu",
        str(tree),
    ]
    again = _set_up(tree)
    assert (again.stdout, again.stderr) == ("ready\n", "")
    assert len(pip_log.read_text().splitlines()) == 3


def test_extras_are_installed_once_and_serve_the_plain_studio(tree: Path, pip_log: Path) -> None:
    _set_up(tree)
    _set_up(tree, "[dev,training]")
    assert pip_log.read_text().splitlines()[3:] == [
        f"torch=={_version_of_torch()}+cpu",
        f"{tree}[dev,training]",
    ]
    _set_up(tree)
    _set_up(tree, "[dev,training]")
    assert len(pip_log.read_text().splitlines()) == 5


@pytest.mark.parametrize("name", ["pyproject.toml", "packaging/constraints.txt"])
def test_a_changed_pin_installs_again_in_the_same_venv(
    tree: Path, pip_log: Path, name: str
) -> None:
    _set_up(tree)
    path = tree / name
    path.write_text(f"{path.read_text()}\n# changed\n")
    assert "installed" in _set_up(tree).stderr
    assert pip_log.read_text().splitlines().count("venv") == 1


def test_an_interrupted_installation_starts_anew(tree: Path, pip_log: Path) -> None:
    failed = _set_up(tree, PIP_FAILS_FOR=f" {tree}")
    assert failed.returncode == 1
    assert failed.stdout == ""
    assert "try again" in failed.stderr
    assert _set_up(tree).stdout == "ready\n"
    assert pip_log.read_text().splitlines().count("venv") == 2


def test_cuda_where_a_driver_answers(tree: Path, pip_log: Path) -> None:
    _set_up(tree, NO_GPU="0")
    assert pip_log.read_text().splitlines()[1] == f"torch==={_version_of_torch()}"


def test_the_person_chooses_torch(tree: Path, pip_log: Path) -> None:
    _set_up(tree, NO_GPU="0", PENTIMENTO_TORCH="cpu")
    assert pip_log.read_text().splitlines()[1] == f"torch=={_version_of_torch()}+cpu"
    wrong = _set_up(tree, PENTIMENTO_TORCH="tpu")
    assert wrong.returncode == 1
    assert "cpu or cuda" in wrong.stderr


def test_two_at_once_take_turns(tree: Path, pip_log: Path) -> None:
    folder = os.open(tree / "packaging", os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        second = subprocess.Popen(
            [tree / "packaging" / "run", "--version"],
            env=_environment(tree),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert second.stderr is not None
        assert "another set-up is at work" in second.stderr.readline()
        assert not pip_log.exists()
        fcntl.flock(folder, fcntl.LOCK_UN)
        assert second.communicate() == ("<--version>\n", ANY)
    finally:
        os.close(folder)
    assert pip_log.exists()


def test_run_hands_its_arguments_on_from_any_folder(
    tree: Path, pip_log: Path, tmp_path: Path
) -> None:
    link = tmp_path / "elsewhere"
    link.symlink_to(tree / "packaging" / "run")
    result = subprocess.run(
        [link, "generate", "a cat, *", "--out", "my picture.png"],
        cwd="/",
        env=_environment(tree),
        capture_output=True,
        text=True,
        check=True,
    )
    assert result.stdout == "<generate>\n<a cat, *>\n<--out>\n<my picture.png>\n"


def test_an_old_or_missing_python_is_refused(tmp_path: Path) -> None:
    _tool(tmp_path / "bin", "old-python", "exit 1")
    old = _shell("find_python", {"PENTIMENTO_PYTHON": str(tmp_path / "bin" / "old-python")})
    assert old.returncode == 1
    assert "no working Python 3.11" in old.stderr
    none = _shell("PATH=/nowhere; find_python")
    assert none.returncode == 1
    assert "Python 3.11 or newer is needed" in none.stderr


def test_who_is_not_root_gets_one_line_to_run(tmp_path: Path) -> None:
    _tool(tmp_path / "bin", "id", "echo 1000")
    _tool(tmp_path / "bin", "ldconfig", "echo 'libEGL.so.1 (libc6,x86-64) => /lib/libEGL.so.1'")
    environment = {"PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}"}
    refused = _shell("find_python; need_packages window", environment)
    assert refused.returncode == 1
    assert "sudo apt-get install " in refused.stderr
    assert "libxcb-cursor0" in refused.stderr
    assert "libegl1" not in refused.stderr
    assert _shell("find_python; need_packages ''", environment).returncode == 0


def test_a_python_without_venv_needs_the_package(tmp_path: Path) -> None:
    real = sys.executable
    _tool(tmp_path / "bin", "id", "echo 1000")
    _tool(
        tmp_path / "bin",
        "bare-python",
        f'case "$*" in *ensurepip*) exit 1 ;; esac; exec {real} "$@"',
    )
    environment = {
        "PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}",
        "PENTIMENTO_PYTHON": "bare-python",
    }
    refused = _shell("find_python; need_packages ''", environment)
    assert refused.returncode == 1
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    assert f"sudo apt-get install python{version}-venv" in refused.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="ldd is Linux's")
@pytest.mark.parametrize("plugin", ["libqxcb.so", "libqwayland.so"])
def test_every_library_of_the_window_is_known(plugin: str) -> None:
    import PySide6

    path = Path(PySide6.__file__).parent / "Qt" / "plugins" / "platforms" / plugin
    needed = subprocess.run(["ldd", path], capture_output=True, text=True, check=True).stdout
    assert "libQt6Gui.so.6 => " in needed
    assert [line for line in needed.splitlines() if "not found" in line] == []


def test_what_is_installed_is_what_is_pinned() -> None:
    pinned = {_normal(name): version for name, version in _pins().items()}
    installed = {_normal(found.name): found.version.partition("+")[0] for found in distributions()}
    needed = _needed("pentimento", {"dev", "training"})
    assert needed >= {"torch", "pyside6-essentials", "pytest", "resvg-py"}
    assert {name: installed[name] for name in needed} == {name: pinned.get(name) for name in needed}


def _pins() -> dict[str, str]:
    return dict(
        line.split("==")
        for line in (ROOT / "packaging" / "constraints.txt").read_text().splitlines()
        if "==" in line and not line.startswith("#")
    )


def _needed(name: str, extras: set[str]) -> set[str]:
    """The installed packages that `name` needs, directly or not, by their normal names."""
    found: set[str] = set()
    queue = [(name, frozenset(extras))]
    seen = set(queue)
    while queue:
        package, wanted = queue.pop()
        for text in distribution(package).requires or ():
            requirement = Requirement(text)
            marker = requirement.marker
            if marker and not any(marker.evaluate({"extra": extra}) for extra in wanted | {""}):
                continue
            found.add(_normal(requirement.name))
            step = (requirement.name, frozenset(requirement.extras))
            if step not in seen:
                seen.add(step)
                queue.append(step)
    return found


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_every_extra_is_pinned_at_a_version_that_it_allows() -> None:
    pins = {_normal(name): version for name, version in _pins().items()}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    asked = [
        Requirement(text) for texts in project["optional-dependencies"].values() for text in texts
    ]
    assert {"nvidia-ml-py", "keyring"} <= {_normal(requirement.name) for requirement in asked}
    for requirement in asked:
        assert requirement.specifier.contains(pins[_normal(requirement.name)]), requirement
