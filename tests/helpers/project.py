"""A compilation to watch: forty small C files and their Makefile."""

FILES = 40


def write(folder):
    names = [f"part{n}" for n in range(FILES)]
    for n, name in enumerate(names):
        with open(f"{folder}/{name}.c", "w", encoding="ascii") as file:
            file.write(f"#include <stdio.h>\n#include <stdlib.h>\nint {name}(int x);\n"
                       f"int {name}(int x) {{ return printf(\"%d\\n\", abs(x) + {n}); }}\n")
    with open(f"{folder}/Makefile", "w", encoding="ascii") as file:
        file.write("all: " + " ".join(f"{n}.o" for n in names) + "\n"
                   "%.o: %.c\n\tgcc -O1 -c -o $@ $<\n")
