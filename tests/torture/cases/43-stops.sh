# 43: stops without a call, one after the other on threads in every system call that waits, as `cpu --wall`
# makes them where a sleeping thread cannot be read: none returns EINTR, early or late. 20,000, a million in
# the long form.
. "$(dirname "$0")/../lib.sh"

stops=$((scale > 1 ? 1000000 : 20000))
start_victim every_wait timed=200
"$(dirname "$torturer")/stopper" "$pid" $stops >"$folder/stopper" || fail "the stops"
remark "$(head -n 1 "$folder/stopper"); left alone, as they might notice: $(sed -n 's/^spared [0-9]* //p' "$folder/stopper" | paste -sd ' ')"
same "stops" "stops $stops" "$(head -n 1 "$folder/stopper")"
tally stops $stops
answer=$(ask check)
remark "$(sed 's/ [a-z-]*=[0-9]*.*//' <<<"$answer" | cut -d ' ' -f 1) $(grep -o 'worst=.* late=[0-9]*' <<<"$answer")"
matches "every wait" '^ok' "$answer"
tally EINTRs "$(grep -c '^EINTR' "$output")"
lacks "every wait" '^(EINTR|BAD|EARLY|MASK|STUCK|REGISTERS)' "$(cat "$output")"
end_victim
conclude
