# Sourced by the cases: $1 to $3 as in tests/live/lib.sh, $4 the torturer. TORTURE_SCALE multiplies
# the rounds; 1 is short. What needs many rounds has ten times as many in the long form: $many.
torturer=$4
plain=${LIMPET_PLAIN:-$1} # limpet, without sanitizers in any case
tests=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
. "$tests/live/lib.sh"
needs setpriv
scale=${TORTURE_SCALE:-1}
many=$((scale < 10 ? scale : 10))
case_name=$(basename "$0" .sh)
script=$folder/script
said=$folder/said # by the torturer's limpets
launched=$folder/launched # and by the others
counters=(runs kills "early kills" "target deaths" hangs "lost signals" EINTRs leftovers "wrong results"
	calls stops)
most_lines=60 # of a torturer's, until the rest is only counted

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

count_nothing() {
	local counter
	totals=()
	for counter in "${counters[@]}"; do
		totals+=(0)
	done
}
count_nothing

# tally COUNTER [NUMBER]
tally() {
	local i
	for i in "${!counters[@]}"; do
		[ "${counters[i]}" != "$1" ] || totals[i]=$((totals[i] + ${2-1}))
	done
}

# tallied COUNTER: its number until now.
tallied() {
	local i
	for i in "${!counters[@]}"; do
		[ "${counters[i]}" != "$1" ] || echo "${totals[i]}"
	done
}

# tally_line SUMMARY
tally_line() {
	local item
	while read -r item; do
		tally "${item% *}" "${item##* }"
	done < <(tr ',' '\n' <<<"$1")
}

# tally_work: what limpet said to have done, at least: calls that were answered; stops for a sample, and
# one for each call on a borrowed thread, which takes two.
tally_work() {
	local calls samples
	calls=$(grep -c '^[a-z0-9_.]* = ' "$said")
	samples=$(awk '/^[0-9]+ samples for / { sum += $1 } END { print sum + 0 }' "$said")
	tally calls "$calls"
	tally stops $((samples + ($(grep -cx 'set calls borrowed' "$script") ? calls : 0)))
}

# check_messages WHAT FILE
check_messages() {
	! grep -E -m 20 'Sanitizer|runtime error' "$2" >"$folder/bad" || fail "$1" "$(cat "$folder/bad")"
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
	: >"$said"
	"$torturer" -p "$pid" -i "$input" -o "$output" -l "$limpet" -x "$script" -e "$said" \
		-n "$runs" "$@" >"$folder/torturer" 2>&1 || fail "$what"
	summary=$(grep '^runs ' "$folder/torturer") || summary=
	grep -v '^runs ' "$folder/torturer" >"$folder/lines"
	echo "$what: $summary"
	show_lines "$folder/lines"
	[ -n "$summary" ] || fail "$what: no summary"
	tally_line "$summary"
	tally_work
	check_messages "$what: limpet" "$said"
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
	"$limpet" -q -k -p "${1-$pid}" -x "$script" >>"$launched" 2>&1 &
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

# remark LINE: shown however the case ends.
remark() {
	echo "| $1"
}

# run_lane WORK NAME FOLDER: in a shell of its own.
run_lane() {
	folder=$3 script=$3/script said=$3/said launched=$3/launched
	processes=()
	failures=0
	count_nothing
	trap clean_up EXIT
	mkdir "$folder"
	cd "$folder" || exit 1
	export XDG_CACHE_HOME=$folder/xdg
	"$1" "$2"
	echo "lane $failures ${totals[*]}"
}

# side_by_side MOST WORK NAME...: WORK NAME for each, so many at once, with its own victims. What they
# print and count comes when all are done. Nothing else runs in the background.
side_by_side() {
	local most=$1 work=$2 lanes=0 lane name numbers i
	shift 2
	for name; do
		[ $lanes -lt "$most" ] || wait -n
		run_lane "$work" "$name" "$folder/lane.$lanes" >"$folder/log.$lanes" 2>&1 &
		processes+=($!)
		lanes=$((lanes + 1))
	done
	wait
	for ((lane = 0; lane < lanes; lane++)); do
		sed '/^lane /d' "$folder/log.$lane"
		read -ra numbers < <(sed -n 's/^lane //p' "$folder/log.$lane") || fail "a lane has no end"
		failures=$((failures + ${numbers[0]-0}))
		for i in "${!counters[@]}"; do
			tally "${counters[i]}" "${numbers[i + 1]-0}"
		done
	done
}

# conclude: the last line of a case.
conclude() {
	local i line=
	for i in "${!counters[@]}"; do
		line+="${line:+, }${counters[i]} ${totals[i]}"
	done
	[ ! -e "$launched" ] || check_messages limpet "$launched"
	echo "case ${case_name/-/ }: $line"
	finish
}
