# Rules of `on`: each condition, once and repeated, with limits, in scripts and on the command line.
. "$(dirname "$0")/lib.sh"
needs setpriv

said() { matches "$1" "$2" "$(cat "$rule_messages")"; }

# arm ARGUMENT...: a limpet in the background, once all its rules are armed; $rule is its number.
arm() {
	victim_output=$output
	background "$limpet" -p "$pid" "$@"
	rule=$process rule_output=$output rule_messages=$messages
	output=$victim_output
}

# has_armed N
has_armed() { grep -q "^armed as $1: " "$rule_messages"; }
has_run() { [ "$(grep -c " rule $1 runs: " "$rule_messages")" -ge "$2" ]; }

# ended STATUS
ended() {
	wait "$rule"
	status=$?
	same "status ($(cat "$rule_messages"))" "$1" "$status"
}

# ask_for COMMAND: of the victim; done once it has said the command's name.
has_answered() { [ "$(grep -cx "$1" "$output")" -gt "$2" ]; }
ask_for() {
	local word=${1%% *} before
	before=$(grep -cx "$word" "$output")
	tell "$1"
	await "an answer to $1" has_answered "$word" "$before"
}

start_victim figures
figures=$pid

# A figure on the command line, as words and as a text; the PID and a number in the file's name.
arm on rss '>' 64M --every 20ms do heap status \; show rate
await "a rule" has_armed 1
ask_for "grow 100"
ended 0
matches "rss" '^[0-9:]{8} rule 1 runs: rss > 64M, it is [0-9.]+MB$' "$(cat "$rule_messages")"
same "both commands ran" 99 "$(tail -n 1 "$rule_output")"
arm on 'rss < 64M' --every 20ms do "stacks -o stacks-%p-%n-%i.folded"
await "a rule" has_armed 1
ask_for "shrink"
ended 0
[ -s "stacks-$pid-figures-1.folded" ] || fail "no stacks-$pid-figures-1.folded" "$(ls)"

arm on 'threads >= 6' --every 20ms do 'threads > t'
await "a rule" has_armed 1
ask_for "threads 6"
ended 0
contains "threads" idle "$(cat t)"
arm on fds '>' 20 --every 20ms do show rate
await "a rule" has_armed 1
ask_for "open 20"
ended 0
succeed -p "$pid" on 'allocated > 1' --every 50ms do show rate
same "allocated" 99 "$out"

# CPU: only as long as it is met. A look at half a core is well above what this machine's load takes.
arm on 'cpu > 5%' for 200ms --every 50ms do cpu -d 0.2 -o busy.folded
await "a rule" has_armed 1
ask_for "burn"
ended 0
[ -s busy.folded ] || fail "no busy.folded"
ask_for "rest"

# Growth: 40 steps of 4 MiB.
arm on growth 1M/s for 1s do show rate
await "a rule" has_armed 1
for ((size = 4; size <= 400; size += 4)); do
	! has_run 1 1 || break
	ask_for "grow $size"
	sleep 0.02 # the rate of the growth; nothing is waited for
done
ended 0
said "growth" '^[0-9:]{8} rule 1 runs: growth 1M/s for 1s, it is [0-9.]+[MG]B/min$'
ask_for "shrink"

# What is not met, in time.
run -p "$pid" on 'rss > 900G' --timeout 0.2 do show rate
same "timeout: status" 1 "$status"
matches "timeout" '^limpet: rule 1: rss > 900G did not come within 200ms$' "$err"
run -p "$pid" -e 'on rss > 900G --timeout 0.2 do show rate' -e 'show color'
same "timeout in a script: status" 3 "$status"
same "timeout in a script goes on" auto "$out"
matches "timeout in a script" '^-e:1: rule 1: rss > 900G did not come within 200ms$' "$err"
run -p "$pid" -e 'on rss > 900G do show rate' -e 'wait --timeout 0.1'
same "wait: status" 3 "$status"
matches "wait" '^-e:2: not all has come within 100ms$' "$err"
run -p "$pid" -e wait
matches "wait" '^-e:1: no rule is armed$' "$err"

# A script as it is written at night, unquoted; it goes on, and waits at its end.
cat >night.limpet <<'SCRIPT'
set $what leak
on rss > 64M do heap status > $what-%t.txt; show rate # once
on every 50ms --times 3 do show color > every.txt
on exit do show duration
on
show nodecount
SCRIPT
arm -x night.limpet
await "three rules" has_armed 3
ask_for "grow 100"
await "the first rule" grep -qx 99 "$rule_output"
await "the second rule" has_run 2 3
tell exit
ended 0
contains "it goes on" "1: rss > 64M do heap status > \$what-%t.txt; show rate # once
   ran 0 of 1 times, wrote 0 files" "$(cat "$rule_output")"
contains "it goes on" "
20
" "$(cat "$rule_output")"
same "exit comes last" 10s "$(tail -n 1 "$rule_output")"
same "files" "every-1.txt every-2.txt every.txt" "$(echo every*)"
[ "$(ls | grep -c '^leak-20[0-9]\{6\}-[0-9]\{6\}\.txt$')" = 1 ] || fail "no leak-TIME.txt" "$(ls)"

