"""`pte show`: one attempt, whole and readable: prompts, completions, votes, grade."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from math import inf
from pathlib import Path
from typing import Any

import pandas as pd
from rich.markup import escape
from rich.rule import Rule

from harness.cli import tree
from harness.cli.options import add_runs, run_folders
from harness.console import Console
from harness.contracts.draw import Judgement
from harness.errors import UserError
from harness.journal import Journal
from harness.records.store import read_runs
from harness.run.own_runs import journal_of
from harness.visible import visible

SUMMARY = "one attempt, whole: prompts, completions, votes, grade"
DESCRIPTION = (
    "Prints every request that an attempt made, prompt and completion as the model saw and wrote\n"
    "them, then the tree of a search, the selection pool with its weights and grades, and what\n"
    "was submitted."
)
MOST = 40


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare this verb's options."""
    parser.add_argument("--cell", help="a cell's id or the beginning of it, or a stack's label")
    parser.add_argument(
        "--problem", help="a problem's id; without it the cell's problems are listed"
    )
    parser.add_argument("--failed", action="store_true", help="only attempts that were not graded")
    parser.add_argument(
        "--journal", type=Path, metavar="FOLDER", help="where the journal is, if it is elsewhere"
    )
    add_runs(parser)


def execute(options: argparse.Namespace) -> int:
    """Print the attempts that match."""
    console = Console(highlight=False, soft_wrap=True)
    result = 0
    for folder in run_folders(options.runs):
        if not any((folder / "records").glob("*.parquet")):
            continue  # a run that has not finished a cell yet
        rows = read_runs([folder])
        if options.cell:
            match = rows["cell"].str.startswith(options.cell) | (rows["stack"] == options.cell)
            rows = rows[match]
        if options.failed:
            lost = rows["failures"] + rows["overflows"]
            rows = rows[rows["score"].isna() | (lost > 0)]
        if options.problem:
            rows = rows[rows["problem"] == options.problem]
        result += len(rows)
        if options.problem and len(rows):
            journal = Journal.open(journal_of(folder, options.journal))
            for _, row in rows.iterrows():
                attempt(console, row, journal)
            journal.close()
        elif len(rows):
            _list(console, rows)
    if not result and options.failed:
        console.print("every attempt was graded")
    elif not result:
        raise UserError(
            "no attempt matches: 'pte status RUNS' lists the cells that are done, "
            "'pte show RUNS --cell ID' the problems of one"
        )
    return 0


def _list(console: Console, rows: pd.DataFrame) -> None:
    for _, row in rows.head(MOST).iterrows():
        grade = "not graded" if pd.isna(row["score"]) else f"score {row['score']:g}"
        console.print(
            f"--cell {row['cell']} --problem {row['problem']}  {row['stack']}: {row['status']}, "
            f"{grade}, answer {_shown_text(row['answer'])} {_shown_text(row['error'], '')}",
            markup=False,
        )
    if len(rows) > MOST:
        console.print(f"... and {len(rows) - MOST} more")


def attempt(console: Console, row: pd.Series[Any], journal: Journal) -> None:
    """Print one attempt whole: its prompts, completions, votes and grade."""
    title = f"{row['model']}, {row['benchmark']}, {row['stack']}, problem {row['problem']}"
    console.print(Rule(escape(visible(title)), align="left"))
    shown = ""
    for key, record in _draws(row, journal):
        prompt = journal.get(bytes.fromhex(record["prompt"])) if record.get("prompt") else None
        if prompt and prompt["text"] != shown:
            shown = prompt["text"]
            console.print(Rule("prompt", align="left", characters="."))
            console.print(shown, markup=False)
        _draw(console, key, record)
    if not pd.isna(row["search"]):
        console.print(Rule("search", align="left", characters="."))
        tree.draw(console, json.loads(row["search"]))
    console.print(Rule("selection pool", align="left", characters="."))
    for candidate in row["candidates"]:
        score = "not graded" if pd.isna(candidate["score"]) else f"score {candidate['score']:g}"
        console.print(
            f"{candidate['address'] or 'draw 0'}: {candidate['status']}, answer "
            f"{_shown_text(candidate['answer'])}, weight {candidate['weight']:.3g}, {score}"
            + (f", {candidate['verdict']}" if candidate["verdict"] else "")
            + (f", {candidate['error']}" if candidate["error"] else ""),
            markup=False,
        )
    console.print(Rule("submitted", align="left", characters="."))
    if _long(row["answer"]):
        console.print(row["answer"], markup=False)
    if not pd.isna(row["verdict"]):
        console.print(
            f"hidden tests: {row['verdict']}, in the sandbox tier {row['tier']}", markup=False
        )
    console.print(
        f"answer {_shown_text(row['answer'])}, canonical {_shown_text(row['canonical'])}, "
        f"{row['status']}, "
        f"score {row['score']}\n{row['calls']} calls, {row['prompt_tokens']} prompt and "
        f"{row['generated_tokens']} generated {row['token_unit']}s, {row['flop']:.3g} FLOP gross, "
        f"{row['flop'] - row['own_prefix_flop']:.3g} net of the own prefix, "
        f"PTEs in order: {', '.join(row['invoked']) or 'none'}",
        markup=False,
    )
    for each in () if row["judgements"] is None else row["judgements"]:
        console.print(
            f"{each['count']} judgements as {each['role']}: {each['mass']:.2g} of a reply is yes "
            f"or no, {each['least']:.2g} at least",
            markup=False,
        )
    made = [] if pd.isna(row["date"]) else [f"date {row['date']}, seed {row['seed']}"]
    if not pd.isna(row["sources"]) and (own := json.loads(row["sources"])):
        made.append("own modules " + ", ".join(f"{name} {of}" for name, of in own.items()))
    if made:
        console.print("; ".join(made), markup=False)


def _draws(row: pd.Series[Any], journal: Journal) -> Iterator[tuple[str, dict[str, Any]]]:
    """The attempt's draws by address and step."""
    results = []
    for draw in row["draws"]:
        record = journal.get(bytes.fromhex(draw["key"]))
        results.append((draw["key"], record or {"kind": "lost", "prompt": ""}))
    yield from sorted(results, key=lambda kr: (kr[1].get("address", ""), kr[1].get("step", 0)))


def _draw(console: Console, key: str, record: dict[str, Any]) -> None:
    where = record.get("address") or "draw 0"
    said = f"{record['kind']} as {record.get('role', '')} at {where} [{key[:8]}]"
    head = escape(visible(said))
    console.print(Rule(head, align="left", characters="."))
    if record["kind"] == "complete":
        console.print(f"{record['text']}\n({record['finish']})", markup=False)
    elif record["kind"] == "score":
        console.print(f"log-likelihood {record['logprob']:.4f}", markup=False)
    elif record["kind"] == "judge":
        console.print(_verdict(record), markup=False)
    elif record["kind"] == "effect":
        console.print(json.dumps(record["outcome"], indent=1), markup=False)
    else:
        console.print("this draw is not in the journal: was its folder moved or deleted?")


def _verdict(record: dict[str, Any]) -> str:
    """What a judgement by yes or no came to; the journal's JSON has no infinity."""
    sides = (-inf if record[side] is None else record[side] for side in ("yes", "no"))
    result = Judgement(*sides)
    return f"yes with {result.share:.4f} against no; {result.mass:.2g} of the reply is either word"


def _shown_text(text: Any, nothing: str = "none") -> str:
    if _long(text):
        return f"of {text.count(chr(10)) + 1} lines"
    return nothing if pd.isna(text) else repr(text)


def _long(text: Any) -> bool:
    return isinstance(text, str) and "\n" in text
