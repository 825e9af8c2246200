# What limpet has changed in a process is listed, and what a limpet has left in one that it does not mind
# is found, told of, and taken away by the next call.
. "$(dirname "$0")/lib.sh"
needs setpriv jq

# list FILTER: of info's JSON object, the last one that the limpet in the background has printed.
list() {
	grep '^{' "$limpet_output" | tail -n 1 | jq -r "$1"
}

has_printed() {
	[ "$(grep -c '^{' "$limpet_output")" -ge "$1" ]
}

# have_listed N: the N-th time.
have_listed() {
	echo 'info --json' >&"$commands"
	await "info of the limpet in the background" has_printed "$1"
}

start_victim heir
heir=$pid victim_output=$output
mkfifo lines
exec {commands}<>lines
background "$limpet" -q -k -p "$pid" - <lines
limpet_output=$output attached=$process output=$victim_output
have_listed 1
same "before a call" "null 0 [] [] []" \
	"$(list '"\(.presence) \(.calls) \(.switched) \(.left_over.memory) \(.left_over.descriptors)"')"

printf '%s\n' 'ctl prof.gdump' 'set calls own' 'ctl thread.tcache.enabled false' \
	'ctl thread.tcache.enabled true' 'ctl background_thread true' >&"$commands"
have_listed 2
same "thread" limpet "$(cat "/proc/$pid/task/$(list .presence.thread)/comm")"
same "memory" 589824 "$(list .presence.length)"
matches "memory" "^$(list .presence.address | sed 's/^0x//')-" "$(cat "/proc/$pid/maps")"
same "started" borrowed "$(list .presence.started.way)"
between "stopped" 1 1000000000 "$(list .presence.started.held_ns)"
same "last call" own "$(list .last_call.way)"
same "switched" "background_thread false true ctl background_thread false" \
	"$(list '.switched[] | "\(.name) \(.before) \(.now) \(.undo)"')"
same "left over" 0 "$(list '.left_over.memory | length')"
succeed -p "$pid" info
contains "another limpet" "nothing in it" "$out"
lacks "another limpet" 'left over' "$out"

# A child has a copy of limpet's memory, and of files that are open at that moment.
answer=$(ask file)
answer=$(ask fork)
child=${answer#child }
processes+=("$child")
address=$(list .presence.address)
printf '%s\n' 'ctl background_thread false' >&"$commands"
have_listed 3
same "switched back" "" "$(list '.switched[]')"
echo quit >&"$commands"
wait "$attached"
await "limpet to leave no traces but the file" [ "$(traces "$heir" | grep -vc memfd)" = 0 ]

# is_left_over PID MEMORY
is_left_over() {
	succeed -p "$1" info --json
	same "left over: memory" "$2" "$(jq -r '.left_over.memory[] | .address' <<<"$out")"
	same "left over: descriptors" 1 "$(jq -r '.left_over.descriptors | length' <<<"$out")"
	succeed -p "$1" doctor --no-calls
	contains "doctor" "of a limpet that is gone" "$out"
	[ -n "$(traces "$1")" ] || fail "nothing is left over in $1"
}

# is_cleaned PID AREAS SETTING
is_cleaned() {
	succeed -p "$1" -e "set calls $3" -e 'ctl background_thread' -e info
	contains "what is told" \
		"took away what a limpet that is gone had left in the process: $2 areas of memory, 1 descriptors" \
		"$err"
	lacks "after the call" 'left over' "$out"
	same "$1: traces" "" "$(traces "$1")"
	succeed -p "$1" ctl background_thread
	same "nothing to tell any more" "" "$err"
}

is_left_over "$child" "$address"
is_cleaned "$child" 1 borrowed
is_left_over "$heir" ""
is_cleaned "$heir" 0 own
answer=$(ask file)
is_cleaned "$heir" 0 auto
same "the child lives" S "$(state_of "$child")"
matches "the process lives" '^child [0-9]+$' "$(ask fork)"
finish
