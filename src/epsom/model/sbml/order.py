"""Put things in an order in which each comes after what it needs, or name the circle."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from epsom.base.errors import problem


def in_order(wanted: Iterable[str], needs: Callable[[str], Iterable[str]], source: str) -> list[str]:
    """Sort names so that each comes after what it needs; needed names are added.

    Raises
    ------
    EpsomError
        ``E-SBML-CYCLE``, with the names of one circle.
    """
    done: dict[str, None] = {}
    for first in wanted:
        path: dict[str, None] = {}
        stack = [(first, iter(sorted(needs(first))))] if first not in done else []
        while stack:
            name, rest = stack[-1]
            path[name] = None
            following = next((n for n in rest if n not in done), None)
            if following is None:
                stack.pop()
                path.pop(name)
                done[name] = None
            elif following in path:
                circle = [*list(path)[list(path).index(following) :], following]
                shown = " -> ".join(circle[:6]) + (" -> ..." if len(circle) > 6 else "")
                raise problem("E-SBML-CYCLE", file=source, field=following, value=shown)
            else:
                stack.append((following, iter(sorted(needs(following)))))
    return list(done)
