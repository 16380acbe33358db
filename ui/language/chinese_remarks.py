"""Remarks in 简体中文: for each code the English pattern of its sentence, and the Chinese one."""

import re
from collections.abc import Callable, Mapping

from antiphon.bridge.protocol.messages import Remark
from antiphon.ui.model.words import retold

_MODES = {
    "major": "大调", "minor": "小调", "dorian": "多利亚调式", "phrygian": "弗里几亚调式",
    "lydian": "利底亚调式", "mixolydian": "混合利底亚调式", "locrian": "洛克里亚调式",
}  # fmt: skip
_DEGREES = {
    "tonic": "主音", "supertonic": "上主音", "third": "三级音", "fourth": "下属音",
    "dominant": "属音", "sixth": "六级音", "seventh": "七级音",
}  # fmt: skip
_INTERVALS = {
    "a unison": "同度", "a second": "二度", "a step": "二度", "a third": "三度",
    "a fourth": "四度", "a fifth": "五度", "a sixth": "六度", "a seventh": "七度",
    "an octave": "八度", "over an octave": "八度以上", "2 octaves": "两个八度",
    "3 octaves": "三个八度",
}  # fmt: skip
_CADENCES = {
    "a half cadence": "半终止", "an authentic cadence": "正格终止", "a plagal cadence": "变格终止",
    "a deceptive cadence": "阻碍终止",
    "a modal cadence, the subtonic to the tonic": "调式终止（下主音到主音）",
}  # fmt: skip
_PARTS = {
    "Alto": "女低音", "Tenor": "男高音", "Bass": "低音", "Piano": "钢琴", "Guitar": "吉他",
    "Drums": "鼓", "Melody": "旋律", "The part": "该声部",
}  # fmt: skip


def _key(text: str) -> str:
    tonic, _, mode = text.rpartition(" ")
    return f"{tonic} {_MODES.get(mode, mode)}"


def _measures(text: str) -> str:
    return re.sub(r"[Mm]easures? ([^ ]+(?:, [^ ]+)*)", r"第 \1 小节", text)


def _degree(text: str) -> str:
    for word, chinese in (("raised ", "升"), ("lowered ", "降")):
        if text.startswith(word):
            return chinese + _DEGREES.get(text.removeprefix(word), text)
    return _DEGREES.get(text, text)


def _distance(text: str) -> str:
    size, _, way = text.rpartition(" ")
    return ("高" if way == "higher" else "低") + _INTERVALS.get(size, size)


def _beats(text: str) -> str:
    return "第 " + text.removeprefix("beat ").replace(" and ", "、") + " 拍"


_GAPS: Mapping[str, Callable[[str], str]] = {
    "key": _key, "new": _measures, "old": _measures, "place": _measures, "fills": _measures,
    "degree": _degree, "distance": _distance, "snare": _beats,
    "range": lambda text: text.replace(" to ", " 到 "),
    "interval": lambda text: _INTERVALS.get(text, text),
    "cadence": lambda text: _CADENCES.get(text, text),
    "part": lambda text: _PARTS.get(text, text),
}  # fmt: skip

# Code: the English sentence as the models have it, and its Chinese words.
REMARK_WORDS: Mapping[str, tuple[str, str]] = {
    "silent": ("It rests throughout.", "全部休止。"),
    "drums": ("A drum pattern of {notes} notes.", "一个有 {notes} 个音的鼓型。"),
    "key": ("In {key}, from {range}.", "{key}，音域 {range}。"),
    "ending": ("It ends on the {degree}, {note}.", "结束在{degree} {note}。"),
    "repeat": ("{new} {verb} {old}.", "{new}重复{old}。"),
    "sequence": ("{new} {verb} {old} {distance}, as a sequence.", "{new}把{old}{distance}模进。"),
    "rhythm": ("{new} {verb} the rhythm of {old}.", "{new}沿用{old}的节奏。"),
    "leap": (
        "Its widest leap is {interval}, {low} to {high} in {place}.",
        "最大的跳进是{interval}：{place}的 {low} 到 {high}。",
    ),
    "stepwise": ("It moves by step and third throughout.", "全部以级进和三度进行。"),
    "diatonic": ("Every note belongs to the key.", "所有音都在调内。"),
    "chromatic": ("Outside the key: {notes}.", "调外音：{notes}。"),
    "chords": ("Chords: {names}.", "和弦：{names}。"),
    "numerals": ("In {key}: {numerals}.", "{key}：{numerals}。"),
    "cadence": ("It closes with {cadence}.", "以{cadence}结束。"),
    "borrowed": ("Chords from outside the key: {names}.", "调外和弦：{names}。"),
    "resting": ("{part} rests throughout.", "{part}全部休止。"),
    "voice-range": ("{part} sings from {range}.", "{part}演唱音域 {range}。"),
    "part-range": ("{part}: {notes} notes, from {range}.", "{part}：{notes} 个音，音域 {range}。"),
    "bass-roots": (
        "{part} has the root under {share} % of the chords' beginnings.",
        "{part}在 {share} % 的和弦开始处奏根音。",
    ),
    "bass-kick": (
        "{part} strikes with {share} % of the bass drum's strokes.",
        "{part}与 {share} % 的底鼓同时发音。",
    ),
    "drum-kit": (
        "{part}: {notes} strokes, the backbeat on {snare}, fills in {fills}.",
        "{part}：{notes} 击，军鼓在{snare}，过门在{fills}。",
    ),
    "drum-plain": ("{part}: {notes} strokes.", "{part}：{notes} 击。"),
    "tune-kept": (
        "The melody keeps {share} % of its notes in their order.",
        "旋律按原顺序保留了 {share} % 的音。",
    ),
    "tune-moved": (
        "{share} % of its notes begin elsewhere than before.",
        "{share} % 的音起拍位置与原来不同。",
    ),
    "shared-run": (
        "{run} notes in a row are those of “{name}”; of human tunes only one in twenty shares "
        "so long a run with another.",
        "连续 {run} 个音与《{name}》相同；"
        "人写的曲调中，二十首里只有一首会与别的曲调有这么长的相同片段。",
    ),
    "fallback-engine": (
        "The model was not ready, so the theory engine wrote this answer.",
        "模型尚未就绪，由规则引擎写成。",
    ),
    "rules-no-weights": (
        "The theory engine wrote this: the weights of the model for this task are missing or "
        "damaged.",
        "由规则引擎写成：此任务的模型权重缺失或损坏。",
    ),
    "rules-after-model": (
        "The theory engine wrote this: the model found no answer that keeps every promise.",
        "由规则引擎写成：模型没有找到满足全部要求的答句。",
    ),
    "rules-after-deadline": (
        "The theory engine wrote this: the model would have missed the deadline.",
        "由规则引擎写成：模型来不及完成。",
    ),
    "rules-after-fault": (
        "The theory engine wrote this: the model stopped on the way.",
        "由规则引擎写成：模型中途停止了。",
    ),
}


def retold_remark(remark: Remark) -> str | None:
    """The remark in Chinese, None for one that is not known."""
    words = REMARK_WORDS.get(remark.code)
    if words is None:
        return None
    sentence = remark.sentence
    # A list that was cut short ends in an ellipsis in place of the full stop.
    is_cut = sentence.endswith("…")
    found = retold(f"{sentence}." if is_cut else sentence, words[0], words[1], _GAPS)
    return found.replace("…。", "…") if found and is_cut else found
