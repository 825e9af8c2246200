#!/usr/bin/env bash
# combination.sh LIMPET DATA BUILDS VERSION LINKAGE PREFIX STRIPPING PROFILER: links a victim with a
# jemalloc as versions.sh describes it, and has limpet do to it all that it can. Prints "result: passed", or
# the reason that limpet gave why it cannot; status 1 and what was wrong, if neither was right.
here=$(cd "$(dirname "$0")" && pwd)
# limpet looks for debug files in one folder of the machine: here it is this combination's own.
if [ "$7" = debug-file ] && [ -z "${OWN_MOUNTS-}" ]; then
	user=--map-root-user
	[ "$(id -u)" != 0 ] || user=
	OWN_MOUNTS=yes exec unshare --mount $user bash "$0" "$@"
fi
. "$here/../live/lib.sh"
builds=$3 version=$4 linkage=$5 prefix=$6 stripping=$7 profiler=$8
victims=$here/../victims
. "$here/versions.sh"
. "$here/link.sh"
kind=$(kind_of "$linkage" "$profiler")
hold=$((16 << 20)) # bytes that the victim holds after one "hold"
kib=1024
choice=() # which instance, if there are several
others=()

mount_debug_folder() {
	[ -d /usr/lib/debug ] || mkdir /usr/lib/debug
	mkdir debug
	mount --bind debug /usr/lib/debug || give_up "no folder for debug files of its own"
}

# variable_of PREFIX: what its jemalloc reads its options from.
variable_of() {
	local prefix
	prefix=$(prefix_of "$1")
	echo "${prefix^^}MALLOC_CONF"
}

# jemalloc 5.0 can only have its threads' data in static TLS, of which glibc keeps little for libraries that
# are loaded later.
start_holder() {
	local environment=(GLIBC_TUNABLES=glibc.rtld.optional_static_tls=8192) other
	if [ "$profiler" = enabled ]; then
		for other in "$prefix" "${others[@]% *}"; do
			environment+=("$(variable_of "$other")=$profiled")
		done
	fi
	start env "${environment[@]}" "${command[@]}"
}

# on COMMAND...: limpet must, on the instance that is meant.
on() {
	succeed -p "$pid" "${choice[@]}" "$@"
}

# What a library is for can be seen from outside.
is_nameless() {
	case $module,$stripping in
	*.so.2,*) echo false ;;
	*,stripped) echo true ;;
	*) echo false ;;
	esac
}

# Sets choice, if there are others.
check_info() {
	local mine
	succeed -p "$pid" info --json
	mine=$(jq -c --arg path "$module" '.jemalloc | to_entries | map(select(.value.path == $path))' <<<"$out")
	same "jemallocs in $module" 1 "$(jq length <<<"$mine")"
	same "prefix" "$(prefix_of "$prefix")" "$(jq -r '.[0].value.prefix' <<<"$mine")"
	same "found by its code" "$(is_nameless)" "$(jq '.[0].value.nameless' <<<"$mine")"
	same "jemallocs" $((1 + ${#others[@]})) "$(jq '.jemalloc | length' <<<"$out")"
	if [ ${#others[@]} -gt 0 ]; then
		choice=(-e "set instance $(jq '.[0].key + 1' <<<"$mine")")
	fi
}

check_status() {
	on -e 'heap status'
	matches "heap status" "^jemalloc +$version-.* in .*/${module##*/}\$" "$out"
	matches "heap status" "^built in +$([ "$profiler" = missing ] && echo no || echo yes)\$" "$out"
	matches "heap status" "^at start +switched $([ "$profiler" = enabled ] && echo on || echo off)\$" "$out"
}

# field NUMBER: of what the jemalloc says of itself, asked by the victim.
field() {
	cut -d ' ' -f "$1" <<<"$figures"
}

# Little but what jemalloc keeps for limpet's own thread lies between the two.
check_stats() {
	local names=(allocated active metadata resident mapped) figures i theirs
	on -e 'stats --json'
	figures=$(ask "figures $prefix")
	same "version" "$(field 1)" "$(jq -r .version <<<"$out")"
	for i in "${!names[@]}"; do
		theirs=$(field $((i + 2)))
		between "stats.${names[i]}" "$((theirs - 128 * kib))" "$((theirs + 128 * kib))" \
			"$(jq ".${names[i]}" <<<"$out")"
	done
}

# dumped FILE: the bytes that the victim's own function holds. Above it jemalloc's own functions may be, if
# they have no names to be left out by.
dumped() {
	local name="(^|;)hold_$prefix[; ]"
	awk -v name="$name" '$0 ~ name { sum += $NF } END { printf "%d", sum }' "$1"
}

check_profile() {
	local before
	on -e 'heap rate 11' -e 'heap on' -e 'heap status'
	matches "heap on" '^active +yes(,|$)' "$out"
	matches "heap rate" '^rate .* \(2\^11 bytes\)$' "$out"
	same "the victim" "held $hold" "$(ask "hold $prefix")"
	on -e 'heap dump -o raw.heap' -e 'save on.folded'
	same "the dump's rate" heap_v2/2048 "$(head -n 1 raw.heap)"
	# Of 2048 blocks of 8 KiB 98 % are sampled: 6 standard deviations are 2 %, and jemalloc 5.2 counts what
	# it fills a thread's cache with twice.
	within "in use" 4 "$hold" "$(dumped on.folded)"
	before=$(dumped on.folded)
	on -e 'heap off' -e 'heap status'
	matches "heap off" '^active +no(,|$)' "$out"
	same "the victim" "held $((2 * hold))" "$(ask "hold $prefix")"
	on -e 'heap dump -o off.folded'
	same "in use, of what was allocated while it was on" "$before" "$(dumped off.folded)"
}

check_release() {
	same "the victim" released "$(ask "release $prefix")"
	on -e 'heap dump -o free.folded'
	same "in use, when all is free" 0 "$(dumped free.folded)"
	on -e 'heap reset' -e 'heap rate 19'
}

check_calls() {
	check_profile
	check_stats
	check_release
}

check_nothing_left() {
	same "traces" "" "$(traces "$pid")"
	contains "info" "nothing in it" "$("$limpet" -p "$pid" info)"
}

# check_refusal PATTERN: for this reason, which a line tells, it cannot profile.
check_refusal() {
	run -p "$pid" heap on
	same "heap on: status" 1 "$status"
	matches "heap on" "$1" "$err"
	result=$(head -n 1 <<<"${err//"$folder/"/}")
}

# What tells where a thread is, and what limpet could call, has neither name nor unwind information.
lacks_functions() {
	[ "$linkage,$stripping" = static-pie-musl,stripped ]
}

[ "$stripping" != debug-file ] || mount_debug_folder
link_victim
start_holder
check_info
lacks_functions && profiler=out-of-reach || check_status
result=passed
case $profiler in
enabled)
	check_calls
	for other in "${others[@]}"; do
		read -r prefix module <<<"$other"
		check_info
		check_status
		check_calls
	done
	;;
out-of-reach)
	check_refusal '^ +thread [0-9]+ \(victim\): in code that has neither unwind information nor a name$'
	;;
disabled)
	check_refusal "^  start the process with $(variable_of "$prefix")=prof:true,prof_active:false in its environment"
	check_stats
	;;
missing)
	check_refusal "was built without its heap profiler$"
	run -p "$pid" stats
	matches "stats" 'it was built without statistics' "$err"
	;;
esac
check_nothing_left
[ "$failures" -gt 0 ] || echo "result: $result"
finish
