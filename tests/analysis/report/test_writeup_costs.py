"""Measured inference cost stands beside Lifland et al.'s, with what theirs counts."""

import pytest

from analysis.report.writeup_costs import OURS, printed, writeup_costs
from analysis.result import ExperimentResult
from analysis.writeup.table import read_writeup, writeup_table

Results = tuple[ExperimentResult, ...]


def test_an_arm_of_one_known_pte_is_compared(results: Results) -> None:
    frame = writeup_costs(results)
    row = frame.query("arm == 'few_shot' and experiment == 'ladder <1>'").iloc[0]
    assert row["inference_multiple"] == pytest.approx(3.0)
    assert (row["writeup_multiple_low"], row["writeup_multiple_high"]) == (5.0, 50.0)
    assert "prompt tokens" in row["counting"]


def test_stacks_of_several_and_ptes_that_the_writeup_has_not_are_left_out(
    results: Results,
) -> None:
    assert set(writeup_costs(results)["arm"]) == {"few_shot"}


def test_the_seeds_numbers_are_those_it_prints() -> None:
    assert printed("lats") == (160.0, 168.0)
    assert printed("reflexion") == (30.0, 32.0)
    assert printed("codet") == (32.0, 100.0)
    assert printed("react") is None
    assert printed("") is None


def test_each_number_comes_with_what_it_counts() -> None:
    keys = {row.key for row in writeup_table().rows}
    said = set(read_writeup("counting"))
    assert said <= keys
    assert set(OURS.values()) <= said
    tuned = {"instruct_sibling", "self_generated_data", "teacher_model", "octopack", "metamath"}
    tuned |= {"process_verification", "fireact", "missing_data_row"}
    assert {key for key in keys - tuned if printed(key)} <= said
