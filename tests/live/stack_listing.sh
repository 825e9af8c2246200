# What every thread does at this moment: all stacks whole, equal ones together, and nobody notices.
. "$(dirname "$0")/lib.sh"
needs jq setpriv

# groups FILTER: what jq makes of the listing.
groups() {
	jq -r "$1" listing.json
}

take_listing() {
	succeed -p "$pid" stacks --json "$@"
	printf '%s\n' "$out" >listing.json
}

start_victim split 2
take_listing
same "split: threads" 3 "$(groups .threads)"
same "split: all are whole" true "$(groups '[.groups[].complete] | all')"
same "split: who runs comes first" R "$(groups '.groups[0].state')"
matches "split: what they do" '^burn_(light|heavy)$' "$(groups '.groups[] | select(.state == "R") | .frames[].function')"
same "split: who waits" "split read" "$(groups '.groups[] | select(.state == "S") | "\(.threads[0].name) \(.system_call)"')"
same "split: the sleeper was not stopped" false "$(groups '.groups[] | select(.state == "S") | .threads[0].stopped')"
same "split: its stack" "read(2) read read_command wait_for_end main" \
	"$(groups '.groups[] | select(.state == "S") | [.frames[:5][].function] | join(" ")')"
succeed -p "$pid" stacks -t burner-2
matches "one thread" '^1 thread running: burner-2 [0-9]+$' "$out"
contains "one thread" "1 threads in " "$err"
refuse 1 "no thread has the name or id 'nobody'" '`threads` lists them' -p "$pid" stacks -t nobody
succeed -p "$pid" stacks -o kept.folded
matches "the profile" ';main;wait_for_end;read_command;read;read\(2\) 1$' "$(cat kept.folded)"
end "$pid"

start_victim crowd 300
take_listing
same "crowd: one group" "300 futex" "$(groups '.groups[0] | "\(.count) \(.system_call)"')"
same "crowd: nobody was stopped" 0 "$(groups '[.groups[].threads[] | select(.stopped)] | length')"
succeed -p "$pid" stacks
matches "crowd: text" '^300 threads asleep in futex: crowd [0-9]+(, [0-9]+){11} and 288 more$' "$out"
end "$pid"

start_victim deep 5000
succeed -p "$pid" stacks -t deep
matches "deep: one line" '^    descend  [^ ]*/deep[.]c:[0-9]+  \(4999 times\)$' "$out"
matches "deep: the root" '^    dive  [^ ]*/deep[.]c:[0-9]+$' "$out"
end "$pid"

# Every call that waits, again and again, while it is served and while it has a time-out.
start_victim every_wait timed=200
waits=$(ask list | wc -w)
for ((i = 0; i < 20; i++)); do
	take_listing
	groups '.groups[] | select(.complete | not) | "\(.end): \(.frames[].function)"' >>incomplete
done
same "every wait: threads" "$waits" "$(groups .threads)"
same "every wait: all are whole" "" "$(cat incomplete)"
printf 'every wait: %s of %s threads stopped\n' "$(groups '[.groups[].threads[] | select(.stopped)] | length')" "$waits"
answer=$(ask check)
printf '%s\n' "$answer"
matches "every wait" '^ok ' "$answer"
lacks "every wait" '^(EINTR|BAD|EARLY|MASK|STUCK|REGISTERS)' "$(cat "$output")"
end "$pid"

# A stop and its end leave restart_syscall(2), of which the C library's code says what it was.
restarted="clock_nanosleep nanosleep-timed poll-timed"
waits_of() {
	local thread
	for thread in "/proc/$pid"/task/*; do
		[[ " $restarted " != *" $(cat "$thread/comm") "* ]] || cut -d ' ' -f 1 "$thread/syscall"
	done | sort -u
}

are_restarted() {
	[ "$(waits_of)" = 219 ]
}

if [ "$(uname -m)" = x86_64 ]; then
	start_victim every_wait timed=600000 $restarted
	kill -STOP "$pid"
	await "a stop" has_state "$pid" T
	kill -CONT "$pid"
	await "all to be restarted" are_restarted
	expected="clock_nanosleep clock_nanosleep
nanosleep-timed clock_nanosleep
poll-timed poll"
	take_listing
	same "restarted: what they wait in" "$expected" \
		"$(groups '.groups[] | .system_call as $call | .threads[] | select(.name != "every_wait") | "\(.name) \($call)"' | sort)"
	same "restarted: their frames" "clock_nanosleep(2) poll(2)" "$(groups '.groups[].frames[0].function' | sort -u | xargs)"
	succeed -p "$pid" threads
	same "restarted: as threads says" "$expected" "$(awk '$4 ~ /-timed|_nanosleep/ { print $4, $5 }' <<<"$out" | sort)"
	succeed -p "$pid" cpu --wall -d 0.3 -o restarted.folded
	lacks "restarted: wall" 'restart_syscall' "$(cat restarted.folded)"
	end "$pid"
fi

start_victim sleepers
for ((i = 0; i < 50; i++)); do
	succeed -q -p "$pid" stacks
done
matches "sleepers" '^ok ' "$(ask check)"
lacks "sleepers" '^(EINTR|BAD|EARLY|MASK|STUCK)' "$(cat "$output")"
same "sleepers: traces" "" "$(traces "$pid")"
same "sleepers: tracer" 0 "$(tracer_of "$pid")"
finish
