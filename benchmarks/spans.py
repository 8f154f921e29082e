"""Short answers in free words: exact match and F1 as the official HotpotQA evaluation has them.

The evaluation is `hotpot_evaluate_v1.py` of Yang et al. 2018, which normalises as SQuAD's does. In
one thing it is not followed: answers of symbols alone, all of them empty there, are compared as
they are written. Read is the first sentence of an answer's first line, without what is explained
(`Yes, both are American.` is yes), cited or put around it: emphasis, quotes, a closing full stop.
`lenient_span` reads a reply that keeps to no form.
"""

from __future__ import annotations

import re
import string
from collections import Counter
from typing import Any

from benchmarks.answer_lines import first_line, without_marks
from harness.contracts.benchmark import Grade
from harness.solvers.replies import own_words

_ARTICLE = re.compile(r"\b(?:a|an|the)\b")
_PUNCTUATION = str.maketrans("", "", string.punctuation)
_CLOSED = ("yes", "no", "noanswer")
"""Answers that share no words with others: F1 between them and another answer is 0."""
_STARTERS = (
    "It|He|She|They|This|That|These|Those|The|In|Both|His|Her|Its|Their|As|Although|However|I|We|An?|"
    "Based|According|There|Only|Neither|And|But|So|Since|Because|Explanation|Note|While|When|For|"
    "After|Before|Therefore|Thus|Hence|Also|You|Question|Here|Not|One"
)
_NEXT_SENTENCE = re.compile(
    r"(?<=\w{4})(?<!Prof)\.\s+(?=[A-Z])|(?<=\b[A-Z]{2})\.\s+(?=[A-Z])|(?<=\b[A-Z]{3})\.\s+(?=[A-Z])"
    rf"|(?<=\w\w)(?<!St)(?<!Mr)(?<!Dr)(?<!Mt)(?<!Mrs)\.\s+(?=(?:{_STARTERS})\b\s*[\s,:])"
    rf"|(?<=\w\.[A-Z])\.\s+(?=(?:It|He|She|They|This|That|Both|However|There|Because|Explanation)\s)"
    r"|(?<=[)\"”’\]*])\.\s+(?=[A-Z])"
)
"""Four letters or capitals alone before the full stop, or a word that opens sentences after it, so
that `St. Louis` and `John F. Kennedy` stay whole; no right answer of the development set is cut."""
_CLOSED_FIRST = re.compile(
    r"(yes|no)(?:"
    r"\s*[,;:—–]\s*(?=\S)"
    r"|\s+-\s|\.\s+(?=[^\W\d])|!\s|\s+\((?=[a-z])"
    r"|\s+(?:because|since|as|both|they|the\s+two|it|he|she|neither|only|not|these|there)\b"
    r")",
    re.IGNORECASE,
)
"""A yes or no that is explained; `No Doubt`, `No. 3` and `Yes, Minister` are names."""
_NAME = re.compile(r"(?:Yes|No),\s+(?:(?:[A-Z][\w'’]*|of|the|and)[\s,.!]*)+$")
_EXPLAINED = re.compile(
    r",?\s+because\s|,\s+(?:which|who|since|according\s+to)\s|,\s+as\s+(?:it|he|she|they|the)\s"
    r"|;\s+(?:it|he|she|they|the|both|this|that|its|his|her)\s"
)
_CITED = re.compile(r"\s*(?:[\[【][^\[\]【】]{1,40}[\]】])$")
_ASIDE = re.compile(
    r"\s+\((?:(?i:source|see|according|citation|as|i\.e\.|which|who|because|since|per|doc|document|"
    r"paragraph|passage|page|p\.|context|also|ref|note|from)\b[^()]*"
    r"|(?!born\b|now\b|formerly\b|foaled\b|such\b|such\s|about\b|c\.)[a-z]\w*(?:\s+[^\s()]+){2,})\)$"
)
"""A source or an explanation in brackets; `(1959)`, `(BBC)` and `(born 1982)` belong to answers."""
_PAIRS = (
    ('"', '"'),
    ("“", "”"),
    ("„", "“"),
    ("«", "»"),
    ("‘", "’"),
    ("'", "'"),
    ("*", "*"),
    ("_", "_"),
)
_STATED = re.compile(
    r"\banswer\b(?:\s+to\s+(?:the|this|your)\s+question(?:\s*[\"“][^\n]*?[\"”])?)?[\s*_]*"
    r"(?:is\b|:|=)[\s*_:]*(?=\S)",
    re.IGNORECASE,
)
_ADVERB = re.compile(r"(?:indeed|therefore|thus|probably|likely|most likely|definitely|simply)\s+")
_RESTATED = re.compile(
    r"(?:The|His|Her|Its|Their)\s(?:.*\s)?(?:is|was|are|were)\s+(?P<last>(?:the\s+)?[A-Z0-9][^,;:]*)$"
    r"|(?P<first>(?!(?:The|This|That|These|Those|It|He|She|They|There|Here|What|Who|Both|Neither|Yes"
    r"|No|One|In|On|At|Based)\b)[A-Z0-9][^,;:.]*?)\s(?:is|was|are|were)\s+"
    r"(?:(?:the\s+)?[a-z]+(?:er|est)|the\s+(?:most|least|only|first|last)|more|less)\b"
)
"""A whole sentence that repeats the question: `The capital of France is Paris`, `Everest is the
highest mountain`. Statements of other forms are answers themselves, and among the right ones."""
SHORTEST_RESTATED = 5
"""Words of a sentence that repeats a question and ends with a number."""
LONGEST_RESTATED = 6
"""Words of an answer that such a sentence names."""
_BOLD_END = re.compile(r"\*\*([^*\n]+)\*\*[\s.!]*$")
LONGEST = 1000
"""Characters of a line that are looked at."""
SHORT_WORDS = 12
"""Words of a reply that is taken for an answer as it stands."""


