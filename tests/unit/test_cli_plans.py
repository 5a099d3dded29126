import pytest

from demur.cli.errors import ConfigurationInvalidError, ConfigurationMissingError, SourceUnknownError
from demur.cli.plans import PlanFile, choose_sources, read_plan
from demur.sources.spec import SourceSpec

POSTS = SourceSpec(name="posts", path="posts.csv", columns={})
CHATS = SourceSpec(name="chats", path="chats.csv", columns={})


def test_a_plan_file_names_a_corpus_its_sources_and_its_snapshot(tmp_path):
    (tmp_path / "plan.toml").write_text('name = "june"\nsources = ["posts"]\nsnapshot = "snap"\npartitions = 4\n')
    expected = PlanFile(name="june", sources=("posts",), snapshot=str(tmp_path / "snap"), partitions=4)
    assert read_plan(tmp_path / "plan.toml") == expected


def test_a_missing_plan_file_is_said(tmp_path):
    with pytest.raises(ConfigurationMissingError, match="no plan at"):
        read_plan(tmp_path / "plan.toml")


@pytest.mark.parametrize("content", ["name = 1", 'nam = "june"', "name =", 'name = "june"\npartitions = 0'])
def test_a_plan_file_with_a_mistake_is_refused(tmp_path, content):
    (tmp_path / "plan.toml").write_text(content)
    with pytest.raises(ConfigurationInvalidError):
        read_plan(tmp_path / "plan.toml")


def test_sources_are_chosen_by_name_and_all_are_read_when_none_is_named():
    assert choose_sources((POSTS, CHATS), ("chats",)) == (CHATS,)
    assert choose_sources((POSTS, CHATS), ()) == (POSTS, CHATS)


def test_a_source_that_is_not_configured_is_named():
    with pytest.raises(SourceUnknownError, match="'photos'; the configuration has chats, posts"):
        choose_sources((POSTS, CHATS), ("photos",))
