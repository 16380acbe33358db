"""The panel's whole state: what is asked about, with which words, and the takes on the table."""

import random
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.music.typed import parse_numbers
from antiphon.bridge.protocol.messages import Request, Take, Task
from antiphon.ui.language import Say, speaking
from antiphon.ui.model import knobs, takes
from antiphon.ui.model.line import Line, Post
from antiphon.ui.model.queue import Queue
from antiphon.ui.model.receipts import Stub
from antiphon.ui.model.settings import PanelSettings, save_panel_settings
from antiphon.ui.model.source import NOTHING, Source, nothing
from antiphon.ui.model.store import Job, Store
from antiphon.ui.model.takes import Card, NotePlace, Origin
from antiphon.ui.model.topics import Topic
from antiphon.ui.model.words import region_words

_SEEDS = 1_000_000


class Session:
    """State and deeds of the panel; every widget reads it and calls it, none keeps its own.

    Topics: `asked_about` (source or selection), `task_changed`, `takes_changed`, `chosen`,
    `settings_changed`, `noted` (`note` holds a fault or a sentence to show).
    """

    def __init__(self, settings: PanelSettings, store: Store, line: Line, post: Post,
                 save: Callable[[PanelSettings], None] = save_panel_settings) -> None:  # fmt: skip
        self.settings, self.store, self.line = settings, store, line
        self._save = save
        self.say: Say = speaking(settings.language)
        self.source: Source = nothing()
        self.task = Task.CONTINUE
        self.values: dict[str, dict[str, Any]] = {k: dict(v) for k, v in settings.knobs.items()}
        self.queue = Queue(store, line, post)
        self.shown_id = ""
        self.cards: list[Card] = []
        self.chosen_key: tuple[str, int] | None = None
        self.compared_key: tuple[str, int] | None = None
        # Measures of the chosen take that may be asked again, and notes of it that stay.
        self.opened: set[int] = set()
        self.locked: set[NotePlace] = set()
        self.note: AntiphonError | str | None = None
        self.asked_about, self.task_changed = Topic(), Topic()
        self.takes_changed, self.chosen = Topic(), Topic()
        self.settings_changed, self.noted = Topic(), Topic()
        self.queue.arrived.listen(self._arrived)
        self.queue.failed.listen(lambda: self.tell(self.queue.last_fault))

    # --- the music ------------------------------------------------------------------------

    def ask_about(self, source: Source) -> None:
        """Turn to other music."""
        self.source = source
        if source.kind == NOTHING:
            self.task = Task.GENERATE
        elif self.task is Task.GENERATE and source.kind != NOTHING:
            self.task = Task.CONTINUE
        self.asked_about.tell()
        self.task_changed.tell()

    def select(self, part: str, first: int, last: int) -> None:
        """Select other measures (indices) of the same music."""
        count = len(self.source.phrase.measures)
        first = max(0, min(first, count - 1))
        last = max(first, min(last, count - 1))
        self.source = replace(self.source, part=part, first=first, last=last)
        self.asked_about.tell()

    @property
    def words(self) -> str:
        """The selection in words: "Violin, measures 9–16, 4/4, G major"."""
        source = self.source
        if source.kind == NOTHING or not source.phrase.measures:
            return ""
        return region_words(self.say, source.phrase, source.part, *source.span)

    def words_of(self, job: Job) -> str:
        """What a job was about, in the language of now."""
        request = job.request
        region, phrase = request.region, request.phrase
        if not region.part_ids or not phrase.measures or region.end <= region.start:
            return job.words
        start, end = (at - request.phrase_start for at in (region.start, region.end))
        return region_words(self.say, phrase, region.part_ids[0], start, end)

    # --- the question ---------------------------------------------------------------------

    def choose_task(self, task: Task) -> None:
        """Turn to another task; its controls stand as they were left."""
        self.task = task
        self.task_changed.tell()

    def value(self, name: str) -> Any:
        """The value of a control of this task."""
        plain = knobs.plain_values(self.task)
        return self.values.get(self.task.value, {}).get(name, plain.get(name))

    def turn(self, name: str, value: Any) -> None:
        """Give a control of this task a value, remembered for the next start."""
        own = self.values.setdefault(self.task.value, {})
        own[name] = value
        plain = knobs.plain_values(self.task)
        self.values[self.task.value] = takes.changed_controls(own, plain)
        self.change(knobs=self.values)

    def reset(self) -> None:
        """Put all controls of this task back."""
        self.values[self.task.value] = {}
        self.change(knobs=self.values)
        self.task_changed.tell()

    def save_preset(self, name: str) -> None:
        """Keep the controls of this task under a name."""
        preset = {"task": self.task.value, "values": dict(self.values.get(self.task.value, {}))}
        self.change(presets={**self.settings.presets, name: preset})
        self.task_changed.tell()

    def use_preset(self, name: str) -> None:
        """Turn to a preset's task with its controls."""
        preset = self.settings.presets[name]
        self.restore(Task(preset["task"]), dict(preset["values"]))

    def remove_preset(self, name: str) -> None:
        """Forget a preset."""
        left = {key: value for key, value in self.settings.presets.items() if key != name}
        self.change(presets=left)
        self.task_changed.tell()

    def restore(self, task: Task, values: dict[str, Any]) -> None:
        """Set a task and its controls, as a receipt or a preset holds them."""
        self.task = task
        plain = knobs.plain_values(task)
        self.values[task.value] = {k: v for k, v in values.items() if k in plain}
        self.change(knobs=self.values)
        self.task_changed.tell()

    def restore_receipt(self, stub: Stub) -> None:
        """Set what a receipt says: task, controls and the seed, which then stays."""
        self.change(seed=stub.seed, rolls_seed=False)
        self.restore(stub.task, stub.values)
        self.tell(self.say("The settings of this file are back: Ask gives its notes again."))

    def ask(self) -> bool:
        """Ask; False where the words or the selection are no question, which `note` tells."""
        if self.settings.rolls_seed:
            self.change(seed=random.randrange(_SEEDS))
        values = dict(self.values.get(self.task.value, {}))
        words = knobs.words_of(self.task, values)
        words |= {"seed": self.settings.seed, "takes": self.settings.takes}
        from antiphon.ui.model.reading import ask  # noqa: PLC0415  # heavy, after the first paint

        try:
            asked = ask(self.task, words, self.source)
        except AntiphonError as fault:
            self.tell(fault)
            return False
        self._line_up(asked.request, self.words, self._origin(), values)
        return True

    def _origin(self) -> Origin:
        source = self.source
        return Origin(
            source.title, source.path, source.editor, source.part, source.first, source.last
        )

    def _line_up(self, request: Request, words: str, origin: Origin, values: dict[str, Any],
                 *, shows: bool = True) -> None:  # fmt: skip
        self.tell(None)
        job = Job(request, words, origin=origin, values=values)
        if shows:
            self._show(request.id, [])
        self.queue.add(job)

    # --- the takes ------------------------------------------------------------------------

    @property
    def card(self) -> Card | None:
        """The chosen take."""
        return self._found(self.chosen_key)

    @property
    def compared(self) -> Card | None:
        """The take that the chosen one is compared with."""
        return self._found(self.compared_key)

    def _found(self, key: tuple[str, int] | None) -> Card | None:
        return next((card for card in self.cards if card.key == key), None)

    def show(self, request_id: str) -> None:
        """Put the takes of an earlier request on the table."""
        job = self.queue.job(request_id)
        if job is not None:
            self._show(request_id, self.store.cards(job.request))

    def _show(self, request_id: str, cards: list[Card]) -> None:
        self.shown_id, self.cards = request_id, cards
        self.chosen_key = cards[0].key if cards else None
        self.compared_key = None
        self.opened, self.locked = set(), set()
        self.takes_changed.tell()
        self.chosen.tell()

    def choose(self, key: tuple[str, int]) -> None:
        """Choose a take; the one before is what it is compared with."""
        if key == self.chosen_key or self._found(key) is None:
            return
        self.compared_key, self.chosen_key = self.chosen_key, key
        self.opened, self.locked = set(), set()
        self.chosen.tell()

    def step(self, by: int) -> None:
        """Choose the take `by` places further."""
        keys = [card.key for card in self.cards]
        if keys and self.chosen_key in keys:
            self.choose(keys[(keys.index(self.chosen_key) + by) % len(keys)])

    def swap(self) -> None:
        """Change between the chosen take and the one it is compared with."""
        if self.compared is not None:
            self.chosen_key, self.compared_key = self.compared_key, self.chosen_key
            self.chosen.tell()
        else:
            self.step(1)

    def rename(self, key: tuple[str, int], name: str) -> None:
        """Give a take a name."""
        self._edit(key, lambda card: replace(card, name=name.strip()))

    def star(self, key: tuple[str, int]) -> None:
        """Star a take, or take its star away."""
        self._edit(key, lambda card: replace(card, is_starred=not card.is_starred))

    def _edit(self, key: tuple[str, int], change: Callable[[Card], Card]) -> None:
        for index, card in enumerate(self.cards):
            if card.key == key:
                self.cards[index] = change(card)
                self.store.keep_card(self.cards[index])
        self.takes_changed.tell()

    def open_measure(self, index: int) -> None:
        """Open a measure of the chosen take to be asked again, or close it."""
        self.opened ^= {index}
        self.chosen.tell()

    def lock_note(self, place: NotePlace) -> None:
        """Lock a note of the chosen take, so that it stays when the rest is asked again."""
        self.locked ^= {place}
        self.chosen.tell()

    def lock_measure(self, index: int) -> None:
        """Lock a measure of the music, or let it go; a task that fills the selection keeps it."""
        number = self.source.measure_number(index)
        now = [n for n in str(self.value("lock_measures") or "").split(",") if n]
        now = [n for n in now if n != number] if number in now else [*now, number]
        order = [measure.number for measure in self.source.phrase.measures]
        self.turn("lock_measures", ",".join(sorted(now, key=order.index)))
        self.asked_about.tell()
        self.task_changed.tell()

    @property
    def locked_measures(self) -> set[int]:
        """The locked measures of the music, as indices; none where the task takes no locks."""
        text = str(self.value("lock_measures") or "")
        numbers = [measure.number for measure in self.source.phrase.measures]
        try:
            stretches = parse_numbers(text) if text else ()
            return {
                place
                for first, last in stretches
                for place in range(numbers.index(first), numbers.index(last) + 1)
            }
        except ValueError:
            return set()

    def more_like(self, key: tuple[str, int]) -> None:
        """Ask for further takes of the same question."""
        card = self._found(key)
        job = self.queue.job(key[0])
        if card is None or job is None:
            return
        own = [c.take.number for c in self.cards if not c.is_combined]
        request = takes.more_like(card.request, max(own, default=-1) + 1, self.settings.takes)
        self._line_up(request, job.words, job.origin, job.values)

    def ask_again(self, key: tuple[str, int]) -> None:
        """Ask only the opened measures of a take again; all others stay."""
        card = self._found(key)
        job = self.queue.job(key[0])
        if card is None or job is None or not (self.opened or self.locked):
            return
        seed = random.randrange(_SEEDS)
        request = takes.asked_again(card, self.opened, self.locked, seed, self.settings.takes)
        self._line_up(request, job.words, job.origin, job.values)

    def combine(self, first: Card, second: Card, choice: list[bool]) -> None:
        """Make a take of the measures of two."""
        number = takes.FIRST_COMBINED + sum(card.is_combined for card in self.cards)
        chosen = [index for index, is_second in enumerate(choice) if is_second]
        text = takes.measures_as_text(first.take.phrase.measures, chosen)
        remark = self.say("Measures {measures} are from {name}.", measures=text,
                          name=self.name_of(second))  # fmt: skip
        card = takes.combined(first, second, choice, number, remark)
        self.cards.append(card)
        self.store.keep_card(card)
        self.takes_changed.tell()
        self.choose(card.key)

    def name_of(self, card: Card) -> str:
        """The take's own name, or its number in words."""
        if card.name:
            return card.name
        if card.is_combined:
            count = card.take.number - takes.FIRST_COMBINED + 1
            return self.say("Combination {number}", number=count)
        return self.say("Take {number}", number=card.take.number + 1)

    def _arrived(self) -> None:
        card = self.queue.last_card
        if card is None or card.request.id != self.shown_id:
            return
        self.cards.append(card)
        self.cards.sort(key=lambda card: card.take.number)
        if self.chosen_key is None:
            self.chosen_key = card.key
            self.takes_changed.tell()
            self.chosen.tell()
        else:
            self.takes_changed.tell()

    def show_editors(self, job: Job, found: tuple[Take, ...]) -> None:
        """Put what an editor asked and was answered on the table."""
        self.queue.adopt(replace(job, created=job.created or time.time()), found)
        if not self.queue.working:
            self.show(job.id)

    # --- what the panel says and remembers ------------------------------------------------

    def tell(self, note: AntiphonError | str | None) -> None:
        """Show a fault or a sentence; None takes it away."""
        self.note = note
        self.noted.tell()

    def change(self, **values: Any) -> None:
        """Change settings and keep them."""
        was = self.settings
        self.settings = replace(was, **values)
        self._save(self.settings)
        if self.settings.language != was.language:
            self.say = speaking(self.settings.language)
        if {"language", "theme", "zoom", "on_top", "view"} & set(values):
            self.settings_changed.tell()

    def file_of(self, job: Job) -> Path | None:
        """The file a job was about, where it is still there."""
        path = Path(job.origin.path) if job.origin.path else None
        return path if path is not None and path.is_file() else None
