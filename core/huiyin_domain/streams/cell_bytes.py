"""A cell as bytes and back: fixed widths, because a full cell is written with every filing."""

import struct

from huiyin_domain.streams.cell_state import Cell, Counted
from huiyin_domain.streams.filings import MARK_BYTES, PETITIONER_BYTES
from huiyin_domain.streams.likeness import MINIMA
from huiyin_domain.streams.output import load_shown
from huiyin_domain.streams.packing import pack, unpack

_FILING = struct.Struct(f">q{MARK_BYTES}sqB{PETITIONER_BYTES}s{MINIMA}s")
_DROPPED = struct.Struct(">q")
_WITHDRAWN, _ANONYMOUS = 1, 2


def dump_cell(cell: Cell) -> bytes:
    """The same bytes for the same cell."""
    filings = b"".join(map(_filing_bytes, sorted(cell.filings.values())))
    place = (cell.division.encode(), cell.content_class.encode())
    return pack((*place, _DROPPED.pack(cell.dropped), filings, cell.shown.dump()))


def load_cell(data: bytes) -> Cell:
    """The cell that gave these bytes."""
    division, content_class, dropped, filings, shown = unpack(data)
    found = [_filing(values) for values in _FILING.iter_unpack(filings)]
    by_mark = {one.mark: one for one in found}
    return Cell(
        division.decode(), content_class.decode(), by_mark, _DROPPED.unpack(dropped)[0], load_shown(shown)
    )


def _filing_bytes(filing: Counted) -> bytes:
    flags = _WITHDRAWN * filing.withdrawn | _ANONYMOUS * (not filing.petitioner)
    minima = filing.minima.to_bytes(MINIMA)
    return _FILING.pack(filing.received, filing.mark, filing.number, flags, filing.petitioner, minima)


def _filing(values: tuple[int, bytes, int, int, bytes, bytes]) -> Counted:
    received, mark, number, flags, petitioner, minima = values
    person = b"" if flags & _ANONYMOUS else petitioner
    return Counted(received, mark, number, person, int.from_bytes(minima), bool(flags & _WITHDRAWN))
