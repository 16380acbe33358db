"""The panel's player: phrases in, sound out, through a sound card or a MIDI port; no Qt.

All methods return at once. Rendering happens in a thread, and the music begins as soon as its
first second is there. Where nothing can be heard, `problem` says why in a sentence.
"""

from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from threading import Lock, Thread

import numpy as np

from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.music.phrase import Note, Part, Phrase
from antiphon.ui.sound.deck import Deck, Rendering, narrowed
from antiphon.ui.sound.events import (
    DRUM_CHANNEL,
    Sounding,
    TempoMap,
    beats,
    length_seconds,
    soundings,
)
from antiphon.ui.sound.outputs import Output, Stream, open_card, outputs
from antiphon.ui.sound.ports import Port, PortDeck, open_port
from antiphon.ui.sound.synth import TAIL_SECONDS, Samples, SoftSynth

_KEPT_RENDERINGS = 6
_NOTE_SECONDS = 0.6

Opener = Callable[[Callable[[int], Samples], str], Stream]


class Player:
    """Plays one phrase at a time; switches to another of the same span on the beat.

    `open_stream` and `open_midi` may be replaced to play into something else than this
    computer's devices.
    """

    def __init__(
        self,
        font: Path | None = None,
        *,
        open_stream: Opener = open_card,
        open_midi: Callable[[str], Port] = open_port,
    ) -> None:
        self._font, self._open_stream, self._open_midi = font, open_stream, open_midi
        self._deck = Deck()
        self._ports: PortDeck | None = None
        self._stream: Stream | None = None
        self._output = Output("card", "", is_usual=True)
        self._synth: SoftSynth | None = None
        self._synthesizing, self._state = Lock(), Lock()
        self._renderings: OrderedDict[Phrase, Rendering] = OrderedDict()
        self._phrase: Phrase | None = None
        self._tempos = TempoMap(())
        self._loop: tuple[float, float] | None = None
        self._asked = 0
        self.fault: AntiphonError | None = None

    # --- gestures ---------------------------------------------------------------------------

    def play(self, phrase: Phrase, start: float = 0.0) -> bool:
        """Plays a phrase from a place (quarters) on; tells whether it can be heard.

        Where it cannot, `problem` and `remedy` hold a sentence each.
        """
        if not self._ready():
            return False
        self._phrase, self._tempos = phrase, TempoMap(phrase.tempos)
        self._asked += 1
        at = self._tempos.seconds(start)
        loop = self._loop_seconds()
        if self._ports is not None:
            self._ports.play(soundings(phrase), beats(phrase), length_seconds(phrase),
                             start=at, loop=loop)  # fmt: skip
            return True
        self._deck.play(self._rendering(phrase), beats(phrase), start=at, loop=loop)
        return True

    def switch(self, phrase: Phrase) -> None:
        """Goes on in another phrase of the same span at the next beat; silent where none plays.

        If it has to be rendered first, the beat after that is taken.
        """
        if not self.is_playing:
            return
        self._phrase = phrase
        if self._ports is not None:
            self._ports.switch(soundings(phrase))
            return
        self._asked += 1
        asked, rendering = self._asked, self._rendering(phrase)
        if rendering.ready == len(rendering.samples):
            self._deck.switch(rendering)
            return
        Thread(target=self._switch_later, args=(asked, rendering), daemon=True).start()

    def _switch_later(self, asked: int, rendering: Rendering) -> None:
        with self._synthesizing:  # held while something is rendered
            pass
        if asked == self._asked and rendering.ready == len(rendering.samples):
            self._deck.switch(rendering)

    def stop(self) -> None:
        """Stops within a few milliseconds."""
        self._asked += 1
        self._deck.stop()
        if self._ports is not None:
            self._ports.stop()

    def prepare(self, phrase: Phrase) -> None:
        """Renders a phrase ahead, so that playing or switching to it does not wait."""
        if self._output.kind == "card" and not self.problem:
            self._rendering(phrase)

    def hear(self, note: Note, part: Part) -> bool:
        """Plays one note on its part's instrument, over whatever plays."""
        if not self._ready():
            return False
        if not 0 <= note.pitch.midi_number <= 127:
            return False
        channel = DRUM_CHANNEL if part.is_drums else 15
        event = Sounding(0, _NOTE_SECONDS, note.pitch.midi_number, note.velocity, channel,
                         part.program)  # fmt: skip
        if self._ports is not None:
            self._ports.hear(event)
            return True
        Thread(target=self._hear, args=(event,), daemon=True).start()
        return True

    def _hear(self, event: Sounding) -> None:
        with self._synthesizing:
            if self._synth is not None:
                samples = self._synth.rendered((event,), _NOTE_SECONDS)
                self._deck.hear(samples)

    def set_loop(self, loop: tuple[float, float] | None) -> None:
        """Loops between two places in quarters; None plays to the end."""
        self._loop = loop
        seconds = self._loop_seconds()
        self._deck.set_loop(seconds)
        if self._ports is not None:
            self._ports.set_loop(seconds)

    def set_metronome(self, is_on: bool) -> None:
        """Lets the beats tick."""
        self._deck.metronome = is_on
        if self._ports is not None:
            self._ports.metronome = is_on

    def _loop_seconds(self) -> tuple[float, float] | None:
        if self._loop is None:
            return None
        return self._tempos.seconds(self._loop[0]), self._tempos.seconds(self._loop[1])

    # --- state ------------------------------------------------------------------------------

    @property
    def is_playing(self) -> bool:
        """Whether music plays."""
        return self._deck.is_playing or (self._ports is not None and self._ports.is_playing)

    @property
    def problem(self) -> str:
        """Why nothing is heard, in a sentence; empty where all is well."""
        return self.fault.sentence if self.fault is not None else ""

    @property
    def remedy(self) -> str:
        """What to do about the problem, in a sentence."""
        return self.fault.remedy if self.fault is not None else ""

    @property
    def seconds(self) -> float | None:
        """Where the music is, in seconds from the phrase's beginning; None where none plays."""
        return self._ports.seconds if self._ports is not None else self._deck.seconds

    @property
    def quarters(self) -> float | None:
        """Where the music is, in quarters, for playheads; None where none plays.

        It rests at the end while the last notes ring on.
        """
        seconds, phrase = self.seconds, self._phrase
        if seconds is None or phrase is None:
            return None
        return min(float(phrase.length), self._tempos.quarters(seconds))

    @property
    def output(self) -> Output:
        """Where it plays to."""
        return self._output

    def outputs(self) -> tuple[Output, ...]:
        """Where it could play to: sound cards and MIDI ports."""
        return outputs()

    def choose(self, output: Output) -> bool:
        """Plays to another output from now on; tells whether it can be opened."""
        self.close()
        self._output, self.fault = output, None
        return self._ready()

    def close(self) -> None:
        """Stops and lets the device go; the next play opens it again."""
        self.stop()
        if self._ports is not None:
            self._ports.close()
            self._ports = None
        stream, self._stream = self._stream, None
        if stream is not None:
            stream.close()

    def _ready(self) -> bool:
        self.fault = None
        try:
            if self._output.kind == "port":
                if self._ports is None:
                    self._ports = PortDeck(self._open_midi(self._output.name))
                    self._ports.metronome = self._deck.metronome
                return True
            if self._synth is None:
                self._synth = SoftSynth(self._font)
            if self._stream is None:
                self._stream = self._open_stream(self._deck.frames, self._output.name)
        except AntiphonError as fault:
            self.fault = fault
            return False
        return True

    # --- rendering --------------------------------------------------------------------------

    def _rendering(self, phrase: Phrase) -> Rendering:
        """The rendering of a phrase, begun in a thread where there is none yet."""
        with self._state:
            found = self._renderings.get(phrase)
            if found is not None:
                self._renderings.move_to_end(phrase)
                return found
            rate = self._deck.rate
            frames = round((length_seconds(phrase) + TAIL_SECONDS) * rate)
            found = Rendering(np.zeros((frames, 2), dtype=np.int16), 0)
            self._renderings[phrase] = found
            while len(self._renderings) > _KEPT_RENDERINGS:
                self._renderings.popitem(last=False)
        Thread(target=self._render, args=(phrase, found), daemon=True).start()
        return found

    def _render(self, phrase: Phrase, rendering: Rendering) -> None:
        with self._synthesizing:
            if self._synth is None:
                try:
                    self._synth = SoftSynth(self._font)
                except AntiphonError as fault:
                    self.fault = fault
                    return
            for piece in self._synth.pieces(soundings(phrase), length_seconds(phrase)):
                end = min(rendering.ready + len(piece), len(rendering.samples))
                rendering.samples[rendering.ready : end] = narrowed(piece[: end - rendering.ready])
                rendering.ready = end
