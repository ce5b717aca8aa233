"""Every relative link and anchor of the repository's pages is there, README.md is short enough, and so
is each example, to which their index has a link.

    links.py ROOT
"""

import pathlib
import re
import sys

README_WORDS = 1500
EXAMPLE_LINES = 79
root = pathlib.Path(sys.argv[1]).resolve()
pages = [root / "README.md", root / "CONTRIBUTING.md", *sorted((root / "docs").rglob("*.md")),
         root / "benchmarks/README.md", root / "benchmarks/profile.md",
         root / "examples/README.md"]
errors = []


def prose(page):
    """Without code: blocks between fences, indented ones, and spans between backticks."""
    text = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.S | re.M)
    text = re.sub(r"(?m)(?<=\n)\n(?: {4}.*\n)+", "\n", text)
    return re.sub(r"`[^`\n]*`", lambda span: span[0].replace("](", "] ("), text)


def anchors(page):
    """As GitHub makes them of headings, and those that the page sets itself."""
    found = set()
    text = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.S | re.M)
    for heading in re.findall(r"^#+ +(.*?) *$", text, re.M):
        heading = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading)
        slug = re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        number, unique = 0, slug
        while unique in found:
            number += 1
            unique = f"{slug}-{number}"
        found.add(unique)
    return found | set(re.findall(r'<a id="([^"]+)"', text))


for page in pages:
    here = page.relative_to(root)
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(page)):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        there = (page.parent / path).resolve() if path else page
        if not there.exists():
            errors.append(f"{here}: there is no {target}")
        elif not there.is_relative_to(root):
            errors.append(f"{here}: {target} is outside of the repository")
        elif anchor and (there.suffix != ".md" or anchor not in anchors(there)):
            errors.append(f"{here}: {path or here} has no heading for #{anchor}")

index = (root / "examples/README.md").read_text(encoding="utf-8")
for example in sorted((root / "examples").glob("[0-9]*")):
    if example.suffix != ".sh" and f"]({example.name})" not in index:
        errors.append(f"examples/README.md has no link to {example.name}")
    for file in sorted(example.iterdir()) if example.is_dir() else [example]:
        lines = len(file.read_text(encoding="utf-8").splitlines())
        if lines > EXAMPLE_LINES:
            errors.append(f"{file.relative_to(root)} has {lines} lines, more than {EXAMPLE_LINES}")

words = len((root / "README.md").read_text(encoding="utf-8").split())
if words > README_WORDS:
    errors.append(f"README.md has {words} words, more than {README_WORDS}")
print(*errors, sep="\n", end="\n" if errors else "")
print(f"{len(pages)} pages; README.md has {words} words")
sys.exit(bool(errors))
