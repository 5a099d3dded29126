import json
import sys

import pytest

from demur.plugins import PluginError, load_plugins


@pytest.fixture
def install(tmp_path, monkeypatch):
    """Put invented distributions on the path, each with one entry point in the group ``demur.tests``."""
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])

    def install_one(distribution, entry_point):
        folder = tmp_path / f"{distribution.replace('-', '_')}-1.0.dist-info"  # as installers write it
        folder.mkdir()
        (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.0\n")
        (folder / "entry_points.txt").write_text(f"[demur.tests]\n{entry_point}\n")

    return install_one


def test_every_installed_extension_is_found_by_name_in_the_order_of_names(install):
    install("invented-b", "writer = json:dumps")
    install("invented-a", "reader = json:loads")
    assert list(load_plugins("demur.tests").items()) == [("reader", json.loads), ("writer", json.dumps)]


def test_a_group_without_extensions_is_empty(install):
    install("invented", "reader = json:loads")
    assert load_plugins("demur.nothing") == {}


def test_an_extension_that_is_installed_twice_counts_once(install):
    install("invented-a", "reader = json:loads")
    install("invented-b", "reader = json:loads")
    assert load_plugins("demur.tests") == {"reader": json.loads}


def test_two_extensions_of_one_name_are_refused(install):
    install("invented-a", "reader = json:loads")
    install("invented-b", "reader = json:dumps")
    with pytest.raises(PluginError, match=r"two installed extensions of demur.tests are named 'reader': json:"):
        load_plugins("demur.tests")


@pytest.mark.parametrize("target", ["demur_no_such_module:thing", "json:no_such_attribute"])
def test_an_extension_that_cannot_be_imported_is_named(install, target):
    install("invented", f"reader = {target}")
    with pytest.raises(PluginError, match=f"extension 'reader' of demur.tests cannot be loaded from {target}: "):
        load_plugins("demur.tests")
