"""The schema of the records, in one place.

A run's records are `RUN/records/CELL.parquet`, a row an attempt (a problem in a cell). Everything a
reader needs is in the row: pandas and DuckDB read the folder as it is. Adding a column keeps
`VERSION`; changing what one means raises it.
"""

from __future__ import annotations

import pyarrow as pa

from harness.engines.protocol import FAKE as FAKE
from harness.engines.protocol import NOT_MEASURED as NOT_MEASURED
from harness.stack import GREEDY_MARK as GREEDY_MARK

VERSION = 1

_COST = [
    ("calls", pa.int64(), "requests"),
    ("prompt_tokens", pa.int64(), "tokens processed as input over all calls, uncached"),
    ("generated_tokens", pa.int64(), "tokens generated"),
    ("own_prefix_tokens", pa.int64(), "prompt tokens that an earlier call of the attempt had"),
    ("flop", pa.float64(), "inference FLOP by itself, uncached: 2N a token"),
    ("own_prefix_flop", pa.float64(), "of flop, what an ideal prefix cache would save"),
]

ROLE_COST = pa.struct([("role", pa.string()), ("model", pa.string())] + [c[:2] for c in _COST])

CANDIDATE = pa.struct(
    [
        ("address", pa.string()),
        ("status", pa.string()),
        ("answer", pa.string()),
        ("canonical", pa.string()),
        ("weight", pa.float64()),
        ("score", pa.float64()),
        ("verdict", pa.string()),
        ("error", pa.string()),
    ]
)

CALLED = pa.struct([("address", pa.string()), ("calls", pa.list_(pa.string()))])

COMPLETIONS = pa.struct(
    [
        ("role", pa.string()),
        ("limit", pa.int32()),
        ("calls", pa.int64()),
        ("generated_tokens", pa.int64()),
    ]
)

JUDGEMENTS = pa.struct(
    [
        ("role", pa.string()),
        ("count", pa.int64()),
        ("mass", pa.float64()),
        ("least", pa.float64()),
    ]
)

REWARDS = pa.struct(
    [("role", pa.string()), ("address", pa.string()), ("values", pa.list_(pa.float64()))]
)

DRAW = pa.struct([("key", pa.string()), ("content", pa.string())])