def normalise(text: str) -> str:
    """Lower case without punctuation and articles, white space made single."""
    return " ".join(_ARTICLE.sub(" ", text.lower().translate(_PUNCTUATION)).split())


def f1(answer: str, target: str) -> float:
    """Harmonic mean of precision and recall of the answer's words, in [0, 1]."""
    said, right = normalise(answer), normalise(target)
    if said != right and (said in _CLOSED or right in _CLOSED):
        return 0.0
    words, wanted = said.split(), right.split()
    same = (Counter(words) & Counter(wanted)).total()
    if not same:
        return 0.0
    precision, recall = same / len(words), same / len(wanted)
    return 2 * precision * recall / (precision + recall)


def grade_span(target: Any, answer: str | None) -> Grade:
    """Exact match as the score, F1 beside it; both are 0 without an answer."""
    if answer is None:
        return Grade(0.0, {"f1": 0.0})
    said, right = normalise(answer), normalise(target)
    exact = said == right and (said != "" or _symbols(answer) == _symbols(target))
    return Grade(float(exact), {"f1": f1(answer, target)})


def extract_span(text: str) -> str | None:
    """The answer that a line opens with, without what is explained, cited or put around it."""
    line = first_line(text.strip().removeprefix(":"))[:LONGEST]
    line = without_marks(line).lstrip(" :")
    line = _unwrapped(_NEXT_SENTENCE.split(line, maxsplit=1)[0].strip())
    closed = _CLOSED_FIRST.match(line)
    if closed and not _NAME.match(line):
        return closed[1]
    answer = _ADVERB.sub("", _EXPLAINED.split(line, maxsplit=1)[0], count=1)
    return _unwrapped(_named(answer)) or None


def lenient_span(text: str) -> str | None:
    """The answer of a reply that keeps to no form.

    What follows the last `answer is` or `answer:`, else bold words at its end, else the reply
    itself where it is one short line; None for any other.
    """
    own = own_words(text)
    for found in list(_STATED.finditer(own))[:-6:-1]:
        if answer := extract_span(own[found.end() :]):
            return answer
    if (bold := _BOLD_END.search(own[-500:])) and own.rstrip().rpartition("\n")[2].count("**") == 2:
        return extract_span(bold[1])
    lines = [line for line in own.splitlines() if line.strip()]
    short = len(lines) == 1 and len(lines[0].split()) <= SHORT_WORDS
    return extract_span(own) if short else None


def _named(sentence: str) -> str:
    """What a sentence that repeats the question names; any other text as it is."""
    found = _RESTATED.match(sentence)
    named = (found["last"] or found["first"]) if found else ""
    if not 0 < len(named.split()) <= LONGEST_RESTATED:
        return sentence
    # `The population was 753` is among the right answers; a question that is repeated is longer.
    return sentence if named[0].isdigit() and len(sentence.split()) < SHORTEST_RESTATED else named


def _unwrapped(text: str) -> str:
    """The text without a closing full stop, citations and quotes around the whole of it."""
    while True:
        bare = _ASIDE.sub("", _CITED.sub("", text.strip().removesuffix(".").rstrip()))
        for left, right in _PAIRS:
            inner = bare[1:-1]
            plain = left not in inner and right not in inner and re.search(r"\w", inner)
            if plain and bare[0] == left and bare[-1] == right:
                bare = inner.strip()
        if bare == text or not bare:
            return bare
        text = bare


def _symbols(text: str) -> str:
    return " ".join(_ARTICLE.sub(" ", text.lower()).split())


def canonical_span(text: str) -> str:
    """The normalised answer; one that is all punctuation or articles stays as it is."""
    return normalise(text) or text.strip().lower()
