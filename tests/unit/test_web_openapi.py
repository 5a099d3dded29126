"""The OpenAPI document is written from the routes, and is the one that is checked in."""

from demur.web.api.openapi import describe
from demur.web.api.routes import ROUTES


def test_the_document_in_the_reference_is_that_of_the_routes(request):
    golden = request.config.rootpath / "docs" / "reference" / "openapi.json"
    assert describe(ROUTES) == golden.read_bytes(), "write it anew: python tools/write_openapi.py"


def test_every_path_is_in_the_page_on_the_api(request):
    page = (request.config.rootpath / "docs" / "reference" / "api.md").read_text("utf-8")
    missing = [
        route.path for route in ROUTES if route.path not in page and f"/{route.path.rsplit('/', 1)[1]}" not in page
    ]
    assert missing == []
