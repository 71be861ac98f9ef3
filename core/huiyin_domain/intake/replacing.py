"""A changed copy of a frozen slots dataclass, without running its constructor again.

The standard replace runs __init__, which for a frozen class sets each field through object.__setattr__;
folding a log copies a state per event, so this copy is what its speed depends on. The type checker sees
the standard function and checks the names and types of the changes.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dataclasses import replace
else:
    from functools import cache
    from operator import attrgetter

    @cache
    def _plan(cls):
        names = tuple(cls.__dataclass_fields__)
        setters = {name: cls.__dict__[name].__set__ for name in names}
        return attrgetter(*names), tuple(setters.values()), setters

    def replace(record, /, **changes):
        """The record with some fields changed; a name it does not have raises TypeError."""
        cls = type(record)
        values, setters, by_name = _plan(cls)
        copy = object.__new__(cls)
        for set_field, value in zip(setters, values(record), strict=True):
            set_field(copy, value)
        for name, value in changes.items():
            if name not in by_name:
                raise TypeError(f"{cls.__name__} has no field {name}")
            by_name[name](copy, value)
        return copy


__all__ = ["replace"]
