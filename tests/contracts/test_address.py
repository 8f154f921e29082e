"""Law 1: a draw's address is sparse, canonical, and reads back as itself."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.contracts.address import ORDER, Address

names = st.tuples(st.sampled_from(ORDER), st.integers(0, 12))
indices = st.dictionaries(names, st.integers(0, 10**6), max_size=8)
Indices = dict[tuple[str, int], int]


def address_of(pairs: list[tuple[tuple[str, int], int]]) -> Address:
    address = Address()
    for (name, ordinal), index in pairs:
        address = address.at(name, index, ordinal)
    return address


@given(indices)
def test_zeros_are_dropped(chosen: Indices) -> None:
    address = address_of(list(chosen.items()))
    assert all(index for _, index in address.indices)
    assert len(address.indices) == sum(index > 0 for index in chosen.values())


@given(indices, st.randoms())
def test_the_order_of_setting_does_not_matter(chosen: Indices, random: Random) -> None:
    pairs = list(chosen.items())
    first = address_of(pairs)
    random.shuffle(pairs)
    assert address_of(pairs) == first
    assert str(address_of(pairs)) == str(first)


@given(indices)
def test_names_stand_in_canonical_order_with_inner_samplers_after_outer(chosen: Indices) -> None:
    address = address_of(list(chosen.items()))
    stems = [name.partition(".") for name, _ in address.indices]
    ranks = [(ORDER.index(stem), int(ordinal or 0)) for stem, _, ordinal in stems]
    assert ranks == sorted(ranks)
    assert len(set(ranks)) == len(ranks)


@given(indices)
def test_text_reads_back_as_the_same_address(chosen: Indices) -> None:
    address = address_of(list(chosen.items()))
    assert Address.parse(str(address)) == address


@given(indices, names, st.integers(0, 99), st.integers(0, 99))
def test_setting_an_index_twice_keeps_the_last(
    chosen: Indices, name: tuple[str, int], first: int, last: int
) -> None:
    address = address_of(list(chosen.items()))
    stem, ordinal = name
    once = address.at(stem, last, ordinal)
    assert address.at(stem, first, ordinal).at(stem, last, ordinal) == once
    assert once[f"{stem}.{ordinal}" if ordinal else stem] == last


@given(indices, names)
def test_setting_an_index_to_zero_takes_it_away(chosen: Indices, name: tuple[str, int]) -> None:
    address = address_of([pair for pair in chosen.items() if pair[0] != name])
    assert address.at(name[0], 7, name[1]).at(name[0], 0, name[1]) == address


def test_draw_zero_of_everything_is_the_empty_address() -> None:
    assert Address().at("selection", 0).at("replicate", 0) == Address() == Address.parse("")
    assert str(Address()) == ""


def test_an_index_that_was_never_set_is_zero() -> None:
    assert Address().at("search", 3)["selection"] == 0


def test_nested_samplers_of_one_slot_do_not_collide() -> None:
    nested = Address().at("search", 1).at("search", 2, 1)
    assert str(nested) == "search=1,search.1=2"
    assert nested != Address().at("search", 2).at("search", 1, 1)


def test_ordinals_sort_as_numbers() -> None:
    nested = Address().at("search", 1, 10).at("search", 1, 9)
    assert str(nested) == "search.9=1,search.10=1"


@pytest.mark.parametrize("name", ["", "vote", "Selection", "selection ", "search.x", "search.0"])
def test_unknown_names_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match="no such draw index"):
        Address().at(name, 1)


def test_negative_indices_and_ordinals_are_refused() -> None:
    with pytest.raises(ValueError, match="selection=-1"):
        Address().at("selection", -1)
    with pytest.raises(ValueError, match=r"search\.-1"):
        Address().at("search", 1, -1)


@pytest.mark.parametrize(
    "text", ["vote=1", "selection", "selection=", "selection=-1", "selection=1;search=2", "=1"]
)
def test_text_that_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a draw address"):
        Address.parse(text)
