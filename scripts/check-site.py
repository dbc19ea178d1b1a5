"""check-site.py FOLDER: every local link of the site's pages and styles must lead to a file."""

import re
import sys
from pathlib import Path
from urllib.parse import urlsplit

SITE = "https://www.example.com/"
LINK = re.compile(r"""(?:href|src)="([^"]*)"|url\("([^")]*)"\)|<loc>([^<]*)</loc>|^Sitemap: (\S+)""", re.MULTILINE)


def target(root, page, link):
    """The file that a link leads to, or None if it leaves the site."""
    link = "/" + link.removeprefix(SITE) if link.startswith(SITE) else link
    parts = urlsplit(link)
    if parts.scheme or parts.netloc:
        return None
    base = root if parts.path.startswith("/") else page.parent
    file = base / parts.path.lstrip("/") if parts.path else page
    return file / "index.html" if file.is_dir() else file


def main():
    root, problems, checked = Path(sys.argv[1]), [], 0
    for page in sorted(p for p in root.rglob("*") if p.suffix in {".html", ".css", ".xml", ".txt"}):
        for found in LINK.finditer(page.read_text(encoding="utf-8")):
            link = next(group for group in found.groups() if group is not None)
            file = target(root, page, link)
            checked += file is not None
            if file is not None and not file.is_file():
                problems.append(f"{page}: {link} leads nowhere")
    for page in root.glob("*.html"):
        if "data-release" not in page.read_text(encoding="utf-8"):
            problems.append(f"{page}: does not name its release")
    print("\n".join(problems) or f"{root}: {checked} links lead somewhere")
    sys.exit(1 if problems or not checked else 0)


main()
