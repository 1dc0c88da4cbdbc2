"""The guides say what the code does."""

from pathlib import Path

import pytest
import yaml
from package_builders import VOCABULARIES

from linli.interchange import manifest, reference
from linli.interchange.faultlog import FaultLog

GUIDES = Path(__file__).parents[2] / "docs" / "guides"


def test_the_field_tables_are_current():
    """Renew with ``reference.with_tables`` after a change of the schema."""
    guide = (GUIDES / "district-package.md").read_text("utf-8")

    assert reference.with_tables(guide) == guide


@pytest.mark.parametrize(
    "folder", sorted(path.parent for path in GUIDES.glob("examples/*/district.yaml")), ids=lambda p: p.name
)
def test_the_example_manifests_are_sound(folder):
    log = FaultLog()

    assert manifest.read(folder, VOCABULARIES, log) is not None
    assert log.faults() == ()


def test_the_manifest_in_the_guide_is_sound(tmp_path):
    guide = (GUIDES / "district-package.md").read_text("utf-8")
    text = guide.split("```yaml\n")[1].split("```")[0]
    text = text.replace("primary_school", "school")
    (tmp_path / "district.yaml").write_text(text, "utf-8")
    log = FaultLog()

    plan = manifest.read(tmp_path, VOCABULARIES, log)

    assert log.faults() == ()
    assert plan is not None
    assert set(yaml.safe_load(text)["layers"][0]) <= {*manifest.LAYER_KEYS}
