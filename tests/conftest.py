"""What every test shares."""

from hypothesis import settings

# No timed assertions: a busy computer must not turn a true property into a failure.
settings.register_profile("antiphon", deadline=None)
settings.load_profile("antiphon")
