# 44: 2,000 random lines, right and wrong, in one script: limpet does not crash, the process does not notice.
. "$(dirname "$0")/../lib.sh"

# table: the commands and their options, as the help has them.
table() {
	local command
	for command in $("$limpet" help | sed -n 's/^  \([a-z]*\) .*/\1/p'); do
		echo "command $command"
		"$limpet" help "$command" | awk '
			/^Examples/ { options = 0 }
			options && match($0, /--[a-z-]+/) {
				name = substr($0, RSTART + 2, RLENGTH - 2)
				rest = substr($0, RSTART + RLENGTH)
				letter = match($0, /^ *-[A-Za-z0-9],/) ? substr($0, RLENGTH - 1, 1) : "-"
				print "option", name, letter, match(rest, /^ [A-Z][^ ]*/) ? substr(rest, 2, RLENGTH - 1) : "-"
			}
			/^Options/ { options = 1 }'
	done
}

lines=2000
first=${TORTURE_SEED-$((RANDOM * 32768 + RANDOM))}

# random_script SEED: on the victim that was started last.
random_script() {
	local seed=$1 what="random script (seed $1)" status refused last
	awk -v seed="$seed" -v lines=$lines -v pid="$pid" -f "$tests/torture/random_script.awk" table >"$script"
	same "$what: lines" $lines "$(wc -l <"$script")"
	tally runs
	"$limpet" -k -p "$pid" -x "$script" >random.out 2>random.err
	status=$?
	same "$what: ends by itself ($status)" 1 $((status > 0 && status <= 4))
	check_messages "$what: limpet" random.err
	refused=$(grep -c "^$script:[0-9]*: " random.err)
	last=$(sed -n "s|^$script:\([0-9]*\): .*|\1|p" random.err | tail -n 1)
	between "$what: lines that were refused" $((lines / 10)) $((lines * 9 / 10)) "$refused"
	between "$what: the last of them" $((lines * 95 / 100)) $lines "${last:-0}"
	between "$what: lines of output" $lines 10000000 "$(wc -l <random.out)"
	tally calls $((lines - refused))
	remark "seed $seed: $refused of $lines lines were refused"
	lives "$what" || return
	await "limpet's traces to go" has_no_traces "$pid"
	same "$what: tracer" 0 "$(tracer_of "$pid")"
	check_victim "$what"
}

table >table
grep -q '^option duration d TIME' table || fail "no table of commands" "$(cat table)"
printf 'main;work 3\nmain;other 1\n' >in.folded
write_dump in.heap
printf 'info\nset rate 99\nno-such\n' >sourced
echo 'source endless' >endless
start env MALLOC_CONF="$profiled" "$victims/checker"
for ((round = 0; round < scale; round++)); do
	random_script $((first + round))
done
lacks "checker" '^(EINTR|BAD|EARLY|MASK|STUCK|REGISTERS|HEAP|SIGNALS|ACTION)' "$(cat "$output")"
end_victim
conclude
