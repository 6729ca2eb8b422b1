"""Ids for records that bring none: from what they say, and how often it was said before in the same file.

Two real records with the same content both count (the second is `…-2`); the same file read again gives the same ids,
whatever the size of the chunks and wherever the file lies.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

Keys = npt.NDArray[np.uint64]
Counts = npt.NDArray[np.int64]

CONTENT = "\x1fcontent"
"""Column with the MD5 (hex) of a record that has no id, else NULL."""


def content_sql(fields: Mapping[str, str]) -> str:
    """SQL of a record's content as text: every field that is not NULL with its name, in the order of the names.

    `fields` is field → SQL. Neither id nor source belong to the content.
    """
    parts = [
        f"CASE WHEN {value} IS NOT NULL THEN '{name}=' || CAST({value} AS VARCHAR) || chr(31) END"
        for name, value in sorted(fields.items())
        if name not in ("id", "source")
    ]
    return f"md5(concat({', '.join(parts)}))" if parts else "md5('')"


class Occurrences:
    """How often each key was seen so far. Memory: about 16 bytes a distinct key.

    Counts are kept in sorted runs that are merged as they grow (each key is merged log n times), so that a chunk is
    looked up and added with a few vector operations.
    """

    def __init__(self) -> None:
        self._runs: list[tuple[Keys, Counts]] = []

    def number(self, keys: Keys) -> Counts:
        """For each key in order the number of its occurrence: 1 where it was never seen before."""
        order = np.argsort(keys, kind="stable")
        distinct, start, count = np.unique(keys[order], return_index=True, return_counts=True)
        rank = np.arange(len(keys)) - np.repeat(start, count)
        numbers = np.empty(len(keys), np.int64)
        numbers[order] = np.repeat(self._seen(distinct), count) + rank + 1
        self._add(distinct, count.astype(np.int64))
        return numbers

    def _seen(self, keys: Keys) -> Counts:
        total = np.zeros(len(keys), np.int64)
        for known, counts in self._runs:
            place = np.minimum(np.searchsorted(known, keys), len(known) - 1)
            total += np.where(known[place] == keys, counts[place], 0)
        return total

    def _add(self, keys: Keys, counts: Counts) -> None:
        if not len(keys):
            return
        self._runs.append((keys, counts))
        while len(self._runs) > 1 and len(self._runs[-1][0]) * 2 > len(self._runs[-2][0]):
            (first, first_counts), (second, second_counts) = self._runs[-2:]
            both = np.concatenate([first, second])
            merged, place = np.unique(both, return_inverse=True)
            summed = np.zeros(len(merged), np.int64)
            np.add.at(summed, place, np.concatenate([first_counts, second_counts]))
            self._runs[-2:] = [(merged, summed)]
