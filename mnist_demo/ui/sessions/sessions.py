"""What the server holds for all visitors: a session each, by the token that only their browser knows.

A visitor is known by a random token that their browser made and that is given to no one else; it is the only
key to what is theirs. Bounded in visitors and in trained models of all of them.
"""

import threading
from collections import OrderedDict

from mnist_demo.ui.sessions.runs import Run
from mnist_demo.ui.sessions.session import Session


class Sessions:
    """The sessions of all visitors who have trained something or are about to, by token."""

    def __init__(self, max_sessions: int, max_models: int) -> None:
        """Keep at most so many sessions and trained models; the least recently used go first."""
        self._max_sessions, self._max_models = max_sessions, max_models
        self._by_token: OrderedDict[str, Session] = OrderedDict()
        self._lock = threading.Lock()

    def find(self, token: str | None) -> Session | None:
        """Return the visitor's session, or None if they have none."""
        with self._lock:
            session = self._by_token.get(token) if token else None
            if token and session:
                self._by_token.move_to_end(token)
            return session

    def find_or_create(self, token: str) -> Session:
        """Return the visitor's session, a new one if they had none."""
        with self._lock:
            session = self._by_token.setdefault(token, Session())
            self._by_token.move_to_end(token)
            idle = [key for key, other in self._by_token.items() if key != token and not other.is_busy]
            for key in idle[: max(0, len(self._by_token) - self._max_sessions)]:
                del self._by_token[key]
            return session

    def keep_model(self, session: Session, run: Run) -> None:
        """Keep the model that a visitor's run made, put it on their pad, and make room for it.

        The weights of those who were here longest ago go first, and of each the oldest.
        """
        session.models.keep(run)
        with self._lock:
            others = [other.models for other in self._by_token.values() if other is not session]
        excess = sum(other.count for other in (*others, session.models)) - self._max_models
        for other in (*others, session.models):
            while excess > 0 and other.count > (other is session.models):
                other.drop_oldest()
                excess -= 1

    @property
    def lengths(self) -> tuple[int, int]:
        """How many visitors have a session, and how many trained models are kept for all of them."""
        with self._lock:
            sessions = list(self._by_token.values())
        return len(sessions), sum(session.models.count for session in sessions)

    def close(self) -> None:
        """End every run at once; nothing of those under way is kept."""
        with self._lock:
            sessions = list(self._by_token.values())
        for session in sessions:
            session.close()
