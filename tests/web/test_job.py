"""The one job: a real process that is started, watched, refused a second time, and ended."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from fundarb.errors import LockHeld
from fundarb.web.job import Job, Stage


async def over(job: Job) -> None:
    """Wait for its end."""
    assert job._task is not None
    await asyncio.wait_for(asyncio.shield(job._task), 60)


async def test_research_is_given_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("FUNDARB_API_KEY", "FUNDARB_API_SECRET", "FUNDARB_DASHBOARD_TOKEN"):
        monkeypatch.setenv(name, "a-canary-of-the-test")
    given: list[dict[str, str]] = []
    started = asyncio.create_subprocess_exec

    async def noted(*words: str, env: dict[str, str], **more: Any) -> asyncio.subprocess.Process:
        given.append(env)
        return await started(*words, env=env, **more)

    monkeypatch.setattr(asyncio, "create_subprocess_exec", noted)
    job = Job()
    await job.start(["--version"], "what needs no secret")
    await over(job)
    assert "PATH" in given[0]
    assert "a-canary-of-the-test" not in given[0].values()


async def test_one_runs_at_a_time_and_is_ended_as_by_ctrl_c(tmp_path: Path) -> None:
    job = Job()
    await job.cancel()
    assert job.stage is Stage.NONE
    await job.start(["sandbox", "--port", "0"], "something that lasts")
    with pytest.raises(LockHeld, match="`something that lasts` is still running"):
        await job.start(["--version"], "another")
    await job.cancel()
    assert (job.stage, job.asked) == (Stage.CANCELLED, "something that lasts")
    await job.start(["data", "list", "--db", str(tmp_path / "no.db")], "what fails")
    await over(job)
    assert (job.stage, job.code, job.runs) == (Stage.FAILED, 3, [])
    assert "no such database" in job.said[-1]
    await job.start(["--version"], "what answers something else")
    await over(job)
    assert (job.stage, job.code, list(job.said)) == (
        Stage.FAILED,
        0,
        ["its answer cannot be read; is it another version?"],
    )
