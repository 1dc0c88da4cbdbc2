"""The tables of the guide to the district package, made from the schema; a test holds the guide to them."""

from linli.domain.places.rules.layers import LAYERS, Field, FieldType, Geometry, Layer

BEGIN, END = "<!-- fields: begin -->", "<!-- fields: end -->"
_SHAPES = {Geometry.POINT: "点", Geometry.LINE: "线", Geometry.AREA: "面"}
_TYPES = {
    FieldType.TEXT: "文字",
    FieldType.CODE: "代码(文字)",
    FieldType.WHOLE: "整数",
    FieldType.NUMBER: "数字",
    FieldType.YES_NO: "是/否",
    FieldType.DAY: "日期",
    FieldType.CHOICE: "选项",
}


def field_tables() -> str:
    """One Markdown table a layer."""
    return "\n\n".join(_table(layer) for layer in LAYERS)


def with_tables(guide: str) -> str:
    """The guide with its tables renewed between the marks."""
    before, _, rest = guide.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{field_tables()}\n\n{END}{after}"


def _table(layer: Layer) -> str:
    shapes = "、".join(word for shape, word in _SHAPES.items() if shape in layer.geometries)
    needed = "必须有图形" if layer.geometry_required else "图形可以没有"
    head = f"### `{layer.key}` {layer.zh} ({layer.en})\n\n{shapes};{needed};以 `{layer.key_field}` 认出同一个地方。\n\n"
    rows = "\n".join(_row(field) for field in layer.fields)
    return f"{head}| 键 | 中文列名 | English | 类型 | 必填 | 可填 |\n|---|---|---|---|---|---|\n{rows}"


def _row(field: Field) -> str:
    unit = f"({field.unit})" if field.unit else ""
    required = "是" if field.required else ""
    return f"| `{field.key}` | {field.zh}{unit} | {field.en} | {_TYPES[field.type]} | {required} | {_allowed(field)} |"


def _allowed(field: Field) -> str:
    if field.choices_from:
        return f"词表 `{field.choices_from}`(见 `packs/`)"
    if field.choices:
        return "、".join(f"{choice.zh} `{choice.key}`" for choice in field.choices)
    if field.minimum is not None and field.maximum is not None:
        return f"{field.minimum:.0f}–{field.maximum:.0f}"
    if field.pattern:
        return f"`{field.pattern}`".replace("|", "\\|")
    return field.hint_zh