COLUMNS: list[tuple[str, pa.DataType, str]] = [
    ("schema_version", pa.int32(), "version of this schema"),
    ("cell", pa.string(), "hash of all that defines the cell"),
    (
        "setting",
        pa.string(),
        "hash of the same but stack, arm and replicate: shared by arms",
    ),
    (
        "experiment",
        pa.string(),
        "hash of the same but model, stack, arm and replicate: shared by rungs and arms",
    ),
    ("model", pa.string(), "name of the rung"),
    ("family", pa.string(), "model family; one a ladder"),
    ("stage", pa.string(), "training stage of the rung; one a ladder"),
    ("parameters", pa.float64(), "parameters of the rung, embeddings included"),
    ("training_tokens", pa.float64(), "tokens the rung was trained on; null if not known"),
    ("training_flop", pa.float64(), "training compute of the rung, FLOP; null if not known"),
    (
        "training_flop_source",
        pa.string(),
        "6ND, or where it was published; why it is not known where it is not",
    ),
    ("valid_for_ceg", pa.bool_(), "whether training_flop may stand on a CEG curve"),
    ("training_seed", pa.int64(), "which training run of its recipe the rung is; null if not said"),
    ("speaker", pa.string(), "name of what answered, after the stack's weights PTEs"),
    ("weights", pa.string(), "identity of the weights that answered"),
    ("revision", pa.string(), "commit, package version or content hash of these weights"),
    ("adapter", pa.string(), "content hash of the adapter; empty without one"),
    ("engine", pa.string(), "engine that served the draws; of fake, nothing was measured"),
    ("engine_version", pa.string(), "its version; for replay the file's hash"),
    ("engine_settings", pa.string(), "settings that move numbers at the margin, JSON"),
    ("dtype", pa.string(), "number format of the weights"),
    ("quantisation", pa.string(), "quantisation method, or none"),
    ("voices", pa.string(), "weights, adapter, dtype, engine of every role, JSON"),
    ("token_unit", pa.string(), "what token counts count: token, or byte without a model"),
    ("benchmark", pa.string(), "benchmark"),
    ("task_type", pa.string(), "Lifland et al.'s task type"),
    ("toy", pa.bool_(), "whether the benchmark says that it is a toy; null in older records"),
    (
        "readout",
        pa.string(),
        "free; generation, loglikelihood or program where the answer follows a cue or header",
    ),
    ("kind", pa.string(), "what answers are: words, option or program; null in older records"),
    ("dataset", pa.string(), "hub id, or file name"),
    ("dataset_revision", pa.string(), "the hub's commit; empty for a file"),
    ("dataset_sha256", pa.string(), "content hash of problems and targets, before any limit"),
    ("stack", pa.string(), "label: names in canonical order, or base"),
    ("stack_id", pa.string(), "hash of names and parameters"),
    ("ptes", pa.list_(pa.string()), "names in canonical order"),
    ("categories", pa.list_(pa.string()), "Lifland et al.'s category of each of the ptes"),
    (
        "table_rows",
        pa.list_(pa.string()),
        "row of a forecast's table that each of the ptes fills with its settings, null for one "
        "that fills none; null as a whole in older records",
    ),
    ("stack_config", pa.string(), "names and parameters, JSON"),
    ("greedy", pa.bool_(), "whether this arm decodes greedily beside sampled ones"),
    (
        "selects",
        pa.bool_(),
        "whether the stack chooses among sampled attempts, or needs sampling otherwise, so that it "
        "has no greedy arm; null in older records",
    ),
    (
        "must_sample",
        pa.string(),
        "why nothing is decoded greedily on this model and benchmark; null where it may be",
    ),
    ("replicate", pa.int32(), "index of everything random"),
    ("seed", pa.int64(), "the sweep's seed"),
    ("date", pa.string(), "what chat templates took for today"),
    ("sampling", pa.string(), "sampling by role, JSON"),
    ("context_window", pa.int32(), "common window, tokens"),
    ("one_time_flop", pa.float64(), "training FLOP of the stack's PTEs; null if not known"),
    (
        "one_time",
        pa.string(),
        "the same by PTE and part, with its source and the artefact's id, JSON; null in older "
        "records",
    ),
    ("signals", pa.list_(pa.string()), "what the PTEs looked at beyond the problem"),
    ("oracle", pa.bool_(), "whether a hidden target was looked at before submission"),
    ("problem", pa.string(), "problem id"),
    ("status", pa.string(), "answered, no_answer, cut, overflow or error"),
    (
        "error",
        pa.string(),
        "what went wrong, also where only reading an answer did; null where nothing did",
    ),
    ("answer", pa.string(), "what was submitted"),
    ("canonical", pa.string(), "its canonical form"),
    (
        "answer_strict",
        pa.string(),
        "what was submitted where the reply keeps to the form that was asked for; else null",
    ),
    (
        "at_once",
        pa.bool_(),
        "whether no words came before the answer; null where it follows a cue or was not read",
    ),
    ("finish", pa.string(), "how the submitted attempt's last generation ended: stop or length"),
    (
        "cut",
        pa.bool_(),
        "whether a token limit fell before the submitted answer, or what it rests on, was whole; "
        "with status cut nothing was submitted; null in older records",
    ),
    ("cut_completions", pa.int32(), "completions that ran into their token limit, in all roles"),
    (
        "attempts",
        pa.int32(),
        "candidates of the pool that ended: with an answer, without one, or cut; null in older "
        "records, as the three that follow",
    ),
    ("cut_attempts", pa.int32(), "of these, those that were cut as `cut` says"),
    (
        "unread_attempts",
        pa.int32(),
        "of these, those that ended by themselves without an answer that could be read",
    ),
    (
        "score_if_cut_right",
        pa.float64(),
        "an upper bound: the grade if all cut candidates were right; null for overflow and error",
    ),
    ("score", pa.float64(), "grade in [0, 1]; null for overflow and error"),
    ("chance", pa.float64(), "expected score of a guess; 0 where nothing is chosen among options"),
    ("metrics", pa.map_(pa.string(), pa.float64()), "further figures by name"),
    (
        "verdict",
        pa.string(),
        "how a program ended under its hidden tests: passed, failed, error, timeout, memory, "
        "killed or refused; ungradable and why, of an answer that could not be compared with the "
        "target and so is wrong; null otherwise",
    ),
    ("tier", pa.string(), "containment of the sandbox that it ran in; null where none was run"),
    ("invoked", pa.list_(pa.string()), "PTEs that took part, in order"),
    (
        "called",
        pa.list_(CALLED),
        "what was called: a role, role:score, role:reward, sandbox, tool:NAME or oracle; in order "
        "by address",
    ),
    *_COST,
    ("roles", pa.list_(ROLE_COST), "the same by role"),
    (
        "completions",
        pa.list_(COMPLETIONS),
        "completions by role and token limit: how many, and tokens generated in all of them",
    ),
    (
        "judgements",
        pa.list_(JUDGEMENTS),
        "judgements by yes or no, by role: how many, and the probability that a model says either "
        "word at all, in the mean (mass) and at least; null in older records",
    ),
    (
        "rewards",
        pa.list_(REWARDS),
        "what reward models said of written solutions, by role and the solution's address: one "
        "number of an outcome model, one a step of a process model, log-odds or on a scale of the "
        "model's own; null in older records",
    ),
    ("candidates", pa.list_(CANDIDATE), "the selection pool in address order"),
    ("search", pa.string(), "what a search explored for the submitted attempt, JSON; else null"),
    ("state", pa.string(), "what tools remember of the submitted attempt, JSON; else null"),
    ("failures", pa.int32(), "candidates of the pool that failed; tried again on the next run"),
    ("overflows", pa.int32(), "candidates of the pool that did not fit the window"),
    ("draws", pa.list_(DRAW), "journal keys used, with the hash of what they held"),
    ("cell_error", pa.string(), "why the whole cell cannot be trusted; null if it can"),
    ("harness_version", pa.string(), "version of this package"),
    ("git_commit", pa.string(), "commit of the checkout that ran, +dirty if it was changed"),
    ("code", pa.string(), "hash of the harness's own code that ran, in a checkout or not"),
    (
        "sources",
        pa.string(),
        "hashes of the user's own modules that benchmark, engine and PTEs come from, JSON",
    ),
]

SCHEMA = pa.schema(
    [pa.field(name, kind, metadata={"description": text}) for name, kind, text in COLUMNS],
    metadata={"pte_records_version": str(VERSION)},
)
