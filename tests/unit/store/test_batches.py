"""Which appends share a batch, and that their binary form is what PostgreSQL expects."""

from hypothesis import given
from hypothesis import strategies as st

from huiyin_store.batch import PARAMETERS, Int4Array, TextArray, encode, int4, parameters, text
from huiyin_store.committer import AppendQueue
from huiyin_store.limits import StoreLimits
from huiyin_store.port import Append, Cursor
from tests.contract.store_making import appending, new_key, write


def queued(*appends: Append, limits: StoreLimits | None = None) -> AppendQueue[None]:
    """A queue of these appends, for which nobody waits."""
    queue: AppendQueue[None] = AppendQueue(limits or StoreLimits())
    for append in appends:
        queue.put(encode(append), None)
    return queue


def taken(queue: AppendQueue[None], sharing: int = 1) -> list[Append]:
    """The appends of the next batch, which is done at once."""
    batch = queue.take(sharing)
    queue.done(batch)
    return [encoded.append for encoded, _ in batch]


def test_appends_to_different_streams_share_a_batch() -> None:
    sent = [appending(write(f"petition-{n}", 0)) for n in range(5)]
    queue = queued(*sent)
    assert taken(queue) == sent
    assert not queue


def test_an_append_to_a_stream_of_the_batch_stays_behind_and_so_does_what_follows_it() -> None:
    first = appending(write("a", 0))
    both = appending(write("a", 1), write("b", 0))
    after_both = appending(write("b", 1))
    apart = appending(write("c", 0))
    queue = queued(first, both, after_both, apart)
    assert taken(queue) == [first, apart]
    assert taken(queue) == [both]
    assert taken(queue) == [after_both]


def test_an_append_to_a_stream_that_is_under_way_stays_until_that_is_done() -> None:
    first, second, apart = (appending(write(stream, 0)) for stream in "aab")
    queue = queued(first)
    under_way = queue.take(1)
    queue.put(encode(second), None)
    queue.put(encode(apart), None)
    assert taken(queue) == [apart]
    assert taken(queue) == []
    queue.done(under_way)
    assert taken(queue) == [second]


def test_one_request_or_one_cursor_is_never_twice_in_a_batch() -> None:
    append = appending(write("a", 0))
    same_request = appending(write("b", 0), request_id=append.request_id)
    moves = [appending(cursor=Cursor("inbox", "other", n)) for n in (1, 2)]
    elsewhere = appending(cursor=Cursor("inbox", "another", 1))
    queue = queued(append, same_request, *moves, elsewhere)
    assert taken(queue) == [append, moves[0], elsewhere]
    assert taken(queue) == [same_request, moves[1]]


def test_a_batch_has_a_maximum_of_appends_and_of_bytes() -> None:
    sent = [appending(write(f"petition-{n}", 0)) for n in range(10)]
    size = max(encode(append).size for append in sent)
    assert taken(queued(*sent, limits=StoreLimits(batch_appends=3))) == sent[:3]
    assert taken(queued(*sent, limits=StoreLimits(batch_bytes=4 * size))) == sent[:4]
    assert taken(queued(*sent, limits=StoreLimits(batch_bytes=1))) == sent[:1]


def test_free_lanes_share_what_waits_unless_it_is_little() -> None:
    sent = [appending(write(f"petition-{n}", 0)) for n in range(64)]
    queue = queued(*sent, limits=StoreLimits(share_appends=16))
    assert taken(queue, sharing=2) == sent[:32]
    assert taken(queue, sharing=3) == sent[32:48]
    assert taken(queue, sharing=2) == sent[48:]


def test_a_long_queue_for_one_stream_is_not_searched_to_its_end() -> None:
    sent = [*(appending(write("hot", n)) for n in range(100)), appending(write("cold", 0))]
    assert taken(queued(*sent, limits=StoreLimits(batch_appends=10))) == sent[:1]


@given(st.lists(st.lists(st.sampled_from("abcdef"), unique=True, max_size=3), max_size=30), st.integers(1, 3))
def test_batches_keep_the_order_of_every_stream_and_lose_nothing(
    touched: list[list[str]], lanes: int
) -> None:
    sent = [appending(*(write(stream, -1) for stream in streams)) for streams in touched]
    queue, done = queued(*sent, limits=StoreLimits(batch_appends=4, share_appends=1)), list[Append]()
    while queue:
        batches = [queue.take(lanes - busy) for busy in range(lanes)]
        appends = [encoded.append for batch in batches for encoded, _ in batch]
        streams = [write.stream for append in appends for write in append.writes]
        assert appends
        assert len(set(streams)) == len(streams)
        for batch in reversed(batches):
            queue.done(batch)
        done += appends
    for stream in "abcdef":
        assert _of(stream, done) == _of(stream, sent)
    assert {append.request_id for append in done} == {append.request_id for append in sent}


def _of(stream: str, appends: list[Append]) -> list[Append]:
    return [append for append in appends if any(write.stream == stream for write in append.writes)]


def test_an_array_is_its_header_and_its_elements() -> None:
    assert Int4Array(2, [int4(1), int4(-1)]).wire == bytes.fromhex(
        "00000001 00000000 00000017 00000002 0000000100000004 0000000100000004 ffffffff"
    )
    assert TextArray(1, [text("回")]).wire[20:] == bytes.fromhex("00000003 e59b9e")
    assert Int4Array(0, []).wire == bytes.fromhex("00000000 00000000 00000017")


def test_a_batch_has_an_array_for_each_parameter_with_a_row_for_each_thing() -> None:
    cursor = Cursor("inbox", "other", 1)
    batch = [
        encode(
            appending(write("a", 0, 2), write("b", 0, 0), cursor=cursor, keys=[new_key("p"), new_key("q")])
        ),
        encode(appending()),
        encode(appending(write("c", 0, 1))),
    ]
    arrays = parameters(batch)
    assert len(arrays) == PARAMETERS
    counts = [int.from_bytes(array.wire[12:16]) for array in arrays]
    assert counts == [3] * 3 + [3] * 4 + [3] * 7 + [1] * 4 + [2] * 5
