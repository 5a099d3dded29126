"""Charts are SVG that any reader parses, without script or resource from elsewhere, for any number of bars."""

from xml.etree import ElementTree as ET

import pytest

from demur.cli.charts import Bar, Point, draw_bars, draw_points

SVG = "{http://www.w3.org/2000/svg}"


def parse(chart):
    return ET.fromstring(chart)


def texts(chart):
    return [element.text for element in parse(chart).iter(f"{SVG}text")]


def numbers_of(chart, tag, name):
    return [float(element.get(name)) for element in parse(chart).iter(f"{SVG}{tag}")]


def bars(*values):
    return [Bar(label=f"b{at}", value=value, told=f"{value:g} s") for at, value in enumerate(values)]


@pytest.mark.parametrize("values", [(), (0,), (5,), (0, 0), (1, 4, 9), tuple(range(40))])
def test_a_chart_has_a_bar_a_label_and_a_value_for_each_row(values):
    chart = draw_bars("Time", "Seconds by reader.", bars(*values))
    assert texts(chart) == [word for at, value in enumerate(values) for word in (f"b{at}", f"{value:g} s")]
    assert len(numbers_of(chart, "rect", "width")) == len(values)


def test_a_chart_says_what_it_shows_to_those_who_listen():
    root = parse(draw_bars("Time", "Seconds by reader.", []))
    assert [(element.tag, element.text) for element in root] == [
        (f"{SVG}title", "Time"),
        (f"{SVG}desc", "Seconds by reader."),
    ]
    assert root.get("role") == "img"


def test_lengths_grow_with_the_square_root_and_nothing_becomes_invisible():
    widths = numbers_of(draw_bars("t", "d", bars(0, 1, 4, 100)), "rect", "width")
    assert widths == [1.0, 42.0, 84.0, 420.0]


def test_labels_are_text_and_no_markup():
    chart = draw_bars("<b>&", '"', [Bar(label="<script>x</script>", value=1, told="&amp;")])
    assert texts(chart) == ["<script>x</script>", "&amp;"]
    assert [element.tag for element in parse(chart).iter()] == [
        f"{SVG}{tag}" for tag in ("svg", "title", "desc", "text", "rect", "text")
    ]


def points(*values, x=None):
    return [Point(x=x or f"{at}x", y=value, low=value - 1, high=value + 1) for at, value in enumerate(values)]


@pytest.mark.parametrize(
    "series", [[], [("words", [])], [("words", points(0.0))], [("a", points(1, 2)), ("b", points(9))]]
)
def test_points_have_a_mark_each_and_a_name_for_each_series(series):
    chart = draw_points("Memory", "z by copies.", series, band=(-1.0, 1.0))
    marks = sum(len(row) for _, row in series)
    assert len(numbers_of(chart, "circle", "cx")) == marks + len(series)
    assert texts(chart)[-len(series) :] == [name for name, _ in series] or series == []


def test_every_mark_lies_inside_the_picture():
    chart = draw_points("t", "d", [("a", points(-50.0, 0.0, 900.0))], band=(-1.0, 1.0))
    _, _, width, height = map(float, parse(chart).get("viewBox").split())
    assert all(0 <= x <= width for x in numbers_of(chart, "circle", "cx"))
    assert all(0 <= y <= height for y in numbers_of(chart, "circle", "cy"))


def test_equal_values_do_not_divide_by_zero():
    flat = [Point(x="1x", y=1.0, low=1.0, high=1.0)]
    assert len(numbers_of(draw_points("t", "d", [("a", flat)], band=(1.0, 1.0)), "circle", "cx")) == 2


def test_a_point_that_is_not_joined_stands_apart_from_the_line():
    apart = Point(x="never", y=0.0, low=-1.0, high=1.0, is_joined=False)
    root = parse(draw_points("t", "d", [("a", [apart, *points(1.0, 2.0)])], band=(-1.0, 1.0)))
    (line,) = root.iter(f"{SVG}polyline")
    assert len(line.get("points").split()) == 2
