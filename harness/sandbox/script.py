"""A script as a program whose one function runs it and says what it printed."""

from __future__ import annotations

from harness.sandbox.contract import Limits

CALL = "said_by_script()"
"""The expression that runs the script: a string, what it printed and what its last line is."""
LIMITS = Limits(cpu_seconds=3.0, wall_seconds=10.0)
"""Limits of one script."""
_PROGRAM = '''\
import ast, contextlib, io, sys, types

class Kept(io.StringIO):
    """Keeps the first characters that are written to it, and forgets the rest."""

    def write(self, text):
        super().write(text[: max(0, {longest} - self.tell())])
        return len(text)

def said_by_script():
    out, module = Kept(), types.ModuleType("__main__")
    sys.modules["__main__"], names = module, module.__dict__
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
        try:
            tree = ast.parse({code!r})
            last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
            exec(compile(tree, "<script>", "exec", dont_inherit=True), names)
            if last is not None:
                value = eval(compile(ast.Expression(last.value), "<script>", "eval"), names)
                if value is not None:
                    print(repr(value))
        except MemoryError:
            raise
        except BaseException as error:
            print(f"{{type(error).__name__}}: {{error}}")
    return out.getvalue()
'''


def as_program(code: str, longest: int = 10_000) -> str:
    """The program; what the script prints beyond `longest` characters is left out."""
    return _PROGRAM.format(code=code, longest=longest)
