"""The rules of the house, as tests: imports one way, small modules, complete catalogues."""

from __future__ import annotations

import ast
import re
import statistics
import subprocess
import sys
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src" / "epsom"
LOCALE = SOURCE / "locale"
LANGUAGES = ("en", "nl")


def _modules() -> list[Path]:
    return sorted(SOURCE.rglob("*.py"))


def _lengths() -> dict[Path, int]:
    return {path: len(path.read_text(encoding="utf-8").splitlines()) for path in _modules()}


def test_no_module_is_over_six_hundred_lines() -> None:
    assert {p.name: n for p, n in _lengths().items() if n > 600} == {}


def test_modules_are_small_in_the_median_and_the_tail() -> None:
    sizes = sorted(n for p, n in _lengths().items() if p.name != "__init__.py")
    assert statistics.median(sizes) <= 150
    assert sizes[int(0.9 * (len(sizes) - 1))] <= 400


def test_functions_are_short() -> None:
    lengths = [
        node.end_lineno - node.lineno + 1
        for path in _modules()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef) and node.end_lineno is not None
    ]
    assert sorted(lengths)[int(0.95 * (len(lengths) - 1))] <= 50


def test_imports_go_one_way() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c()"],
        cwd=ROOT, capture_output=True, text=True, check=False,
        env={"PYTHONPATH": str(ROOT / "src"), "PATH": "/usr/bin:/bin"},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys; from epsom.cli.main import main; main(['--help']);"
        "heavy = {'numpy', 'scipy', 'polars', 'libsbml', 'antimony', 'pydantic', 'rich', 'llvmlite'};"
        "print('HEAVY', sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True,
        env={"PYTHONPATH": str(ROOT / "src"), "PATH": "/usr/bin:/bin"},
    )  # fmt: skip
    assert "HEAVY []" in done.stdout


def _catalogue(language: str, domain: str) -> dict[str, list[str]]:
    with (LOCALE / language / f"{domain}.po").open("rb") as stream:
        entries = read_po(stream, locale=language, domain=domain)
    found: dict[str, list[str]] = {}
    for entry in entries:
        key = entry.id[0] if isinstance(entry.id, tuple) else entry.id
        if key:
            found[key] = list(entry.string) if isinstance(entry.string, tuple | list) else [entry.string]
    return found


def _domains() -> list[str]:
    return sorted({path.stem for path in LOCALE.rglob("*.po")})


@pytest.mark.parametrize("domain", _domains())
def test_both_languages_say_everything(domain: str) -> None:
    english, dutch = _catalogue("en", domain), _catalogue("nl", domain)
    assert sorted(english) == sorted(dutch)
    for key in english:
        assert key.startswith(f"{domain}."), key
        for texts in (english[key], dutch[key]):
            assert all(text.strip() for text in texts), key
        names = [set(re.findall(r"{(\w+)", " ".join(texts))) for texts in (english[key], dutch[key])]
        assert names[0] == names[1], key


@pytest.mark.parametrize("path", sorted(LOCALE.rglob("*.po")), ids=lambda p: f"{p.parent.name}-{p.stem}")
def test_no_text_is_written_twice(path: Path) -> None:
    keys = re.findall(r'^msgid "(.+)"', path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert sorted(set(keys)) == sorted(keys)


def _literals() -> tuple[set[str], set[str]]:
    """Collect string literals, and the fixed beginnings of f-strings, of all modules."""
    whole: set[str] = set()
    beginnings: set[str] = set()
    for path in _modules():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                whole.add(node.value)
            elif isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant):
                beginnings.add(str(node.values[0].value))
    for path in [*SOURCE.rglob("*.html"), *SOURCE.rglob("*.j2")]:
        text = path.read_text(encoding="utf-8")
        whole.update(re.findall(r"""\bt\(\s*["']([\w.-]+)["']""", text))
        beginnings.update(re.findall(r"""\bt\(\s*["']([\w.-]+\.)["']\s*~""", text))
    return whole, {b for b in beginnings if "." in b}


def test_every_text_is_used_and_every_used_text_exists() -> None:
    whole, beginnings = _literals()
    domains = _domains()
    keys = {key for domain in domains for key in _catalogue("en", domain)}
    codes = {s for s in whole if re.fullmatch(r"[EW]-[A-Z0-9-]+", s)}
    used = whole | {f"errors.{c}" for c in codes} | {f"errors.{c}.do" for c in codes}
    unused = {k for k in keys if k not in used and not any(k.startswith(b) for b in beginnings)}
    assert unused == set()
    looks_like_key = re.compile(rf"(?:{'|'.join(domains)})\.[a-z][\w-]*(?:\.[\w-]+)*")
    called = {
        s for path in _modules() for s in re.findall(r"""\bt\(\s*["']([\w.-]+)["']""", path.read_text())
    }
    wanted = {s for s in called if looks_like_key.fullmatch(s)}
    wanted |= {f"errors.{c}{end}" for c in codes if c.startswith("E-") for end in ("", ".do")}
    assert wanted - keys == set()


def test_each_command_has_a_summary() -> None:
    names = [p.stem for p in (SOURCE / "cli" / "commands").glob("*.py") if p.stem != "__init__"]
    for language in LANGUAGES:
        assert {f"cli.{n}.summary" for n in names} <= set(_catalogue(language, "cli"))


def test_no_address_of_a_machine_is_written_down() -> None:
    folders = "|".join(("work", "root", "home"))
    options = "|".join("-".join(words) for words in (("index", "url"), ("find", "links")))
    pattern = re.compile(rf"(^|[^.\w])/({folders})/[a-z]|{options}")
    for path in [ROOT / "constraints.txt", ROOT / "Makefile", ROOT / "pyproject.toml", *_modules()]:
        assert not pattern.search(path.read_text(encoding="utf-8")), path
