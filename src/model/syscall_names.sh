#!/bin/sh
# usage: syscall_names.sh COMPILER...
# Writes a row of C, [number] = "name", for each system call of <asm/unistd.h>. On some machines a
# number is an expression or another macro, so the compiler's preprocessor is asked twice.
set -e
names=$(echo '#include <asm/unistd.h>' | "$@" -E -dM - | sed -n 's/^#define __NR_\([a-z0-9_]*\) .*/\1/p' | sort)
{
  echo '#include <asm/unistd.h>'
  for name in $names; do
    case $name in
    # Marks of where something begins or ends, not calls.
    syscalls | arch_specific_syscall | *_base | ni_syscall) ;;
    *) echo "pscope_row [__NR_$name] = \"$name\"," ;;
    esac
  done
} | "$@" -E -P - | sed -n 's/^pscope_row //p'
