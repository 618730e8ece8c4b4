"""Who runs what when a test run has several processes.

Tests that talk to one running system stay in one process, so that it is started once. What takes long comes first:
begun last, it would leave the other processes idle. On two cores three processes are best, as one of them mostly waits.
"""

import pytest
from xdist.scheduler import LoadFileScheduling

TOGETHER = ("tests/e2e/", "tests/browser/", "tests/dialogue/")
BY_THEMSELVES = ("tests/e2e/test_compose.py", "tests/e2e/test_bad_input.py")
LONG = (
    "tests/e2e/",
    "tests/browser/",
    "tests/insight/test_engines.py",
    "tests/e2e/test_compose.py",
    "tests/retrieval/test_quality.py",
    "tests/dialogue/",
    "tests/nlu/test_train.py",
    "tests/nlu/test_cli.py",
    "tests/insight/test_report.py",
    "tests/insight/test_findings.py",
    "tests/insight/test_cli.py",
    "tests/insight/test_worker.py",
    "tests/nlu/test_bench.py",
    "tests/bot/cli/test_retrieval.py",
    "tests/bot/conversations/test_states.py",
    "tests/bot/test_environments.py",
)


class Schedule(LoadFileScheduling):
    """A file's tests in one process, and those of a folder in `TOGETHER`."""

    def _split_scope(self, nodeid: str) -> str:
        return group(nodeid)


def group(nodeid: str) -> str:
    """What is not divided: the test's file, or the folder of those who share a system."""
    file = nodeid.split("::", 1)[0]
    shared = [] if file in BY_THEMSELVES else [folder for folder in TOGETHER if file.startswith(folder)]
    return shared[0] if shared else file


def place(item: pytest.Item) -> int:
    """Where a test's group comes: the long ones as they are listed, then the others."""
    name = group(item.nodeid)
    return LONG.index(name) if name in LONG else len(LONG)
