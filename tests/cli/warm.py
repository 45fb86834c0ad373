"""A process that has imported all of fundarb and forks one for each run asked of it: `python -m …` without its imports.

A run of its own in all else: directory, environment, streams, exit code, locks. What is judged of a start (which imports
it needs, the seed of its hashes, what the interpreter reads from the environment) is asked of a cold one."""

from __future__ import annotations

import atexit
import contextlib
import gc
import importlib
import json
import os
import pkgutil
import runpy
import signal
import socket
import sys
import threading
import traceback
from typing import Any

import fundarb

LIBRARIES = ("ccxt.async_support", "plotext", "rich.table", "scipy.stats")  # commands import them inside functions


def import_all() -> None:
    """Everything a command may need, kept where collecting garbage does not touch it in the children."""
    own = [module.name for module in pkgutil.walk_packages(fundarb.__path__, "fundarb.", onerror=lambda _: None)]
    for name in (*own, *LIBRARIES):
        if not name.endswith("__main__"):
            with contextlib.suppress(Exception):  # what cannot be imported says so in the run that needs it
                importlib.import_module(name)
    gc.collect()
    gc.freeze()


def serve(channel: socket.socket) -> None:
    """Fork a child for each request, beside those that still run, until the other side is gone."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the forks made here
    while True:
        message, files, _, _ = socket.recv_fds(channel, 1_000_000, 3)
        if not message:
            return
        if os.fork() == 0:
            channel.close()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            os._exit(attended(json.loads(message), *files))
        for file in files:
            os.close(file)


def attended(request: dict[str, Any], out: int, err: int, answer: int) -> int:
    """Run it in a child, and say its number, and how it ended."""
    child = os.fork()
    if child == 0:
        for stream, file in enumerate((out, err), 1):
            os.dup2(file, stream)
        for file in (out, err, answer):
            os.close(file)
        os._exit(ended(request))
    os.close(out)
    os.close(err)
    with socket.socket(fileno=answer) as own, contextlib.suppress(BrokenPipeError):  # who asked may be gone by then
        own.sendall(b"%d" % child)
        _, status = os.waitpid(child, 0)
        own.sendall(b"%d" % os.waitstatus_to_exitcode(status))
    return 0


def ended(request: dict[str, Any]) -> int:
    """Run to the end, with all that an interpreter does there except taking its modules apart; the exit code."""
    signal.alarm(request.pop("patience_s"))
    try:
        become(**request)
        code = 0
    except SystemExit as stop:
        code = code_of(stop)
    except BaseException:
        traceback.print_exc()
        code = 1
    threading._shutdown()  # type: ignore[attr-defined]  # the interpreter's own end, which os._exit leaves out
    atexit._run_exitfuncs()
    gc.collect()  # what was not closed says so here
    sys.stdout.flush()
    sys.stderr.flush()
    return code


def code_of(stop: SystemExit) -> int:
    """None is success, and words are a failure that says them."""
    if stop.code is None or isinstance(stop.code, int):
        return stop.code or 0
    sys.stderr.write(f"{stop.code}\n")
    return 1


def become(module: str, words: list[str], cwd: str, environment: dict[str, str]) -> None:
    """What `python -m module words` is in that directory and environment."""
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(environment)
    sys.path[0] = cwd
    sys.argv[:] = ["-m", *words]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    import_all()
    with socket.socket(fileno=int(sys.argv[1])) as own:
        serve(own)
