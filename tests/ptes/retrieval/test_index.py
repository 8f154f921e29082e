"""The index over a corpus: titles, rankings that no machine changes, and one building a process."""

from __future__ import annotations

from harness.contracts.passage import Corpus, Passage
from ptes.common.retrieval.index import BM25Index, index_of

PASSAGES = (
    Passage("Café Müller", ("A dance piece.", "It was made in Wuppertal.")),
    Passage("Wuppertal", ("A town with a hanging railway.", "It lies on the river Wupper.")),
    Passage("Wuppertal (ship)", ("A ship.",)),
    Passage("The Who", ("A band.",)),
    Passage("Wuppertal", ("The same name again.",)),
)
INDEX = BM25Index(PASSAGES)


def test_a_title_is_found_whatever_its_case_accents_and_quotes() -> None:
    for title in ("Café Müller", "cafe muller", '"CAFÉ  MÜLLER"', "[Café Müller]"):
        assert INDEX.titled(title) == 0
    assert INDEX.titled("Wuppertal") == 1  # the first of its name
    assert INDEX.titled("wupper") is None
    assert INDEX.titled("  ") is None


def test_texts_are_ranked_by_what_they_share_with_the_query() -> None:
    assert INDEX.best("hanging railway", 3) == [1]
    assert INDEX.best("dance in Wuppertal", 2)[0] == 0
    assert INDEX.best("nothing of the kind", 3) == []
    assert INDEX.best("", 3) == []


def test_common_words_count_where_there_is_nothing_else() -> None:
    assert INDEX.titled("the who") == 3
    assert BM25Index([Passage("It", ("A novel.",))]).similar("it", 1) == [0]


def test_ties_go_to_the_first_place_even_where_the_list_is_cut() -> None:
    same = BM25Index([Passage(f"Nr {n}", ("Equal words here.",)) for n in range(50)])
    assert same.best("equal words", 3) == [0, 1, 2]
    assert same.best("equal words", 99) == list(range(50))
    assert INDEX.similar("Wuppertal", 2) == [1, 4]


def test_an_empty_corpus_finds_nothing() -> None:
    empty = BM25Index([])
    assert (empty.best("a word", 2), empty.titled("a word")) == ([], None)


def test_a_corpus_is_read_and_indexed_once_a_process() -> None:
    reads = []

    def read() -> tuple[Passage, ...]:
        reads.append(1)
        return PASSAGES

    content = Corpus.of("content", PASSAGES).sha256
    first = index_of(Corpus("here", content, read))
    assert index_of(Corpus("there", content, read)) is first
    assert len(reads) == 1


def test_content_tells_corpora_apart_and_places_do_not() -> None:
    one, other = Corpus.of("one", PASSAGES), Corpus.of("other", PASSAGES)
    assert one == other
    assert one != Corpus.of("one", PASSAGES[::-1])
    merged = Passage("A", ("b c",)), Passage("A", ("b", "c"))
    assert Corpus.of("", merged[:1]) != Corpus.of("", merged[1:])
