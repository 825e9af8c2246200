#!/usr/bin/env bash
# names [ROUNDS [PART...]]: how fast limpet names addresses, and with how much memory, beside the tools that people
# use for it, in the same run and in turns: each figure is the median of so many rounds (3). Parts: dwarf,
# symbols. What is generated for it, and gimli's addr2line, are made once and stay in the build folder.
. "$(dirname "$0")/helpers/lib.sh"

rounds=${1-3}
parts=${*:2}
megabytes=500
addresses=20000
few=200          # addresses for peers that would need minutes for all
gimli=0.25.1     # version of the crate addr2line
functions=75000  # of the program with a large symbol table: with their names, 10 MB
kept=$build/bench/names.data

# Functions, inlined ones and lines, in a binary with much DWARF.

have_large() {
	[ -f "$kept/large.$megabytes" ] && return
	has c++ cc ld objcopy || return 1
	echo "  (makes a program with $megabytes MB of debug information, once: two minutes)"
	mkdir -p "$kept"
	"$helpers/names_program" "$helpers/names_unit.cc" "$kept/large.$megabytes" $megabytes
}

have_gimli() {
	[ -x "$kept/bin/addr2line" ] && return
	has cargo || return 1
	cargo install addr2line --version $gimli --features bin --root "$kept" --target-dir "$kept/target" \
		>"$folder/cargo" 2>&1 && rm -rf "$kept/target" && return
	echo "  not measured: gimli's addr2line could not be built: $(tail -1 "$folder/cargo")"
	return 1
}

# drop_pages: out of the kernel's cache, as far as it likes to.
drop_pages() {
	dd if="$kept/large.$megabytes" iflag=nocache count=0 2>/dev/null
}

find_by_limpet() {
	spend "$1" "$helpers/names_finder" "$kept/large.$megabytes" "${@:3}" <"$2"
}

find_by_llvm() {
	spend llvm llvm-symbolizer --output-style=GNU --no-demangle -f -i -e "$kept/large.$megabytes" <"$folder/all"
}

find_by_gimli() {
	spend gimli "$kept/bin/addr2line" -f -i -e "$kept/large.$megabytes" <"$folder/all"
}

find_by_elfutils() {
	spend elfutils eu-addr2line -f -i -e "$kept/large.$megabytes" <"$folder/few"
}

find_by_binutils() {
	spend binutils addr2line -f -i -e "$kept/large.$megabytes" <"$folder/few"
}

# memory_row OURS PEER NAME
memory_row() {
	[ -s "$folder/spent.$3" ] || return 0
	row "  memory at most, KiB" "$(memory "$1")" "$2" "$(memory "$3")" \
		"$(ratio "$(memory "$3")" "$(memory "$1")")" "> 2"
}

# fastest GOAL PEER: the goal of a peer, if it is the fastest of those with as many addresses.
fastest() {
	local other
	for other in llvm gimli; do
		[ -s "$folder/spent.$other" ] || continue
		(($(elapsed "$other") >= $(elapsed "$2"))) || return 0
	done
	echo "$1"
}

measure_found() {
	local round peers=() peer
	! has llvm-symbolizer || peers+=(llvm)
	! have_gimli || peers+=(gimli)
	! has eu-addr2line || peers+=(elfutils)
	! has addr2line || peers+=(binutils)
	for ((round = 0; round < rounds; round++)); do
		find_by_limpet cold "$folder/all"
		find_by_limpet cold_few "$folder/few"
		rm -rf "$folder/cache"
		find_by_limpet filled "$folder/all" "$folder/cache"
		find_by_limpet warm "$folder/all" "$folder/cache"
		find_by_limpet others "$folder/others" "$folder/cache"
		for peer in "${peers[@]}"; do
			"find_by_$peer"
		done
		drop_pages
		find_by_limpet dropped "$folder/all"
		[[ " ${peers[*]} " != *" gimli "* ]] || { drop_pages && spend gimli_dropped \
			"$kept/bin/addr2line" -f -i -e "$kept/large.$megabytes" <"$folder/all"; }
	done
}

measure_dwarf() {
	printf '%s addresses, inlines and lines, %s MB of DWARF (ms)\n' $addresses $megabytes
	have_large || return 0
	"$helpers/names_finder" --random $addresses 1 "$kept/large.$megabytes" >"$folder/all"
	"$helpers/names_finder" --random $addresses 2 "$kept/large.$megabytes" >"$folder/others"
	head -$few "$folder/all" >"$folder/few"
	measure_found
	peer "no cache" cold llvm-symbolizer llvm "$(fastest ">= 1" llvm)"
	memory_row cold llvm-symbolizer llvm
	peer "" cold "addr2line of gimli" gimli "$(fastest ">= 1" gimli)"
	memory_row cold "addr2line of gimli" gimli
	peer "$few of them" cold_few eu-addr2line elfutils ">= 1"
	memory_row cold_few eu-addr2line elfutils
	peer "$few of them" cold_few "addr2line of binutils" binutils ">= 1"
	memory_row cold_few "addr2line of binutils" binutils
	peer "nothing of the file in memory before" dropped "addr2line of gimli" gimli_dropped ">= 1"
	peer "the second time, by the cache" warm "limpet without cache" cold ">= 20"
	peer "the first time, filling the cache" filled "limpet without cache" cold ""
	peer "others, with that cache" others "limpet without cache" cold ""
}

