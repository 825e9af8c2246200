#!/usr/bin/env bash
# names_program SOURCE PROGRAM MEGABYTES: makes a program with so much DWARF, the same each time. A few units of
# C++ are compiled and joined; what comes out is linked again and again, as copies that only keep their entry
# apart: each copy has addresses, units, line tables and ranges of its own.
set -euo pipefail

source=$1 program=$2 megabytes=$3
flags="-std=c++17 -O2 -g -fno-var-tracking-assignments -fno-gnu-unique"
units=8
folder=$program.parts

# debug_size FILE: bytes of DWARF.
debug_size() {
	size -A "$1" | awk '/^\.debug_/ { sum += $2 } END { print sum }'
}

# entries NAME COUNT: a C function of that name that calls NAME_0, NAME_1, ...
entries() {
	local i
	for ((i = 0; i < $2; i++)); do
		echo "unsigned $1_$i(unsigned seed);"
	done
	echo "unsigned $1(unsigned seed) {"
	for ((i = 0; i < $2; i++)); do
		echo "	seed += $1_$i(seed);"
	done
	echo "	return seed; }"
}

rm -rf "$folder"
mkdir -p "$folder"
# The largest first: they take longest.
# shellcheck disable=SC2086
for ((unit = units - 1; unit >= 0; unit--)); do
	echo "$unit $(((unit + 1) * 6))"
done | xargs -P "$(nproc)" -L 1 sh -c \
	"c++ $flags -DUNIT=\$0 -DWORKS=\$1 -c '$source' -o '$folder/unit.'\$0.o"
entries names_unit $units >"$folder/entries.c"
cc -O2 -g -c "$folder/entries.c" -o "$folder/entries.o"
ld -r --force-group-allocation -o "$folder/joined.o" "$folder"/unit.*.o "$folder/entries.o"
rm "$folder"/unit.*.o

# Sizes of objects hold strings that the copies share.
cc -x c - -c -o "$folder/main.o" <<<'unsigned names_unit(unsigned seed); int main(int count, char **words) { (void)words; return (int)(names_unit((unsigned)count) & 1); }'
c++ "$folder/main.o" "$folder/joined.o" -o "$folder/one"
one=$(debug_size "$folder/one")
shared=$(size -A "$folder/one" | awk '/^\.debug_(line_)?str/ { sum += $2 } END { print sum }')
copies=$(((megabytes * 1000000 - shared + one - shared - 1) / (one - shared)))
for ((copy = 0; copy < copies; copy++)); do
	objcopy --keep-global-symbol=names_copy_$copy --redefine-sym names_unit=names_copy_$copy "$folder/joined.o" "$folder/copy.$copy.o"
done
{
	entries names_copy $copies
	cat <<-'END_OF_MAIN'
		#include <stdio.h>
		#include <unistd.h>
		int main(void)
		{
			unsigned seed = 1;

			puts("ready");
			fflush(stdout);
			alarm(120);
			for (;;)
				seed = names_copy(seed);
		}
	END_OF_MAIN
} >"$folder/main.c"
cc -O2 -g -c "$folder/main.c" -o "$folder/main.o"
c++ "$folder/main.o" "$folder"/copy.*.o -Wl,--build-id -o "$folder/program"
mv "$folder/program" "$program"
rm -rf "$folder"
