"""Faults in the language of the person; their English sentences come from one table."""

from antiphon.bridge.errors import FAULTS, AntiphonError
from antiphon.ui.language import CHINESE, Say


def fault_words(say: Say, fault: AntiphonError) -> tuple[str, str]:
    """Sentence and remedy of a fault; in English where no translation fits."""
    if say.code != CHINESE or fault.code not in FAULTS:
        return fault.sentence, fault.remedy
    from antiphon.ui.language.chinese_faults import FAULT_WORDS  # noqa: PLC0415
    from antiphon.ui.model.words import retold  # noqa: PLC0415

    english, chinese = FAULTS[fault.code], FAULT_WORDS.get(fault.code)
    if chinese is None:
        return fault.sentence, fault.remedy
    sentence = retold(fault.sentence, english.sentence, chinese[0])
    remedy = retold(fault.remedy, english.remedy, chinese[1])
    return sentence or fault.sentence, remedy or fault.remedy
