"""An import that is killed, starved of disk or run twice at once leaves nothing of itself, or all."""

from __future__ import annotations

import resource
import signal

import pytest

from tests.adapters.import_kills import NOTHING, WHOLE, campaign, contents, files, finished, started, wait_for
from tests.adapters.layout.files import Folder

ROUNDS = 5


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    """Files large enough to be caught in the middle of."""
    return files(tmp_path_factory.mktemp("import"))


@pytest.mark.slow
async def test_a_killed_import_leaves_nothing_or_all(folder: Folder) -> None:
    hits = await campaign(folder, ROUNDS, seed=5)
    assert hits.total() == ROUNDS
    assert len({phase.partition(":")[0] for phase in hits}) >= 3, hits


@pytest.mark.slow
async def test_a_second_import_at_once_is_refused_and_the_first_goes_on(folder: Folder) -> None:
    database = folder.path / "twice.db"
    with started(folder, database) as first:
        wait_for(first, folder.path / "phase", "writing", 1)
        with started(folder, database) as second:
            assert second.stderr is not None
            told = second.stderr.read()
    assert second.returncode == 1
    assert told.startswith("LockHeld")
    assert f"process {first.pid} (`import_child.py" in told
    assert first.returncode == 0
    assert await contents(database) == WHOLE


@pytest.mark.slow
async def test_a_full_disk_leaves_nothing_and_says_so(folder: Folder) -> None:
    database = folder.path / "full.db"
    with started(folder, database, preexec_fn=_small_files) as child:
        assert child.stderr is not None
        told = child.stderr.read()
    assert child.returncode == 1
    assert told.startswith(f"StorageError {database}: disk I/O error: the disk refuses"), told
    assert (folder.path / "phase").read_bytes() == b"w"
    assert await contents(database) == NOTHING
    assert await finished(folder, database) == WHOLE


def _small_files() -> None:
    """No file of more than 3 MB: the write that would pass it fails as on a full disk."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (3_000_000, 3_000_000))
