"""Icons drawn for the pages: paths on a 24 by 24 grid, stroked in the color of the text."""

ICONS = {
    "mark": "M4 20V10l5-4 5 4v10zM14 20V8l3-3 3 3v12zM9 20v-4",
    "menu": "M4 6h16M4 12h16M4 18h16",
    "map": "M3 6l6-2 6 2 6-2v14l-6 2-6-2-6 2zM9 4v14M15 6v14",
    "community": "M3 20h18M5 20V9l5-4 5 4v11M15 12h4v8M9 20v-5h2v5",
    "indicator": "M4 20V10M10 20V4M16 20v-8M21 20H3",
    "round": "M9 4h6v3H9zM7 5H5v15h14V5h-2M8.5 13l2.5 2.5 4.5-5",
    "figure": "M4 17l5-5 4 3 7-8M4 21h16M15 7h5v5",
    "import": "M12 15V4M8 8l4-4 4 4M4 15v5h16v-5",
    "people": (
        "M9 11a3.5 3.5 0 100-7 3.5 3.5 0 000 7zM2.5 20c.5-4 3-6 6.5-6s6 2 6.5 6M16 4.5a3.5 3.5 0 010 6.5"
        "M18 15c2 1 3 3 3 5"
    ),
    "journal": "M6 3h12v18H6zM9 8h6M9 12h6M9 16h4",
    "person": "M12 12a4 4 0 100-8 4 4 0 000 8zM4 21c.6-4.5 3.6-7 8-7s7.4 2.5 8 7",
    "area": "M12 21s7-6 7-11.5A7 7 0 005 9.5C5 15 12 21 12 21zM12 12a2.5 2.5 0 100-5 2.5 2.5 0 000 5z",
    "down": "M6 9l6 6 6-6",
    "export": "M12 4v11M8 11l4 4 4-4M4 15v5h16v-5",
    "undo": "M9 7L4 12l5 5M4 12h10a6 6 0 016 6",
    "redo": "M15 7l5 5-5 5M20 12H10a6 6 0 00-6 6",
    "plan": "M4 20l4-1L19 8l-3-3L5 16zM14 7l3 3M4 4h6M4 8h3",
    "bridge": "M2 16h20M5 16v-3c4-5 10-5 14 0v3M9 16v-5.6M15 16v-5.6",
    "closed": "M4 20l4-16M20 20L16 4M9 9l6 6M15 9l-6 6",
    "gate": "M4 20V5h5M20 20V5h-5M9 5v15M15 5l-3 2v13l3-1z",
    "shut": "M4 20V5h16v15M4 12h16M12 5v15M9.5 12v0M14.5 12v0",
    "wall": "M3 9h18M3 14h18M3 19h18M8 9v5M16 9v5M12 14v5M6 4l4 3M18 4l-4 3",
    "add": "M12 21s7-6 7-11.5A7 7 0 005 9.5C5 15 12 21 12 21zM12 6.5v6M9 9.5h6",
    "premises": "M4 20V9l8-5 8 5v11M9 20v-6h6v6M12 9v0",
    "move": "M4 12h16M16 8l4 4-4 4M8 8l-4 4 4 4",
    "resize": "M9 15l-5 5M4 15v5h5M15 9l5-5M15 4h5v5",
    "remove": "M12 21s7-6 7-11.5A7 7 0 005 9.5C5 15 12 21 12 21zM9 9.5h6",
    "share": (
        "M7 14a2.5 2.5 0 100-5 2.5 2.5 0 000 5zM17 8a2.5 2.5 0 100-5 2.5 2.5 0 000 5z"
        "M17 21a2.5 2.5 0 100-5 2.5 2.5 0 000 5zM9.2 10.3l5.6-3.5M9.2 12.7l5.6 4.5"
    ),
    "homes": "M3 20h18M5 20v-9l4-3 4 3v9M13 20V6h6v14M16 10v0M16 14v0",
    "print": "M7 9V3h10v6M7 18H4v-8h16v8h-3M7 14h10v7H7z",
}
