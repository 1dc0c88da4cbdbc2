"""What is kept of a package equals what is read, and is never used for anything else."""

import numpy as np
import pytest
from builders import KINDS, a_small_district

from linli.domain.places.rules import assembly
from linli.interchange import prepared

PACKAGE = a_small_district()


def a_prepared() -> prepared.Prepared:
    return prepared.prepare(PACKAGE, facility_kinds=KINDS)


@pytest.fixture
def folder(tmp_path):
    inner = tmp_path / "p"
    inner.mkdir()
    (inner / "district.yaml").write_text("a: 1")
    return inner


def test_what_is_kept_is_what_was_prepared(tmp_path):
    made = a_prepared()

    prepared.save(made, tmp_path / "x")
    found = prepared.load(tmp_path / "x")

    assert found is not None
    assert found.situation.fingerprint == made.situation.fingerprint
    assert found.situation.areas.code == made.situation.areas.code
    np.testing.assert_array_equal(found.situation.network.length_cm, made.situation.network.length_cm)
    for name, array in made.hierarchy.as_arrays().items():
        np.testing.assert_array_equal(getattr(found.hierarchy, name), array)
    assert [shape.wkb for shape in found.outlines] == [shape.wkb for shape in made.outlines]
    assert (found.refused, found.faults, found.merged) == (0, (), 1)
    assert (found.source, found.pieces_m) == (made.source, made.pieces_m)


def test_it_is_read_once_and_again_when_anything_changes(tmp_path, folder, monkeypatch):
    reads = []

    def read():
        reads.append(1)
        return a_prepared()

    def was_kept(words: str = "", data=None) -> bool:
        return prepared.kept(tmp_path / "c", folder, data, words, read)[1]

    assert [was_kept(), was_kept()] == [False, True]
    (folder / "district.yaml").write_text("a: 2")
    assert [was_kept(), was_kept()] == [False, True]
    assert len(list((tmp_path / "c").glob("*.npz"))) == 2, "older contents are swept away"
    assert [was_kept("other words"), was_kept("other words")] == [False, True]
    monkeypatch.setattr(assembly, "METHOD", assembly.METHOD + 1)
    prepared._code_mark.cache_clear()
    assert not was_kept("other words")
    monkeypatch.undo()
    prepared._code_mark.cache_clear()
    assert len(reads) == 4
    assert prepared.kept(None, folder, None, "", read)[1] is False


def test_a_broken_file_is_prepared_anew(tmp_path, folder):
    prepared.kept(tmp_path / "c", folder, None, "", a_prepared)
    for file in (tmp_path / "c").glob("*.npz"):
        file.write_bytes(file.read_bytes()[:100])

    found, was_kept = prepared.kept(tmp_path / "c", folder, None, "", a_prepared)

    assert not was_kept
    assert found.situation.fingerprint == PACKAGE.fingerprint
    assert prepared.kept(tmp_path / "c", folder, None, "", a_prepared)[1]


def test_a_package_without_communities_is_refused():
    from dataclasses import replace

    layers = {key: table for key, table in PACKAGE.layers.items() if key != "communities"}

    with pytest.raises(prepared.NoCommunities):
        prepared.prepare(replace(PACKAGE, layers=layers), facility_kinds=KINDS)