# A whole profile of a stripped program with a large symbol table.

# symbols_source: functions that call one another at random, by frame pointers, with names as long as those of
# C++. A compiler would need minutes for so many.
symbols_source() {
	cat <<-END
		.macro f name number
		.globl \name
		.type \name, @function
		\name: push %rbp
		mov %rsp, %rbp
		imul \$0x9e3779b1, %esi, %esi
		add \$\number, %esi
		mov %esi, %eax
		test %edi, %edi
		je 1f
		dec %edi
		shr \$7, %eax
		xor %edx, %edx
		mov \$$functions, %ecx
		div %ecx
		lea all(%rip), %rax
		call *(%rax, %rdx, 8)
		inc %eax
		1: pop %rbp
		ret
		.size \name, . - \name
		.endm
		.text
	END
	symbols_names | awk '{ print "f", $1 ", " NR }'
	echo ".section .data.rel.ro, \"aw\""
	echo ".globl all"
	echo "all:"
	symbols_names | awk '{ print ".quad", $1 }'
	echo ".section .note.GNU-stack"
}

symbols_names() {
	local i
	for ((i = 0; i < functions; i++)); do
		printf '_ZN7service9transport10connection%07dEPKNS_6memory12shared_bufferINS_6atomic9referenceEEERNS_5error5storeEmmb\n' $i
	done
}

have_symbols() {
	[ -f "$kept/symbols" ] && return
	[ "$(uname -m)" = x86_64 ] || { echo "  not measured: it is for x86-64 only"; return 1; }
	has cc strip || return 1
	mkdir -p "$kept"
	symbols_source >"$folder/symbols.s"
	cat >"$folder/main.c" <<-END
		#include <stdio.h>
		#include <unistd.h>
		extern unsigned (*const all[])(unsigned depth, unsigned seed);
		int main(void)
		{
			volatile unsigned seed = 1;
			puts("ready");
			fflush(stdout);
			alarm(120);
			for (;;)
				seed = all[seed % $functions](8, seed);
		}
	END
	cc -O1 -fno-omit-frame-pointer "$folder/main.c" "$folder/symbols.s" -Wl,--build-id -o "$folder/symbols"
	strip -g "$folder/symbols"
	mv "$folder/symbols" "$kept/symbols"
}

# dump_of_samples PROCESS: perf's samples as a heap dump, which is what limpet reads of stacks without names.
dump_of_samples() {
	echo heap_v2/524288
	echo '  t*: 1: 1 [0: 0]'
	perf script -i "$folder/perf.data" -F ip 2>/dev/null | awk '
		NF { stack = stack " 0x" $1; next }
		stack { count[stack]++; stack = "" }
		END { for (stack in count) print "@" stack "\n  t*: " count[stack] ": " count[stack] * 100 " [0: 0]" }'
	printf '\nMAPPED_LIBRARIES:\n'
	cat "/proc/$1/maps"
}

measure_symbols() {
	local round
	printf 'A profile of a stripped program with a large symbol table, to a table of all functions (ms)\n'
	has perf || return 0
	have_symbols || return 0
	start "$kept/symbols"
	perf record -q -B -N -e cpu-clock -F 2000 --call-graph fp -o "$folder/perf.data" -p "$pid" -- sleep 5 >/dev/null 2>&1
	dump_of_samples "$pid" >"$folder/profile.heap"
	end "$pid"
	for ((round = 0; round < 3 * rounds; round++)); do
		spend top "$limpet" -q top "$folder/profile.heap" -n 1000000
		spend report perf report --stdio -q --no-children -g none -i "$folder/perf.data"
	done
	peer "$(grep -c ^@ "$folder/profile.heap") stacks, $(symbol_bytes) MB of symbols" top "perf report" report "> 1"
	memory_row top "perf report" report
}

symbol_bytes() {
	local name size sum=0
	while read -r name size; do
		[[ $name != .symtab && $name != .strtab ]] || sum=$((sum + 16#$size))
	done < <(readelf -SW "$kept/symbols" | sed -n 's/^ *\[[ 0-9]*\]//p' | awk '{ print $1, $5 }')
	printf '%d.%d' $((sum / 1000000)) $((sum / 100000 % 10))
}

head_line
for part in ${parts:-dwarf symbols}; do
	"measure_$part"
done
