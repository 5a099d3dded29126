"""What training reads from packages: sentences without markup, words of the calendar, brands in Latin letters."""

import json

from training_tools.names import packages


def write(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")


def test_markup_and_placeholders_are_no_words():
    assert packages.plain("Open <b>the door</b> for {name}! Hi.\nThe %(count)s lamps are on") == [
        "Open the door for !",
        "The lamps are on",
    ]


def test_pages_are_those_that_somebody_translated(tmp_path):
    folder = tmp_path / "hass_frontend" / "static" / "translations"
    write(folder / "en-1.json", {"a": "Turn the light on", "b": {"c": "Calendar of all events"}})
    write(folder / "part" / "fi-2.json", {"a": "Sytytä valo nyt", "b": {"c": "Calendar of all events"}})
    write(folder / "fil-3.json", {"a": "Buksan ang ilaw ngayon"})
    assert packages.pages("fi", tmp_path) == ["Sytytä valo nyt"]
    assert packages.pages("mt", tmp_path) == []
    assert packages.pages("en", tmp_path) == ["Turn the light on", "Calendar of all events"]


def test_a_text_of_plurals_is_left_out(tmp_path):
    folder = tmp_path / "hass_frontend" / "static" / "translations"
    write(folder / "en-1.json", {"a": "Hello there my friend, {count, plural, one {one lamp} other {many lamps}}"})
    assert packages.pages("en", tmp_path) == []


def test_things_on_maps_are_cut_into_words_by_which_they_are_found(tmp_path):
    path = tmp_path / "id-tagging-schema" / "dist" / "translations" / "fi.json"
    write(path, {"fi": {"presets": {"bakery": {"name": "Leipomo", "terms": "leipä,pulla"}}}})
    assert packages.map_things("fi", tmp_path) == ["Leipomo", "leipä", "pulla"]


def test_brands_are_those_in_latin_letters_and_of_some_length(tmp_path):
    def item(name):
        return {"displayName": name}

    content = {
        "nsi": {
            "brands/shop/bakery": {"items": [item("Brot & Butter"), item("Хлебница"), item("AB")]},
            "operators/post": {"items": [item("Not A Brand")]},
        }
    }
    write(tmp_path / "name-suggestion-index" / "dist" / "json" / "nsi.json", content)
    assert packages.brands(tmp_path) == ("Brot & Butter",)
