"""The list of rooms at the left of the desk. Each room registers its entries when its views are imported."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from flask import Flask, g, request


class NavigationGroup(StrEnum):
    """The parts of the list, in the order of the work."""

    MONTH = "每月的事"
    ONES = "四个一"
    OFFICE = "村里的事"


@dataclass(frozen=True, slots=True)
class NavigationItem:
    """One entry. permission_name: who sees it; position: its place within the group, 10, 20, 30 …

    pages: other endpoints that belong to it, where its room has several entries.
    """

    endpoint: str
    label: str
    icon: str
    permission_name: str
    group: NavigationGroup
    position: int
    pages: tuple[str, ...] = ()


_items: list[NavigationItem] = []


def register(*items: NavigationItem) -> None:
    """Add entries to the list."""
    _items.extend(items)


def visible_items(permission_names: frozenset[str]) -> list[tuple[NavigationGroup, list[NavigationItem]]]:
    """The entries that somebody with these permissions sees, by group; groups without any are left out."""
    groups = []
    for group in NavigationGroup:
        shown = [item for item in _items if item.group == group and item.permission_name in permission_names]
        if shown:
            groups.append((group, sorted(shown, key=lambda item: item.position)))
    return groups


def current_item(items: Sequence[NavigationItem], endpoint: str | None) -> NavigationItem | None:
    """The entry a page belongs to: its own, else one that names it, else the first entry of its room."""
    room = (endpoint or "").partition(".")[0]
    of_room = [item for item in items if item.endpoint.partition(".")[0] == room]
    named = [item for item in of_room if item.endpoint == endpoint] or [i for i in of_room if endpoint in i.pages]
    return next(iter(named or of_room), None)


def _rooms() -> dict[str, object]:
    """What the layout needs: the groups and the entry of this page."""
    groups = visible_items(g.get("permissions", frozenset())) if "village" in g else []
    items = [item for _, shown in groups for item in shown]
    return {"navigation_groups": groups, "navigation_current": current_item(items, request.endpoint)}


def register_rooms(app: Flask) -> None:
    """Hand the list to every template."""
    app.context_processor(_rooms)
