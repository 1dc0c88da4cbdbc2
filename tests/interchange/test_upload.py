"""An uploaded zip is unpacked within limits, and one that cannot be is refused with a sentence."""

import io
import zipfile
from pathlib import Path

import pytest

from linli.interchange.faultlog import FileRefused
from linli.interchange.upload import unpack_package


def zipped(*names: str, method: int = zipfile.ZIP_DEFLATED) -> io.BytesIO:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name in names:
            archive.writestr(name, "内容" * 100)
    return file


def test_a_package_in_a_folder_is_unpacked_without_it(tmp_path: Path) -> None:
    with zipfile.ZipFile(zipped("包/district.yaml", "包/图/a.geojson")) as archive:
        unpack_package(archive, tmp_path)

    assert {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()} == {
        "district.yaml",
        "图/a.geojson",
    }


@pytest.mark.parametrize(
    "names",
    [
        ("a.geojson",),
        ("district.yaml", "../a.geojson"),
        ("district.yaml", "..\\a.geojson"),
        ("district.yaml", "/a.geojson"),
        ("district.yaml", "a", "a/b.geojson"),
        ("district.yaml", "a" * 300),
        ("包/district.yaml", "a.geojson"),
        ("district.yaml", *(f"{number}.geojson" for number in range(200))),
    ],
    ids=["no manifest", "above", "above by backslash", "absolute", "file and folder", "long", "outside", "many"],
)
def test_what_no_folder_can_hold_is_refused_before_anything_is_written(names: tuple[str, ...], tmp_path: Path) -> None:
    with zipfile.ZipFile(zipped(*names)) as archive, pytest.raises(FileRefused):
        unpack_package(archive, tmp_path)

    assert not list(tmp_path.iterdir())


def test_broken_bytes_and_rare_methods_are_refused(tmp_path: Path) -> None:
    broken = bytearray(zipped("district.yaml").getvalue())
    broken[43:47] = b"\xff" * 4  # where the compressed bytes begin
    for file in (io.BytesIO(bytes(broken)), zipped("district.yaml", method=zipfile.ZIP_LZMA)):
        with zipfile.ZipFile(file) as archive, pytest.raises(FileRefused):
            unpack_package(archive, tmp_path)
