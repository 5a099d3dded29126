"""Take pictures of every page: `python tests/servers/screenshots.py --out FOLDER`, by `make screenshots`."""

import argparse
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from servers.site import open_site

from demur.testing.portal.browser import open_browser
from demur.web.languages import COMPLETE, SOURCE

WIDTHS = {"phone": 390, "desktop": 1_280}


def main() -> None:
    """Write a picture of each page, width and scheme of colours, in English and one other language."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    folder = parser.parse_args().out
    with tempfile.TemporaryDirectory() as work, open_site(Path(work) / "site") as site, open_browser() as browser:
        for device, width in WIDTHS.items():
            for scheme in ("light", "dark"):
                page = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme).new_page()
                for language in dict.fromkeys((SOURCE, COMPLETE[-1])):
                    for visit in site.visits:
                        site.open(page, visit, language)
                        name = f"{visit.name}-{language}-{device}-{scheme}.png"
                        page.screenshot(path=folder / name, full_page=True)
                page.context.close()
    sys.stdout.write(f"{len(list(folder.glob('*.png')))} pictures in {folder}\n")


if __name__ == "__main__":
    main()
