"""Remarks in 简体中文."""

from antiphon.bridge.protocol.messages import Remark


def retold_remark(remark: Remark) -> str | None:
    """The remark in Chinese, None for one that is not known."""
    return None
