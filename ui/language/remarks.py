"""Remarks on takes, in the language of the person; their English sentences come with the takes."""

from antiphon.bridge.protocol.messages import Remark
from antiphon.ui.language import CHINESE, Say


def remark_words(say: Say, remark: Remark) -> str:
    """The remark in that language; in English where no translation fits."""
    if say.code != CHINESE:
        return say.change(remark.sentence.replace("{", "{{").replace("}", "}}")).format()
    from antiphon.ui.language.chinese_remarks import retold_remark  # noqa: PLC0415

    return retold_remark(remark) or remark.sentence
