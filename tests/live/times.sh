# What is left of a time-out that a call refers to by address: each thread has a place of its own.
. "$(dirname "$0")/lib.sh"

start_victim every_wait period=100 semtimedop sigtimedwait futex-limited
calls=(-e 'set calls borrowed')
for ((i = 0; i < 6; i++)); do
	calls+=(-e 'ctl epoch')
done
for ((i = 0; i < 30; i++)); do
	succeed -p "$pid" "${calls[@]}"
done
answer=$(ask check)
printf '%s\n' "$answer"
matches "times" '^ok ' "$answer"
lacks "times" '^(EINTR|BAD|EARLY|STUCK)' "$(cat "$output")"
end "$pid"
finish
