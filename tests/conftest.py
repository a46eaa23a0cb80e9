"""Options and rules of the whole suite."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from playwright.sync_api import Browser

# Several processes that test at once share the cores: torch's threads, which wait by spinning, would starve the others.
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.setdefault("OMP_NUM_THREADS", "1")

# What a machine may lack even where every program has to be there (ART_TESTS_REQUIRE_TOOLS=1, as in CI).
EXCUSED = ("CUDA", "shared/corpus", "small disk")

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
QUIET = [
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--no-first-run", "--force-color-profile=srgb",
]  # fmt: skip

# how long one example takes says more about the machine than about the code
settings.register_profile("art", deadline=None)
settings.load_profile("art")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--record-goldens", action="store_true", help="write what is drawn now as the new goldens")


@pytest.fixture
def record_goldens(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--record-goldens"))


@pytest.fixture(scope="session")
def corpus() -> Path:
    """The folder of public design files beside the checkout; skips where it is absent."""
    folder = Path(__file__).parents[2] / "shared" / "corpus"
    if not folder.is_dir():
        pytest.skip("../shared/corpus is not there")
    return folder


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Headless Chromium, one for the whole process; skips where it is absent."""
    if not shutil.which(CHROMIUM):
        pytest.skip(f"Chromium is not at {CHROMIUM} (set CHROMIUM)")
    playwright = pytest.importorskip("playwright.sync_api", reason="the playwright package is not installed")
    with playwright.sync_playwright() as running:
        found = running.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield found
        found.close()


def _unexcused(session: pytest.Session) -> list[str]:
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    reports = reporter.stats.get("skipped", []) if reporter is not None else []
    reasons = [f"{report.nodeid}: {report.longrepr[2]}" for report in reports if isinstance(report.longrepr, tuple)]
    return [reason for reason in reasons if not any(word in reason for word in EXCUSED)]


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Where tools are required, a test skipped for want of one is a failure."""
    skipped = _unexcused(session) if os.environ.get("ART_TESTS_REQUIRE_TOOLS") else []
    if skipped:
        print("\nskipped, but tools are required here:", *skipped, sep="\n  ")
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
