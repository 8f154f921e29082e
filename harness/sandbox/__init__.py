"""The sandbox: runs Python that a model wrote, and says what came of it.

    from harness.sandbox.contract import CheckCode, Program, SandboxConfig
    from harness.sandbox.pool import Sandbox

    async with Sandbox.open(SandboxConfig()) as box:
        outcome = await box.check(Program(code, entry="f"), CheckCode.function(tests))
        outcomes = await box.asserts(code, ["assert f(1) == 2", "assert f(2) == 3"])
        values = await box.values(code, ["f(1)", "f([2, 3])"])

`check` grades one program against a trusted suite. By default the oracle is *split*: the tests run
in a process of their own, the program answers them from another by plain data, so nothing that
it patches, forges or returns can pass a test for it. `asserts` judges one program by many
assertions that a model wrote too, each contained; `values` says what expressions evaluate to.

A worker is a process that was started and jailed beforehand; every program gets a fork of it:
namespaces without network or files (or Landlock), an allow-list of system calls, and limits on
CPU time, wall time, memory, threads, files and answers. CPU time decides what is a timeout, so a
busy machine does not turn a pass into one. The modules below `inside` are what runs in workers.
"""
