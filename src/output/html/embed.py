"""Makes C of the page: usage: embed.py PAGE STYLE SCRIPT... >page.gen.h

The page becomes one file: the style and the scripts are put where it names them, and its policy
allows those two, by their hashes, and nothing else. What stays open are the places @LIKE_THIS@
that pscope fills: the page is cut there, a row of C a piece, PIECE(text, place behind it).
"""
import base64
import hashlib
import re
import sys


def read(path):
    with open(path, encoding="ascii") as file:
        return file.read()


def digest(text):
    return "'sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() + "'"


def literal(text):
    """Lines of C; every line of the page is one of them."""
    lines = text.splitlines(keepends=True) or [""]
    escape = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "?": "\\?"}
    return "\n".join('"' + "".join(escape.get(c, c) for c in line) + '"' for line in lines)


def main():
    page, style, *scripts = map(read, sys.argv[1:])
    script = '(() => {\n"use strict";\n' + "\n".join(scripts) + "})();\n"
    for name, text in {"STYLE": style, "SCRIPT": script}.items():
        assert "</" not in text, f"{name} would end its element early"
        page = page.replace(f"@{name}_HASH@", digest(text)).replace(f"@{name}@", text)
    pieces = re.split(r"@([A-Z]+)@", page) + ["END"]
    print("/* The page, cut where it is filled; made by embed.py. */")
    for text, place in zip(pieces[::2], pieces[1::2]):
        print(f"PIECE(\n{literal(text)},\n{place})")


main()
