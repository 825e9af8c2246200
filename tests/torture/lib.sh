# Sourced by the cases: $1 to $3 as in tests/live/lib.sh, $4 the torturer. TORTURE_SCALE multiplies
# the rounds; 1 is short.
torturer=$4
tests=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
. "$tests/live/lib.sh"
needs setpriv
scale=${TORTURE_SCALE:-1}
case_name=$(basename "$0" .sh)
script=$folder/script
counters=(runs kills "target deaths" hangs "lost signals" EINTRs leftovers "wrong results")
totals=(0 0 0 0 0 0 0 0)
most_lines=12 # of a torturer's, until the rest is only counted

# commands LINE...: what limpet is to do.
commands() {
	printf '%s\n' "$@" >"$script"
}

# repeat TIMES LINE...: the same over and over.
repeat() {
	local times=$1 i
	shift
	for ((i = 0; i < times; i++)); do
		printf '%s\n' "$@"
	done >"$script"
}

# tally COUNTER [NUMBER]
tally() {
	local i
	for i in "${!counters[@]}"; do
		[ "${counters[i]}" != "$1" ] || totals[i]=$((totals[i] + ${2-1}))
	done
}

# tally_line SUMMARY
tally_line() {
	local counter
	for counter in "${counters[@]}"; do
		tally "$counter" "$(sed -n "s/^\(.*, \)\?$counter \([0-9]*\).*/\2/p" <<<"$1")"
	done
}

show_lines() {
	local lines
	lines=$(wc -l <"$1")
	head -n $most_lines "$1" | sed 's/^/  /'
	[ "$lines" -le $most_lines ] || echo "  and $((lines - most_lines)) more lines"
}

# torture WHAT RUNS [OPTION]...: limpet and its death, on the victim that was started last.
torture() {
	local what=$1 runs=$2 summary
	shift 2
	"$torturer" -p "$pid" -i "$input" -o "$output" -l "$limpet" -x "$script" -e "$folder/limpets" \
		-n "$runs" "$@" >"$folder/torturer" 2>&1 || fail "$what"
	summary=$(grep '^runs ' "$folder/torturer") || summary=
	grep -v '^runs ' "$folder/torturer" >"$folder/lines"
	echo "$what: $summary"
	show_lines "$folder/lines"
	[ -n "$summary" ] || fail "$what: no summary"
	tally_line "$summary"
	lacks "$what: limpet" 'Sanitizer|runtime error' "$(cat "$folder/limpets")"
}

# end_victim: the one that was started last.
end_victim() {
	end "$pid"
	exec {input}>&-
}

# check_victim WHAT: it must be well.
check_victim() {
	local answer
	answer=$(ask check)
	matches "$1" '^ok' "$answer"
}

# launch [PID]: limpet on the victim, with the script; $process.
launch() {
	"$limpet" -q -k -p "${1-$pid}" -x "$script" >>"$folder/limpets" 2>&1 &
	process=$!
	disown "$process"
	processes+=("$process")
	tally runs
}

# strike: SIGKILL for it, if it is still there.
strike() {
	! kill -KILL "$process" 2>/dev/null || tally kills
}

# lives: the victim; counted where not.
lives() {
	is_gone "$pid" || return 0
	tally "target deaths"
	fail "$1: the target has died"
	return 1
}

# ends_within SECONDS PROCESS: else it is a hang, and killed.
ends_within() {
	local tries
	for ((tries = 0; tries < $1 * 50; tries++)); do
		case $(state_of "$2") in '' | Z) return 0 ;; esac
		sleep 0.02
	done
	tally hangs
	fail "limpet hangs"
	kill -KILL "$2"
}

# conclude: the last line of a case.
conclude() {
	local i line=
	for i in "${!counters[@]}"; do
		line+="${line:+, }${counters[i]} ${totals[i]}"
	done
	echo "case ${case_name/-/ }: $line"
	finish
}
