#!/usr/bin/env bash
# run.sh LIMPET DATA BUILDS [COMBINATION]...: builds what is missing and has limpet at all combinations of
# versions.sh, or those that begin so ("5.2.1", "4.5.0, static, je_"); a line for each with what came of it,
# and the sums. Status 1: some failed.
here=$(cd "$(dirname "$0")" && pwd)
limpet=$(realpath "$1") data=$(realpath "$2") builds=$(realpath "$3")
shift 3
# What cargo has lies in the user's own home.
export CARGO_HOME=${CARGO_HOME-$HOME/.cargo} RUSTUP_HOME=${RUSTUP_HOME-$HOME/.rustup}
chosen=("$@")
set -- "$limpet" "$data" "$builds"
. "$here/../live/lib.sh"
. "$here/versions.sh"
needs setpriv cargo gcc jq make objcopy strip unshare xz

is_chosen() {
	local beginning
	[ ${#chosen[@]} -gt 0 ] || return 0
	for beginning in "${chosen[@]}"; do
		case $1 in "$beginning"*) return 0 ;; esac
	done
	return 1
}

choose() {
	local line
	while read -r line; do
		! is_chosen "$line" || echo "$line"
	done < <(combinations)
}

# leave_out LINKAGE PROGRAM: its combinations, where there is no such program.
leave_out() {
	command -v "$2" >/dev/null || ! grep -q ", $1" lines || {
		omit "there is no $2: no combinations with $1"
		grep -v ", $1" lines >fewer
		mv fewer lines
	}
}

# needed: "VERSION PREFIX KIND" of each jemalloc that the combinations on stdin take.
needed() {
	local version linkage prefix stripping profiler
	while IFS=', ' read -r version linkage prefix stripping profiler; do
		echo "$version $prefix $(kind_of "$linkage" "$profiler")"
		[ "$linkage" != several ] || printf "$version %s usual\n" none _rjem_
	done | sort -u
}

# check COMBINATION: prints its line, and what was wrong.
check() {
	local words log
	IFS=', ' read -ra words <<<"$1"
	if log=$(bash "$here/combination.sh" "$limpet" "$data" "$builds" "${words[@]}" 2>&1); then
		echo "$1: $(sed -n 's/^result: //p' <<<"$log")"
	else
		printf '%s: FAILED\n%s\n' "$1" "${log:-"ended without a word, status $?"}"
	fi
}

# sum RESULT: how many combinations have it.
sum() {
	grep -Ec "^[0-9.]+, .*: $1" results
}

choose >lines
[ -s lines ] || give_up "no such combination: ${chosen[*]}"
leave_out static-pie-musl musl-gcc
leave_out python python3
leave_out node node
mkdir -p "$builds"
needed <lines | xargs -P "$(nproc)" -L 1 bash "$here/build.sh" "$builds" || give_up "nothing is checked"
export -f check
export here limpet data builds
xargs -P "$(nproc)" -d '\n' -n 1 bash -c 'check "$1"' check <lines | tee results
echo "combinations $(wc -l <lines), passed $(sum 'passed$'), refused for the right reason" \
	"$(sum 'limpet: '), failed $(sum 'FAILED$')"
[ "$(sum '(passed$|limpet: )')" = "$(wc -l <lines)" ]