# The process goes before what was waited for.
start_victim figures
arm -e 'on rss > 900G do show rate' -e 'on threads > 900 do show rate'
await "rules" has_armed 2
end "$pid"
ended 4
said "gone" "^-e:1: rule 1 \(rss > 900G\) never ran: process $pid has ended\$"
start_victim figures
arm -e 'on rss > 900G do show rate' -e 'on exit do info; show rate' -e 'on exit do show color'
await "rules" has_armed 3
end "$pid"
ended 4
said "gone" "^rule 1 ends: process $pid has ended\$"
said "commands that need it" "^-e:2: rule 2: .*$pid.*gone"
same "the other exit rule" auto "$(tail -n 1 "$rule_output")"

# Signals to limpet, limits, rules that fail.
start_victim figures
arm -e 'on signal USR1 --times 3 do show rate >> rates' -e 'on every 100ms --limit-files 2 do show rate > l' \
	-e 'on every 100ms --limit-disk 1 do show rate > d' -e 'on every 1ms --times 2 do load missing.pb.gz'
await "rules" has_armed 4
said "signal" "^armed as 1: signal USR1: \`kill -USR1 $rule\` runs it\$"
for count in 1 2 3; do
	kill -USR1 "$rule"
	await "signal $count" has_run 1 "$count"
done
ended 3
same "appended" 3 "$(wc -l <rates)"
same "two files" "l l-1" "$(echo l l-*)"
same "one file" "d" "$(echo d d-* | sed 's/ d-\*//')"
said "limit" '^rule 2 ends: it has written 2 files, .*, and may write no more$'
said "limit" '^rule 3 ends: it has written 1 files, .*, and may write no more$'
same "failures" 2 "$(grep -c "^-e:4: rule 4: .*missing.pb.gz" "$rule_messages")"

# A signal that comes while a line is awaited, or while the commands of a rule run, is not lost.
mkfifo lines
exec {commands}<>lines
background "$limpet" -p "$pid" - <lines
rule=$process rule_output=$output rule_messages=$messages
printf '%s\n' 'on signal USR2 --times 2 do show color; sleep 0.2' 'show rate' >&"$commands"
await "a line" grep -q 99 "$rule_output"
kill -USR2 "$rule"
echo 'wait' >&"$commands"
await "the rule" grep -q auto "$rule_output"
kill -USR2 "$rule"
await "the rule's second time" has_run 1 2
echo 'quit' >&"$commands"
ended 0

# Met all along it runs once; with a cool-down again.
arm -e 'on rss > 1 repeat --every 10ms do show rate' \
	-e 'on rss > 1 --times 3 --cooldown 30ms --every 10ms do show rate' -e 'wait 2' -e 'on --off all'
ended 0
same "met all along" 1 "$(grep -c " rule 1 runs" "$rule_messages")"
same "cool-down" 3 "$(grep -c " rule 2 runs" "$rule_messages")"

# Ctrl-C ends the waiting. Quitting disarms.
arm -e 'on rss > 900G do show rate' -e 'sleep 1h'
await "a rule" has_armed 1
kill -INT "$rule"
ended 130
succeed -p "$pid" -e 'on rss > 900G do show rate' -e quit
matches "quit" '^what was armed and has not come is given up: 1$' "$err"

# What is wrong is said when it is armed.
refuse 2 "there is no command 'hep'" "did you mean heap?" -p "$pid" on exit do hep dump
refuse 2 "'x-%z': there is no %z in names of files" \
	"there are %t (time), %p (PID), %n (name of the process), %i (a free number), and %% for a percent sign" \
	-p "$pid" on exit do 'show > x-%z'
refuse 2 "'rsss' is nothing to wait for" "did you mean rss?" -p "$pid" on 'rsss > 1' do show
refuse 2 "no process is attached" \
	"name one with -p PID or -n NAME, or in the shell with \`attach PID\`" on exit do show
succeed on every 10ms --times 1 do show rate
same "without a process" 99 "$out"

# Waiting costs next to nothing: 50 looks in less than 50 ms of CPU, of limpet and its tracer.
arm -e 'on rss > 900G --every 10ms do show rate' -e 'on every 500ms --times 1 do show rate' -e 'wait 2'
await "rules" has_run 2 1
used=$(awk '{ print $14 + $15 + $16 + $17 }' "/proc/$rule/stat" 2>/dev/null)
between "ticks" 0 20 "${used:-0}"
kill -INT "$rule"
wait "$rule"

# watch: a time before each output, or objects alone; a failure is remembered.
succeed -p "$pid" watch -n 2 20ms show rate
same "watch" "99
99" "$(grep -v '^--- 20' <<<"$out")"
same "watch: times" 2 "$(grep -cE '^--- 20[0-9-]{8} [0-9:]{8}$' <<<"$out")"
succeed -p "$pid" -e 'watch -n 3 10ms ctl stats.allocated --json > w' -e 'watch -n 2 10ms "show rate > v"'
same "watch: objects" 3 "$(grep -c '^{"command":"ctl",.*"stats.allocated":[0-9]*' w)"
same "watch: files" "v v-1" "$(echo v v-*)"
run -p "$pid" watch -n 2 10ms load missing.pb.gz
same "watch: a failure" "1 2" "$status $(grep -c missing.pb.gz <<<"$err")"
run -p "$pid" watch 10ms foo
same "watch: a mistake" 2 "$status"
background "$limpet" -p "$pid" watch 20ms threads
watcher=$process
await "watch" grep -q figures "$output"
end "$pid"
wait "$watcher"
same "watch: the process ends" 4 $?
finish
