# Wall time: every thread for as long as it is there, also those that wait, who notice nothing.
. "$(dirname "$0")/lib.sh"
needs setpriv

# sum PATTERN FILE: ms of the folded stacks that match.
sum() {
	awk -v pattern="$1" '$0 ~ pattern { total += $NF } END { printf "%d\n", total / 1000000 }' "$2"
}

# looks, stops: of the last capture.
looks() {
	sed -n 's/.* of all threads; \([0-9]*\) looks, \([0-9]*\) of them.*/\1/p' <<<"$err"
}
stops() {
	sed -n 's/.* of all threads; \([0-9]*\) looks, \([0-9]*\) of them.*/\2/p' <<<"$err"
}

start_victim split 2
succeed -p "$pid" cpu --wall -d 2 -o wall.folded
all=$(sum . wall.folded)
between "split: three threads, ms" 5700 6600 "$all"
between "split: the one that waits, ms" $((all / 3 - 60)) $((all / 3 + 60)) \
	"$(sum ';main;wait_for_end;read_command;read;read\(2\) ' wall.folded)"
between "split: those that burn, ms" $((all * 2 / 3 - 90)) $((all * 2 / 3 + 90)) "$(sum ';burn;' wall.folded)"
matches "split: the one that waits was not stopped" '^1$' $(($(looks) - $(stops)))
succeed -p "$pid" cpu --wall -d 0.5 -t burner-2 -o one.folded
between "one thread, ms" 480 700 "$(sum . one.folded)"
refuse 1 "no thread has the name or id 'nobody'" '`threads` lists them' -p "$pid" cpu --wall -d 1 -t nobody
end "$pid"

start_victim crowd 300
succeed -p "$pid" cpu --wall -d 1 -o crowd.folded
same "crowd: each was looked at once" 301 "$(looks)"
same "crowd: nobody was stopped" 0 "$(stops)"
between "crowd: ms in futex" 290000 400000 "$(sum 'futex\(2\) ' crowd.folded)"
end "$pid"

start_victim every_wait timed=200
succeed -p "$pid" cpu --wall -d 5 -r 997 -o every.folded
lacks "every wait: stacks are whole" '^\[truncated' "$(cat every.folded)"
for call in read write poll epoll_wait futex clock_nanosleep accept semtimedop; do
	matches "every wait: $call" ";$call\(2\) [0-9]+\$" "$(cat every.folded)"
done
matches "every wait: vfork" ';vfork\(2\);\[uninterruptible sleep\] [0-9]+$' "$(cat every.folded)"
printf '%s\n' "$(grep 'of all threads' <<<"$err")"
answer=$(ask check)
printf '%s\n' "$answer"
matches "every wait" '^ok ' "$answer"
lacks "every wait" '^(EINTR|BAD|EARLY|MASK|STUCK|REGISTERS)' "$(cat "$output")"
same "every wait: traces" "" "$(traces "$pid")"
same "every wait: tracer" 0 "$(tracer_of "$pid")"
finish
