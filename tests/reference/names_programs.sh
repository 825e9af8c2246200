#!/usr/bin/env bash
# names_programs.sh FOLDER: makes programs with debug information of many kinds in the folder, where they are not there
# yet, and prints their paths: C and C++ of gcc and clang, DWARF 4 and 5, split, packed, optimized as a whole;
# Go's own tools, and a program in Rust. What cannot be made here is told on stderr.
set -euo pipefail

sources=$(cd "$(dirname "$0")/../.." && pwd) folder=$1
unit=$sources/tests/bench/names_unit.cc
works=16
gimli=0.25.1 # version of the crate addr2line
PATH=$PATH:${HOME-}/.cargo/bin:/usr/local/go/bin
mkdir -p "$folder"
cd "$folder"

has() {
	command -v "$1" >/dev/null || { echo "not compared: there is no $1" >&2; return 1; }
}

cat >main.cc <<'END_OF_MAIN'
extern "C" unsigned names_unit_1(unsigned seed), names_unit_2(unsigned seed);
int main(int count, char **)
{
	return static_cast<int>((names_unit_1(static_cast<unsigned>(count)) + names_unit_2(1)) & 1);
}
END_OF_MAIN

echo 'int main(void) { return 0; }' >main.c

# cc_program NAME COMPILER FLAGS...: of two units, each compiled by itself as split ones must be.
cc_program() {
	local name=$1 number
	shift
	has "$1" || return 0
	if [ ! -x "$name" ]; then
		mkdir -p "$name.parts"
		for number in 1 2; do
			"$@" -std=c++17 -DUNIT=$number -DWORKS=$works -c "$unit" -o "$name.parts/$number.o"
		done
		"$@" -c main.cc -o "$name.parts/main.o"
		"$@" "$name.parts"/*.o -lstdc++ -o "$name"
	fi
	echo "$folder/$name"
}

# c_program NAME COMPILER FLAGS...: the layers of limpet that need no library.
c_program() {
	local name=$1
	shift
	has "$1" || return 0
	[ -x "$name" ] || "$@" -std=gnu11 -D_GNU_SOURCE -w -I "$sources/src" "$sources"/src/base/*.c "$sources"/src/profile/*.c \
		main.c -lm -o "$name"
	echo "$folder/$name"
}

go_program() {
	has go || return 0
	[ -x "go-$1" ] || go build -o "go-$1" "cmd/$1" 2>"go-$1.err" || { tail -1 "go-$1.err" >&2; return 0; }
	echo "$folder/go-$1"
}

rust_program() {
	has cargo || return 0
	[ -x bin/addr2line ] || cargo install addr2line --version $gimli --features bin --root . --target-dir target \
		>rust.err 2>&1 || { tail -1 rust.err >&2; return 0; }
	echo "$folder/bin/addr2line"
}

cc_program cc-gcc-5 g++ -O2 -gdwarf-5
cc_program cc-clang-4 clang++ -O2 -gdwarf-4
cc_program cc-gcc-5-split g++ -O2 -gdwarf-5 -gsplit-dwarf
c_program c-clang-5 clang -O2 -gdwarf-5
cc_program cc-gcc-4-packed g++ -O3 -gdwarf-4 -gz
cc_program cc-gcc-5-whole g++ -O2 -gdwarf-5 -flto
cc_program cc-clang-5 clang++ -O2 -gdwarf-5
cc_program cc-clang-4-split clang++ -O2 -gdwarf-4 -gsplit-dwarf
cc_program cc-clang-5-split clang++ -O2 -gdwarf-5 -gsplit-dwarf
c_program c-gcc-4 gcc -O2 -gdwarf-4
c_program c-gcc-5-whole gcc -O2 -gdwarf-5 -flto -rdynamic
go_program gofmt
go_program compile
rust_program
