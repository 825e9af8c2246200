# A process whose first thread has exited, to whose /proc files the kernel then answers with nothing:
# all goes through a thread that lives, and when that one exits, through another.
. "$(dirname "$0")/lib.sh"
needs setpriv

thread_of() {
	awk -v name="$1" '$1 == "thread" && $2 == name { print $3 }' "$output"
}

# What limpet has in it, seen through the reader.
leftovers() {
	local task=/proc/$pid/task/$(thread_of reader)
	awk '{ split($1, range, "-") } NF == 5 && $2 ~ /x/ || $6 ~ "^/memfd:limpet"' "$task/maps"
	grep -lx limpet "/proc/$pid"/task/*/comm
	readlink "$task"/fd/* | grep "^/memfd:limpet"
}

# has_answered TIMES: the limpet in the background, to "show rate".
has_answered() {
	[ "$(grep -c '^99$' "$limpet_output")" = "$1" ]
}

lives_no_more() {
	[ "$(ls "/proc/$pid/task" 2>/dev/null | wc -l)" -le 1 ]
}

twin=twin-$$ # a name that no other process has
cp "$victims/leaderless" "$twin"
start env MALLOC_CONF="$profiled" "./$twin"
victim_output=$output
await "the first thread to be a zombie" has_state "$pid" Z
same "its maps, through /proc/PID" "" "$(cat "/proc/$pid/maps" 2>/dev/null)"

succeed -p "$pid" info
matches "info" "^executable   .*/$twin\$" "$out"
matches "info" "^threads      6\$" "$out"
matches "info" "^jemalloc     .*, no prefix\$" "$out"
succeed -n "$twin" threads
matches "threads: the first one" "^ *$pid  Z " "$out"
matches "threads: one that lives" "^ *$(thread_of sleeper)  S .*sleeper  futex\$" "$out"

succeed -p "$pid" cpu -d 0.5 -r 200 -o cpu.folded
matches "cpu: samples" '^[1-9][0-9]* samples in ' "$out"
matches "cpu: stacks from start to end" '(^|;)run_named;burn;burn_leaderless [0-9]+$' "$(cat cpu.folded)"
lacks "cpu: stacks that end early" 'truncated|without unwind' "$out$(cat cpu.folded)"

for way in own borrowed; do
	succeed -p "$pid" -e "set calls $way" -e 'ctl stats.allocated'
	matches "ctl, calls $way" '^stats.allocated = [1-9][0-9]*$' "$out"
done
succeed -p "$pid" heap on
same "hold" held "$(ask hold)"
for way in own borrowed; do
	succeed -p "$pid" -e "set calls $way" -e "heap dump -o $way.folded"
	matches "heap dump, calls $way: names" '(^|;)hold_blocks' "$(cat $way.folded)"
done
succeed -p "$pid" heap off

# The thread that limpet goes through is the first one that /proc lists: it exits under its eyes.
mkfifo lines
exec 3<>lines
background "$limpet" -p "$pid" <lines
limpet_process=$process limpet_output=$output
echo 'ctl stats.allocated' >&3
await "the first value" grep -q '^stats.allocated = ' "$limpet_output"
output=$victim_output
for number in 1 2; do
	same "exit $number" "exited $number" "$(ask "exit $number")"
	printf '%s\n' 'ctl stats.resident' 'cpu -d 0.1 -r 200' 'info' "show rate" >&3
	await "answers after $number" has_answered "$number"
done
echo quit >&3
wait "$limpet_process"
same "after threads have exited: status" 0 $?
same "after threads have exited: values" 2 "$(grep -c '^stats.resident = [1-9]' "$limpet_output")"
same "after threads have exited: captures" 2 "$(grep -c '^Type: cpu$' "$limpet_output")"
same "after threads have exited: info" 2 "$(grep -c '^threads      [56]$' "$limpet_output")"

same "the process" ok "$(ask check)"
same "what limpet left in it" "" "$(leftovers)"

# Dead, but for its exit status: then it is a zombie like any other.
mkfifo more
exec 4<>more
background "$limpet" -p "$pid" <more
limpet_process=$process
echo 'show rate' >&4
await "limpet to be attached" grep -q '^99$' "$output"
kill -KILL "$pid"
await "all its threads to end" lives_no_more
echo info >&4
wait "$limpet_process"
same "dead: status" 4 $?
finish
