#!/usr/bin/env python3
"""Whose work ships inside Waxwing, and under which licence.

    notices.py           writes the list of the About page and the texts for the packages
    notices.py --check   says whether that list is what the lock files say
    notices.py --texts   writes the texts only; --target TRIPLE for another system than 64-bit Linux

The list (ui/src/features/settings/licences.json) is committed and always the one of 64-bit Linux, so that every machine
writes the same. The texts go to target/notices/THIRD-PARTY-NOTICES.txt. Either way it fails when something would ship
under a licence that asks for more than to be named.
"""

import argparse
import json
import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LIST = ROOT / "ui/src/features/settings/licences.json"
TEXTS = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "notices/THIRD-PARTY-NOTICES.txt"
TEMPLATES = ROOT / "src-tauri/bundle/licences"
LINUX = "x86_64-unknown-linux-gnu"

# Libraries in C that are compiled in, and whose they are.
LIBRARIES = {
    "libvpx": "2010 The WebM Project authors. All rights reserved.",
    "libopus": "2001-2023 Xiph.Org, Skype Limited, Octasic, Jean-Marc Valin, Timothy B. Terriberry, CSIRO, Gregory "
    "Maxwell, Mark Borgerding, Erik de Castro Lopo, Mozilla, Amazon",
}

# Licences that let a program under the MPL be passed on when they are named and their text comes along.
PERMITTED = {
    "0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "BSL-1.0", "CC0-1.0", "CDLA-Permissive-2.0", "ISC", "MIT",
    "MIT-0", "MPL-2.0", "Unicode-3.0", "Unicode-DFS-2016", "Unlicense", "Zlib",
}  # fmt: skip
# What the built interface holds of Svelte, which is a tool otherwise: its runtime and the one package that imports.
RUNTIME = ["svelte", "clsx"]
A_LICENCE = re.compile(r"^(licen[cs]e|copying|unlicense|notice|copyright)", re.IGNORECASE)
# also in subfolders of this name (the REUSE convention)
LICENCES_FOLDER = "LICENSES"


def die(sentence: str) -> None:
    sys.exit(f"notices.py: {sentence}")


class Part:
    """Something that ships: a crate or an npm package."""

    def __init__(self, name: str, version: str, licence: str, folder: Path, named: str | None, authors: list[str]):
        self.name, self.version, self.folder = name, version, folder
        self.licence = re.sub(r"\s*/\s*", " OR ", licence)
        self.named = named  # a licence file with a name of its own
        self.authors = ", ".join(re.sub(r"\s*<.*?>", "", author) for author in authors)

    def __str__(self) -> str:
        return f"{self.name} {self.version}"

    def texts(self) -> list[str]:
        files = [path for path in self.folder.iterdir() if path.is_file() and A_LICENCE.match(path.name)]
        if self.named and (self.folder / self.named).is_file():
            files.append(self.folder / self.named)
        if (self.folder / LICENCES_FOLDER).is_dir():
            files += [path for path in (self.folder / LICENCES_FOLDER).iterdir() if path.is_file()]
        # sources that only happen to be called so
        files = sorted({path for path in files if path.suffix not in {".rs", ".js", ".ts", ".html", ".json"}})
        texts = [path.read_text(encoding="utf-8", errors="replace").strip() for path in files]
        return texts or [template(self)]


def template(part: Part) -> str:
    """The licence's own words, for the few that come without a text."""
    names = re.findall(r"[A-Za-z0-9.-]+", part.licence)
    for name in ["MIT", "BSD-3-Clause"]:
        if name in names:
            holders = part.authors or f"the authors of {part.name}"
            return (TEMPLATES / f"{name}.txt").read_text(encoding="utf-8").strip().replace("@HOLDERS@", holders)
    if "MPL-2.0" in names:
        return (ROOT / "LICENSE").read_text(encoding="utf-8").strip()
    die(f"{part} comes without the text of its licence ({part.licence}): put a template into {TEMPLATES}")


def permitted(licence: str) -> bool:
    """Whether an SPDX expression can be fulfilled with what is permitted."""
    words = re.findall(r"\(|\)|[A-Za-z0-9.+-]+", licence)

    def alternatives() -> bool:
        result = together()
        while words and words[0] == "OR":
            words.pop(0)
            result = together() or result
        return result

    def together() -> bool:
        result = one()
        while words and words[0] == "AND":
            words.pop(0)
            result = one() and result
        return result

    def one() -> bool:
        word = words.pop(0) if words else ""
        if word == "(":
            result = alternatives()
            if words:
                words.pop(0)
            return result
        if words and words[0] == "WITH":  # an exception only gives
            del words[:2]
        return word in PERMITTED

    return alternatives() and not words


def cargo(*arguments: str) -> str:
    done = subprocess.run(["cargo", *arguments], cwd=ROOT, capture_output=True, encoding="utf-8")
    if done.returncode != 0:
        die(f"cargo {arguments[0]} failed:\n{done.stderr.strip()}")
    return done.stdout


