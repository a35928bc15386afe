"""Views of a page that somebody saved by a name: its filters, to come back to or to share."""

from dyno_core.views.saved import (
    LONGEST_NAME,
    MOST_VIEWS,
    PAGES,
    SavedView,
    ViewPage,
    delete_view,
    list_views,
    rename_view,
    save_view,
    share_view,
)

__all__ = [
    "LONGEST_NAME",
    "MOST_VIEWS",
    "PAGES",
    "SavedView",
    "ViewPage",
    "delete_view",
    "list_views",
    "rename_view",
    "save_view",
    "share_view",
]
