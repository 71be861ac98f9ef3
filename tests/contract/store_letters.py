"""What every place for dead letters promises."""

from collections.abc import Awaitable, Callable
from uuid import uuid4

import pytest

from huiyin_kernel.ids import uuid7
from huiyin_store.letters import Letters, LetterState, NewLetter
from huiyin_store.port import Cursor
from tests.contract.store_making import stream_name

CursorOf = Callable[[str, str], Awaitable[int]]


def new_letter(consumer: str = "reception-inbox") -> NewLetter:
    """A letter unlike any other."""
    return NewLetter(uuid7(), consumer, uuid4().bytes)


class LetterContract:
    """Letters and cursors. Subclasses give `letters` and `cursor_of`, of an empty log."""

    async def test_a_letter_is_kept_as_it_is_and_the_cursor_moves_with_it(
        self, letters: Letters, cursor_of: CursorOf
    ) -> None:
        letter = new_letter()
        assert await letters.bury(letter, Cursor(letter.consumer, "intake@990000", 7))
        (kept,) = await letters.page(0, 10, with_handled=False)
        assert (kept.sequence, kept.letter_id, kept.letter) == (1, letter.letter_id, letter.letter)
        assert (kept.state, kept.redrives, kept.redriven, kept.redrive_cause) == (
            LetterState.BURIED,
            0,
            None,
            "",
        )
        assert await cursor_of(letter.consumer, "intake@990000") == 7

    async def test_what_the_cursor_is_beyond_is_not_buried(
        self, letters: Letters, cursor_of: CursorOf
    ) -> None:
        letter, consumer = new_letter(), stream_name()
        await letters.bury(new_letter(consumer), Cursor(consumer, "intake@990000", 7))
        assert not await letters.bury(
            NewLetter(letter.letter_id, consumer, b""), Cursor(consumer, "intake@990000", 7)
        )
        assert await letters.find(letter.letter_id) is None
        assert await cursor_of(consumer, "intake@990000") == 7

    async def test_a_letter_without_a_place_in_a_log_is_kept_once(self, letters: Letters) -> None:
        letter = new_letter()
        assert await letters.bury(letter, None)
        assert not await letters.bury(letter, None)
        assert len(await letters.page(0, 10, with_handled=True)) == 1

    async def test_sequences_are_dense_and_pages_follow_them(self, letters: Letters) -> None:
        buried = [new_letter() for _ in range(5)]
        for letter in [*buried, *buried]:
            await letters.bury(letter, None)
        first = await letters.page(0, 3, with_handled=True)
        rest = await letters.page(3, 3, with_handled=True)
        assert [letter.sequence for letter in first + rest] == [1, 2, 3, 4, 5]
        assert [letter.letter_id for letter in first + rest] == [letter.letter_id for letter in buried]

    async def test_a_letter_is_driven_again_by_its_own_consumer_and_marked(self, letters: Letters) -> None:
        letter, other = new_letter("intake-inbox"), new_letter("reception-inbox")
        for each in (letter, other):
            await letters.bury(each, None)
            assert await letters.mark(each.letter_id, LetterState.BURIED, LetterState.REDRIVING)
        (found,) = await letters.redriving(["intake-inbox"], 10)
        assert (found.letter_id, found.redrives) == (letter.letter_id, 1)
        assert await letters.mark(letter.letter_id, LetterState.REDRIVING, LetterState.HANDLED)
        assert await letters.redriving(["intake-inbox"], 10) == []
        handled = await letters.find(letter.letter_id)
        assert handled is not None
        assert (handled.state, handled.redrives) == (LetterState.HANDLED, 1)
        assert handled.redriven is not None

    async def test_a_letter_that_fails_again_says_why_and_can_be_driven_again(self, letters: Letters) -> None:
        letter = new_letter()
        await letters.bury(letter, None)
        await letters.mark(letter.letter_id, LetterState.BURIED, LetterState.REDRIVING)
        await letters.mark(letter.letter_id, LetterState.REDRIVING, LetterState.BURIED, "坏了 · broken")
        kept = await letters.find(letter.letter_id)
        assert kept is not None
        assert (kept.state, kept.redrive_cause) == (LetterState.BURIED, "坏了 · broken")
        await letters.mark(letter.letter_id, LetterState.BURIED, LetterState.REDRIVING)
        kept = await letters.find(letter.letter_id)
        assert kept is not None
        assert (kept.redrives, kept.redrive_cause) == (2, "")

    @pytest.mark.parametrize("state", [LetterState.REDRIVING, LetterState.HANDLED])
    async def test_a_mark_that_does_not_fit_does_nothing(self, letters: Letters, state: LetterState) -> None:
        letter = new_letter()
        await letters.bury(letter, None)
        assert not await letters.mark(letter.letter_id, state, LetterState.HANDLED)
        assert not await letters.mark(uuid7(), LetterState.BURIED, LetterState.REDRIVING)
        kept = await letters.find(letter.letter_id)
        assert kept is not None
        assert kept.state == LetterState.BURIED

    async def test_handled_letters_are_shown_on_demand(self, letters: Letters) -> None:
        letter, other = new_letter(), new_letter()
        for each in (letter, other):
            await letters.bury(each, None)
        await letters.mark(letter.letter_id, LetterState.BURIED, LetterState.REDRIVING)
        await letters.mark(letter.letter_id, LetterState.REDRIVING, LetterState.HANDLED)
        assert [kept.sequence for kept in await letters.page(0, 10, with_handled=False)] == [2]
        assert [kept.sequence for kept in await letters.page(0, 10, with_handled=True)] == [1, 2]