def crates(target: str) -> list[Part]:
    """What is compiled into the program: no tools of the build, no macros."""
    tree = cargo(
        "tree", "--locked", "--package", "waxwing", "--features", "custom-protocol", "--target", target,
        "--edges", "normal,no-proc-macro", "--prefix", "none", "--format", "{p}",
    )  # fmt: skip
    wanted = {tuple(line.split()[:2]) for line in tree.splitlines() if line}
    metadata = json.loads(cargo("metadata", "--locked", "--format-version=1", "--filter-platform", target))
    parts = []
    for package in metadata["packages"]:
        if (package["name"], f"v{package['version']}") not in wanted or package["source"] is None:
            continue
        folder = Path(package["manifest_path"]).parent
        licence = package["license"] or ""
        if not licence and not package["license_file"]:
            die(f"{package['name']} {package['version']} names no licence: nothing allows it to ship")
        parts.append(
            Part(package["name"], package["version"], licence, folder, package["license_file"], package["authors"])
        )
    return parts


def npm_packages() -> list[Part]:
    """The dependencies of the interface and theirs; what only builds and tests it stays out."""
    lock = json.loads((ROOT / "ui/package-lock.json").read_text(encoding="utf-8"))["packages"]
    open_names, seen = list(lock[""].get("dependencies", {})), set()
    while open_names:
        name = open_names.pop()
        if name not in seen:
            seen.add(name)
            open_names += lock[f"node_modules/{name}"].get("dependencies", {})
    parts = []
    for name in sorted(seen | set(RUNTIME)):
        folder, entry = ROOT / "ui/node_modules" / name, lock[f"node_modules/{name}"]
        if not folder.is_dir():
            die(f"{folder.relative_to(ROOT)} is missing: run npm --prefix ui ci")
        parts.append(Part(name, entry["version"], entry.get("license", ""), folder, None, []))
    return parts


def shipped(target: str) -> list[Part]:
    parts = sorted(crates(target) + npm_packages(), key=lambda part: (part.name.lower(), part.version))
    for part in parts:
        if not permitted(part.licence):
            die(
                f"{part} is under “{part.licence}” and would ship: do without it, or, if that licence asks for nothing "
                "but to be named, add it to PERMITTED in tests/setup/notices.py"
            )
    return parts


def the_list(parts: list[Part]) -> str:
    """One a line where it fits into 120 columns, as prettier would have it."""
    entries = []
    for part in parts:
        pairs = [
            f"{json.dumps(key)}: {json.dumps(value, ensure_ascii=False)}"
            for key, value in [("name", part.name), ("version", part.version), ("licence", part.licence)]
        ]
        line = f"  {{ {', '.join(pairs)} }}"
        if len(line) >= 120:
            line = "  {\n    " + ",\n    ".join(pairs) + "\n  }"
        entries.append(line)
    return "[\n" + ",\n".join(entries) + "\n]\n"


def the_texts(parts: list[Part]) -> str:
    """Each text once, under the names of all it belongs to."""
    texts: dict[str, tuple[list[str], str]] = {}
    for part in parts:
        for text in part.texts():
            same = re.sub(r"\W+", " ", text).strip().lower()
            texts.setdefault(same, ([], text))[0].append(f"{part} ({part.licence})")
    rust = (TEMPLATES / "MIT.txt").read_text(encoding="utf-8").strip()
    rust = rust.replace("@HOLDERS@", "The Rust Project contributors")
    texts["rust"] = (["The Rust standard library (MIT OR Apache-2.0)"], rust)
    # What crates hold that is no crate itself, and no crate's licence names.
    bsd = (TEMPLATES / "BSD-3-Clause.txt").read_text(encoding="utf-8").strip()
    for name, holders in LIBRARIES.items():
        texts[name] = ([f"{name} (BSD-3-Clause)"], bsd.replace("@HOLDERS@", holders))
    rule = "=" * 100
    head = (
        "Waxwing is made with the work below, compiled into it. Each part stays under its own licence.\n"
        "SQLite, which libsqlite3-sys holds, is in the public domain. The system's own libraries (GTK, WebKitGTK and\n"
        "others) are used where the system has them and are no part of this package.\n"
    )
    chapters = [f"{rule}\n" + "\n".join(names) + f"\n{rule}\n\n{text}\n" for names, text in texts.values()]
    return head + "\n" + "\n".join(chapters)


def main() -> None:
    arguments = argparse.ArgumentParser(description="Whose work ships inside Waxwing")
    arguments.add_argument("--check", action="store_true", help="only say whether the committed list is right")
    arguments.add_argument("--texts", action="store_true", help="write only the texts for a package")
    arguments.add_argument("--target", default=LINUX, help="the system of the texts")
    asked = arguments.parse_args()
    if not asked.texts:
        wanted = the_list(shipped(LINUX))
        if asked.check:
            found = LIST.read_text(encoding="utf-8") if LIST.exists() else ""
            if found != wanted:
                die(f"{LIST.relative_to(ROOT)} is not what the lock files say: run make notices")
            return
        LIST.parent.mkdir(parents=True, exist_ok=True)
        LIST.write_text(wanted, encoding="utf-8", newline="\n")
        print(f"{LIST.relative_to(ROOT)} is written")
    TEXTS.parent.mkdir(parents=True, exist_ok=True)
    TEXTS.write_text(the_texts(shipped(asked.target)), encoding="utf-8", newline="\n")
    print(f"{TEXTS} is written")


if __name__ == "__main__":
    main()
