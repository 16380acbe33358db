"""Every sentence of the panel in both languages, with the same gaps, and none too many."""

import ast
import string
from pathlib import Path

import pytest

from antiphon.bridge.errors import FAULTS, AntiphonError
from antiphon.bridge.jobs import supervisor
from antiphon.bridge.protocol.messages import Remark
from antiphon.models.listening import originality
from antiphon.models.tasks import engines
from antiphon.models.theory import part_remarks, remarks
from antiphon.ui.language import CHINESE, ENGLISH, LONG, lengthened, speaking
from antiphon.ui.language.chinese import WORDS
from antiphon.ui.language.chinese_faults import FAULT_WORDS
from antiphon.ui.language.chinese_remarks import REMARK_WORDS
from antiphon.ui.language.faults import fault_words
from antiphon.ui.language.remarks import remark_words

UI = Path(__file__).parents[2] / "ui"
SAYING = ("say", "marked", "_", "N_")


def said_in(tree: ast.AST):
    """The literal sentences given to `say`, `self.say`, `panel.say`, `marked` and `_`."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        name = getattr(node.func, "id", getattr(node.func, "attr", ""))
        if name in SAYING:
            yield from literals(node.args[0])


def literals(node: ast.AST):
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from literals(node.body)
        yield from literals(node.orelse)
    elif isinstance(node, ast.Call) and len(node.args) == 2:  # .get(key, "else")
        yield from literals(node.args[1])


def sentences() -> set[str]:
    found: set[str] = set()
    for file in UI.rglob("*.py"):
        if file.name == "spoken.py" or file.parent.name == "language":
            continue
        found |= set(said_in(ast.parse(file.read_text(encoding="utf-8"))))
    return found


def gaps(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_no_sentence_is_left_in_english():
    assert sentences() - WORDS.keys() == set()


def test_no_translation_is_left_over():
    assert WORDS.keys() - sentences() == set()


@pytest.mark.parametrize("english", sorted(WORDS))
def test_a_translation_has_the_gaps_of_its_sentence(english):
    assert gaps(english) == gaps(WORDS[english])
    assert WORDS[english].strip()


def test_every_fault_has_chinese_words_with_the_same_gaps():
    missing = FAULTS.keys() - FAULT_WORDS.keys()
    assert not missing
    for code, (sentence, remedy) in FAULT_WORDS.items():
        assert gaps(sentence) <= gaps(FAULTS[code].sentence), code
        assert gaps(remedy) <= gaps(FAULTS[code].remedy), code


@pytest.mark.parametrize("code", sorted(FAULTS))
def test_a_fault_is_told_in_chinese_without_an_english_word_around_its_gaps(code):
    text = FAULTS[code]
    named = gaps(text.sentence) | gaps(text.remedy)
    fault = AntiphonError(code, **dict.fromkeys(named, "7"))
    sentence, remedy = fault_words(speaking(CHINESE), fault)
    assert any("\u4e00" <= letter <= "\u9fff" for letter in sentence), sentence
    assert any("\u4e00" <= letter <= "\u9fff" for letter in remedy), remedy


def every_remark() -> dict[str, str]:
    found = dict(remarks.SENTENCES) | dict(part_remarks.SENTENCES)
    found["shared-run"] = originality.SENTENCE
    for one in (
        supervisor.FALLBACK,
        engines.NO_WEIGHTS,
        engines.NO_PASS,
        engines.TOO_LATE,
        engines.BROKEN,
    ):
        found[one.code] = one.sentence
    return found


def test_every_remark_of_the_models_has_chinese_words_for_the_sentence_it_has_now():
    for code, sentence in every_remark().items():
        assert REMARK_WORDS[code][0] == sentence


@pytest.mark.parametrize(
    ("code", "english", "chinese"),
    [
        ("key", "In D dorian, from A4 to E5.", "D 多利亚调式，音域 A4 到 E5。"),
        ("ending", "It ends on the dominant, A.", "结束在属音 A。"),
        ("ending", "It ends on the raised seventh, F♯.", "结束在升七级音 F♯。"),
        ("rhythm", "Measures 9–12 keep the rhythm of measure 2.",
         "第 9–12 小节沿用第 2 小节的节奏。"),
        ("repeat", "Measure 12 repeats measure 8.", "第 12 小节重复第 8 小节。"),
        ("leap", "Its widest leap is a fifth, E5 to A4 in measure 10.",
         "最大的跳进是五度：第 10 小节的 E5 到 A4。"),
        ("sequence", "Measure 9 takes measure 2 a fifth higher, as a sequence.",
         "第 9 小节把第 2 小节高五度模进。"),
        ("chords", "Chords: Dm F Em …", "和弦：Dm F Em …"),
        ("diatonic", "Every note belongs to the key.", "所有音都在调内。"),
    ],
)  # fmt: skip
def test_a_remark_is_told_in_chinese(code, english, chinese):
    assert remark_words(speaking(CHINESE), Remark(code, english)) == chinese


def test_an_unknown_remark_is_told_as_it_came():
    remark = Remark("new", "It has {odd} words.")
    assert remark_words(speaking(CHINESE), remark) == "It has {odd} words."
    assert remark_words(speaking(ENGLISH), remark) == "It has {odd} words."


def test_the_long_language_is_longer_and_keeps_its_gaps():
    for text in WORDS:
        assert gaps(lengthened(text)) == gaps(text)
        letters = sum(letter.isalpha() for letter in text)
        if letters > 12 and not gaps(text):
            assert len(lengthened(text)) >= len(text) + 0.35 * letters
    assert speaking(LONG)("Ask") != "Ask"
