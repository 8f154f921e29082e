"""Runs scripts as CPython does, each in a fork of this process; prints how each ended, as JSON.

python -m tests.sandbox.script_runner SCRIPT ...
"""

import json
import os
import resource
import runpy
import signal
import sys
import traceback

SECONDS = 10
WHOLE = 77
"""Exit status of a script that has come to its end."""


def ran(script: str) -> str:
    """How a script ends."""
    answer, say = os.pipe()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
            silent = os.open(os.devnull, os.O_RDWR)
            for stream in (0, 1, 2):
                os.dup2(silent, stream)
            os.chdir(os.path.dirname(script))
            del sys.modules["__main__"]
            sys.argv[:] = [script]
            sys.path[0] = os.path.dirname(script)
            runpy.run_path(script, run_name="__main__")
        except BaseException as error:
            os.write(say, traceback.format_exception_only(error)[-1].encode()[:1000])
        finally:
            os._exit(status)
    os.close(say)
    with open(answer, "rb") as file:
        said = file.read().decode(errors="replace").strip()
    _, status = os.waitpid(child, 0)
    if os.waitstatus_to_exitcode(status) == WHOLE:
        return "passed"
    killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
    return "timed out" if killed else f"failed: {said or status}"


if __name__ == "__main__":
    print(json.dumps([ran(os.path.abspath(script)) for script in sys.argv[1:]]))
