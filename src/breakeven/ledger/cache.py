"""Answers that are kept until the facts behind them change."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any, TypeVar

Answer = TypeVar("Answer")


class Cache:
    """The last `limit` answers, each valid for the data version it was made at; safe to use from any thread.

    Two threads that miss at the same time both make the answer: that costs a query, not a wrong figure.
    """

    def __init__(self, limit: int = 512) -> None:
        self._limit = limit
        self._answers: OrderedDict[Hashable, tuple[Hashable, Any]] = OrderedDict()
        self._lock = Lock()

    def get(self, question: Hashable, version: Hashable, make: Callable[[], Answer]) -> Answer:
        """The answer to a question at a data version: the kept one, or what `make` returns."""
        with self._lock:
            kept = self._answers.get(question)
            if kept is not None and kept[0] == version:
                self._answers.move_to_end(question)
                answer: Answer = kept[1]
                return answer
        answer = make()
        self.put(question, version, answer)
        return answer

    def kept(self, question: Hashable, version: Hashable) -> Any:
        """The answer that is kept for a question at a data version; None: there is none."""
        with self._lock:
            found = self._answers.get(question)
            if found is None or found[0] != version:
                return None
            self._answers.move_to_end(question)
            return found[1]

    def put(self, question: Hashable, version: Hashable, answer: Any) -> None:
        """Keep an answer that was made with others."""
        with self._lock:
            self._answers[question] = (version, answer)
            self._answers.move_to_end(question)
            while len(self._answers) > self._limit:
                self._answers.popitem(last=False)


class Apart(Cache):
    """Answers of its own for another workspace over the same facts; what the facts say is shared with `present`."""

    def __init__(self, present: Cache, limit: int = 512) -> None:
        super().__init__(limit)
        self._present = present

    def get(self, question: Hashable, version: Hashable, make: Callable[[], Answer]) -> Answer:
        """The answer to a question; those of `Reading` are kept by the present desk."""
        measured = isinstance(question, tuple) and (isinstance(question[0], tuple) or question[0] == "presence")
        return self._present.get(question, version, make) if measured else super().get(question, version, make)
