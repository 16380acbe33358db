"""The step network of `antiphon.models.networks.melody_rnn` with its chord input."""

from antiphon.models.networks.melody_rnn import StepConfig, StepNetwork


def improv_network() -> StepNetwork:
    """A new network that improvises over chords."""
    return StepNetwork(StepConfig(chords=True))
