"""Write docs/reference/openapi.json from the table of routes; a test compares the two."""

from pathlib import Path

from demur.web.api.openapi import describe
from demur.web.api.routes import ROUTES

PATH = Path(__file__).parents[1] / "docs" / "reference" / "openapi.json"

if __name__ == "__main__":
    PATH.write_bytes(describe(ROUTES))
    print(PATH)
