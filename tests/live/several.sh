# Several processes at once: each has a limpet of its own, what they say comes process by process,
# their files become one, and whatever happens to one of them, or to limpet, the others go on.
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib.sh"
needs jq setpriv

headings() {
	grep -o '^==> .* <==$' <<<"$1" | sed 's/^==> \([0-9]*\).*/\1/' | xargs
}

# threads PID...: how many there are in all.
threads() {
	local pid total=0
	for pid; do
		total=$((total + $(ls "/proc/$pid/task" | wc -l)))
	done
	echo $total
}

# folded_total FILE
folded_total() {
	awk '{ total += $NF } END { print total }' "$1"
}

twin=twin-$$
cp "$victims/split" "$folder/$twin"
start "$folder/$twin"
first=$pid
start "$folder/$twin"
second=$pid
start "$folder/$twin"
third=$pid
pids="$first $second $third"

# Which processes are meant.
for list in "-p $first,$second,$third" "-p $first -p $second -p $third" "-p $first,$second -p $third,$first" \
	"-n $twin --all" "-p $first -p $second -n x"; do
	case $list in
	*"-n x") expect 2 "" "limpet: a process is named more than once
  one -p PID or one -n NAME is enough, before the command or behind it; several processes are -p 1234,1240" \
		"$limpet" -p "$first" -p "$second" -n x ;;
	*)
		# shellcheck disable=SC2086
		succeed $list info
		same "$list" "$pids" "$(headings "$out")"
		;;
	esac
done
succeed -p "$first
$second $third" info
same "blanks between" "$pids" "$(headings "$out")"
refuse 2 "'x' is no process id" "-p takes the number of a process, or several: -p 1234,1240; -n takes a name" \
	-p "$first,x" info
run -p "$first" --all info
matches "--all of a number" '^limpet: --all is about the processes of a name$' "$err"
refuse 2 "these are 3 processes, more than the 2 at once that the setting processes allows" \
	"choose some of them by number, -p 1234,1240; or allow more: --processes 3, or \`set processes 3\`" \
	-n "$twin" --all --processes 2 info
run -n "$twin-none" --all info
same "no such name: status" 4 "$status"
refuse 2 "\`live\` is about one process, and 2 are attached to" "choose one: limpet -p $first live" \
	-p "$first,$second" live

# What they say.
succeed -q -p "$first,$second" cpu -d 0.3
same "cpu: tables" 2 "$(grep -c '^Type: cpu$' <<<"$out")"
same "cpu: headings" "$first $second" "$(headings "$out")"
same "cpu -q: messages" "" "$err"
succeed -p "$first,$second" cpu -d 0.3
same "cpu: headings of messages" "$first $second" "$(headings "$err")"
same "cpu: kept" 2 "$(grep -c '^kept as @1$' <<<"$err")"
succeed -p "$first,$second" stacks --json
same "--json: an object each" "$first $second" "$(sed -n 's/^{"pid":\([0-9]*\),.*}$/\1/p' <<<"$out" | xargs)"
lacks "--json: nothing else" '^[^{]' "$out"
run -p "$first,$second" top @7
same "the same from all: status" 1 "$status"
same "the same from all" "==> all 2 processes <==" "$(head -1 <<<"$err")"
same "the same from all, once" 1 "$(grep -c '^limpet: ' <<<"$err")"
succeed -p "$first,$second" -e 'cpu -d 0.2 > table' -e 'top3 | grep -c "^Type: cpu"'
same "redirected" "$first $second" "$(headings "$(cat table)")"
same "into a pipe" 2 "$out"

# Their files.
mkdir parts
export TMPDIR=$folder/parts
succeed -p "$first,$second,$third" stacks -o all.folded
same "stacks of all: a sample for each thread" "$(threads $pids)" "$(folded_total all.folded)"
for pid in $pids; do
	same "stacks of $pid" "$(threads "$pid")" \
		"$(folded_total <(grep "^$twin ($pid);" all.folded))"
done
lacks "what is said of the file" '\.pb\.gz' "$err"
contains "what is said of the file" "saved in all.folded, what 3 processes do together" "$err"
same "parts" "" "$(ls parts)"
unset TMPDIR
succeed -p "$first,$second" -e 'cpu -d 0.3' -e 'save one.pb.gz' -e 'flame -o one.svg' -e 'save one.folded'
if have_pprof; then
	same "pprof's total of one.pb.gz" "$(folded_total one.folded)" "$(pprof_total cpu one.pb.gz)"
	sum=0
	for pid in $first $second; do
		part=$(pprof_total cpu one.pb.gz -tagfocus="pid=$pid")
		[ "${part:-0}" -gt 0 ] || fail "no samples of $pid"
		sum=$((sum + part))
		same "the part of $pid" "$(folded_total <(grep "^$twin ($pid);" one.folded))" "$part"
	done
	same "the sum of the parts" "$(folded_total one.folded)" "$sum"
	matches "label process" "$twin" "$(pprof -tags one.pb.gz)"
else
	omit "there is no go tool pprof"
fi
contains "flame graph" "$twin ($second)" "$(cat one.svg)"
run -p "$first,$second" cpu -d 0.1 -o raw.gperftools
same "what cannot be joined: status" 2 "$status"
contains "what cannot be joined" "all processes would write to 'raw.gperftools', and dumps cannot be made one" "$err"
run -p "$first,$second" cpu -d 0.1 --snapshot x.snapshot
same "snapshots: status" 2 "$status"
[ ! -e x.snapshot ] || fail "a snapshot was written by both"
run -p "$first,$second" cpu -d 0.1 -o missing/x.svg
matches "no such folder" '^limpet: .*missing/x.svg' "$err"

# Words of py-spy, with the processes behind the command.
succeed record -p "$first,$second" -d 0.3 -o behind.svg
contains "record: one picture" "$twin ($first)" "$(cat behind.svg)"
contains "record: of all" "$twin ($second)" "$(cat behind.svg)"
succeed dump -p "$first" -p "$second"
same "dump" "$first $second" "$(headings "$out")"

# Names of files: one of all, or one for each.
succeed -p "$first,$second" stacks -o "all-%i.folded"
[ -s all-1.folded ] || fail "%i was not filled in" "$(ls)"
succeed -p "$first,$second" stacks -o "%n-%p.folded"
for pid in $first $second; do
	[ -s "$twin-$pid.folded" ] || fail "no file for $pid" "$(ls)"
done
run -p "$first,$second" stacks -o "%n.folded"
same "%n alone: status" 2 "$status"
contains "%n alone" "all processes would write to '%n.folded': %n is the name of one" "$err"
run -p "$first,$second" -e 'info > %p.txt'
same "%p behind >: status" 3 "$status"
contains "%p behind >" "%p has no meaning here: this is one file of several processes" "$err"
for own in pid name profile; do
	run -p "$first,$second" -e "stacks -o \$$own.folded"
	same "\$$own: status" 3 "$status"
	contains "\$$own" "\$$own has no value: each of several processes has its own" "$err"
done
run -p "$first,$second" on "rss > 1G" do info
same "a rule: status" 2 "$status"
contains "a rule" "\`on\` is about one process, and 2 are attached to" "$err"
succeed -p "$first,$second" watch -n 2 0.1 info
same "watch" "$first $second $first $second" "$(headings "$out")"

# Their objects: one for each process, also where it fails, as the schema has them.
objects() {
	run -q -p "$first,$second" "$@"
	same "$*: a line each" "$first $second" "$(jq .pid "$folder/.out" | xargs)"
	cat "$folder/.out" >>objects
}
objects --json info
objects info --json
objects --json stats
objects --json cpu -d 0.2
objects --json threads
objects --json stacks -o json.folded
same "the file is that of all" "json.folded json.folded" "$(tail -n 2 objects | jq -r .saved | xargs)"
objects --json top @7
same "an error for each" "not_found not_found" "$(tail -n 2 objects | jq -r .error.kind | xargs)"
run -q --json -p "$first,99999999" info
same "one that is refused" "99999999 null gone" "$(head -n 1 <<<"$out" | jq -r '.pid, .command, .error.kind' | xargs)"
cat "$folder/.out" >>objects
run -q --json -p "$first,$second" live
same "refused before" "live usage" "$(jq -r '.command, .error.kind' <<<"$out" | xargs)"
cat "$folder/.out" >>objects
run -q --json -e "attach $first $second" -e detach
same "attach, detach" "attach detach" "$(jq -r .command <<<"$out" | xargs)"
same "those attached to" "$first $second" "$(head -n 1 <<<"$out" | jq '.processes[].pid' | xargs)"
cat "$folder/.out" >>objects
if /usr/bin/python3 -c 'import jsonschema' 2>/dev/null; then
	jq -cs 'unique_by([.command, .error.kind, keys])[]' objects |
		/usr/bin/python3 "$here/../cli/validate.py" "$here/../../proto/limpet.schema.json" >problems 2>&1 ||
		fail "schema" "$(cat problems)"
else
	omit "there is no python3-jsonschema"
fi

# One that is refused, one that ends, one that fails.
run -p "$first,99999999,$second" info
same "refused: status" 4 "$status"
same "refused: the others" "$first $second" "$(headings "$out")"
contains "refused: why" "==> 99999999 <==
limpet: there is no process 99999999" "$err"
run -p 99999998,99999999 info
same "all refused: status" 4 "$status"
matches "all refused" '^limpet: none of the 2 processes could be attached to$' "$err"

start "$folder/$twin"
mkfifo gate
exec {gate}<>gate
background "$limpet" -p "$first,$pid,$second" - <gate
front=$process
echo 'cpu -d 0.1' >&$gate
await "the first command" grep -q '^Type: cpu' "$output"
end "$pid"
printf 'cpu -d 0.1\ninfo > after\nquit\n' >&$gate
wait "$front"
same "one that ends: status" 4 $?
matches "one that ends: who, and where" "^<stdin>:2: .*" "$(cat "$messages")"
contains "one that ends: who" "==> $pid $twin <==
<stdin>:2: process $pid ($twin) is gone" "$(cat "$messages")"
same "the others go on" "$first $second" "$(headings "$(cat after)")"

background "$limpet" -p "$first,$second,$third" cpu -d 1h -o early.folded
front=$process
all_sample() {
	local worker
	[ "$(children "$front" | wc -w)" -eq 3 ] || return 1
	for worker in $(children "$front"); do
		has_sampled "$worker" || return 1
	done
}
await "samples" all_sample
kill -KILL "$(children "$front" | cut -d ' ' -f 2)"
kill -INT "$front"
wait "$front"
same "a worker that is killed: status" 1 $?
matches "a worker that is killed" "^limpet: the limpet for $second $twin was killed \(Killed\)$" "$(cat "$messages")"
same "Ctrl-C keeps what the others have" "$first $third" "$(headings "$(cat "$output")")"
same "... and joins it" "$first $third" \
	"$(sed -n 's/^[^;]*(\([0-9]*\));.*/\1/p' early.folded | sort -un | xargs)"

# A process and its descendants.
cat >family <<SCRIPT
"$folder/$twin" <&0 &
("$folder/$twin" <&0 & wait) <&0 &
echo ready
wait
SCRIPT
start bash family
parent=$pid
family() { pgrep -P "$1" | while read -r one; do echo "$one"; family "$one"; done; }
has_family() { [ "$(family "$parent" | wc -l)" -eq 3 ]; }
await "descendants" has_family
succeed -p "$parent" --children info
same "--children" "$( (echo "$parent"; family "$parent") | sort -n | xargs)" "$(headings "$out" | tr ' ' '\n' | sort -n | xargs)"
every_one=$( (echo "$parent"; family "$parent") | sort -n | xargs)
succeed dump -s -p "$parent"
same "dump -s" "$every_one" "$(headings "$out" | tr ' ' '\n' | sort -n | xargs)"
succeed record -s -p "$parent" -d 0.3 -o family.folded
same "record -s" "$every_one" "$(headings "$out" | tr ' ' '\n' | sort -n | xargs)"
same "record -s: whose time" "$(family "$parent" | while read -r one; do
	! grep -qx "$twin" "/proc/$one/comm" || echo "$one"
done | sort -n | xargs)" "$(sed -n 's/^[^;]*(\([0-9]*\));.*/\1/p' family.folded | sort -un | xargs)"
refuse 2 "top: the live view is of one process" \
	"\`record -s\` samples its descendants, too; each of them has a view of its own" top -s -p "$parent"
kill -KILL $(family "$parent")

# Letting go of some, of all; one after several.
succeed -e "attach $first $second" -e "detach $first" -e info -e detach -e "attach $third" -e 'info --json'
same "detach PID" "$second" "$(headings "$out")"
matches "one after several" "^\{\"command\":\"info\",\"pid\":$third," "$out"
run -p "$first,$second" detach "$third"
matches "detach of another" "^limpet: $third is none of the processes attached to$" "$err"

# limpet is killed at any moment: nobody is held, nothing is left in the processes, no limpet lives on.
end $pids
pids=
for ((i = 0; i < 3; i++)); do
	start_victim checker
	pids+=" $pid"
	answers[i]=$output inputs[i]=$input
done
list=$(xargs <<<"$pids" | tr ' ' ,)
for ((i = 0; i < 50; i++)); do
	printf 'ctl stats.allocated\ncpu -d 0.02 -r 1000\n'
done >calls
succeed -q -p "$list" -e 'ctl stats.allocated > /dev/null'
workers=()
for ((i = 0; i < 12; i++)); do
	"$limpet" -k -p "$list" -x calls >>killed.out 2>&1 &
	process=$!
	processes+=("$process")
	if [ "$i" -eq 0 ]; then
		await "a value" grep -q '^stats.allocated = ' killed.out
	else
		life=$((RANDOM % 400)) # ms, whatever it does then
		sleep "0.$(printf %03d $life)"
	fi
	workers+=($(children "$process"))
	kill -KILL "$process"
	wait "$process" 2>/dev/null
done
[ "${#workers[@]}" -gt 0 ] || fail "each limpet was killed before it had a worker"
for worker in "${workers[@]}"; do
	await "worker $worker to end" is_gone "$worker"
done
for ((i = 0; i < 3; i++)); do
	pid=$(cut -d ' ' -f $((i + 2)) <<<"$pids")
	await "limpet's thread to have left" has_no_traces "$pid"
	same "tracer of $pid" 0 "$(tracer_of "$pid")"
	output=${answers[i]} input=${inputs[i]}
	matches "checker $pid" '^ok ' "$(ask check)"
done
printf '%d kills with %d workers; %d values were read before\n' 12 "${#workers[@]}" \
	"$(grep -c '^stats.allocated = ' killed.out)"

# Processes with a profiler, which leave the machine some time.
# shellcheck disable=SC2086
end $pids
pids=
for ((i = 0; i < 3; i++)); do
	start env MALLOC_CONF="$profiled" "$victims/service"
	pids+=" $pid"
done
list=$(xargs <<<"$pids" | tr ' ' ,)
first=$(cut -d ' ' -f 2 <<<"$pids")
active() { "$limpet" -q -p "$1" ctl prof.active | sed -n 's/^prof.active = //p' | xargs; }

# A script that fails leaves each as it was, and one that fails in some leaves those.
same "at first" "false" "$(active "$list")"
run -p "$list" -e 'heap on' -e 'source nowhere'
same "a script that fails: status" 3 "$status"
same "... is undone in each" "false" "$(active "$list")"
succeed -p "$first" heap on
run -p "$list" -e 'heap on' -e 'source nowhere'
same "... but not what was on before" "true false" "$(active "$list")"
succeed -p "$list" heap off
thread=$(ls "/proc/$first/task" | tail -n 1)
run -p "$list" -e 'heap on' -e "stacks -t $thread"
same "a script that fails in two: status" 3 "$status"
same "... is undone in those" "true false" "$(active "$list")"
run -p "$list" --keep -e 'heap on' -e 'source nowhere'
same "--keep" "true" "$(active "$list")"
succeed -p "$list" heap off

# At the prompt.
if command -v tmux >/dev/null; then
	. "$(dirname "$0")/../cli/tmux.sh"
	with_history=true
	new_terminal 100 50 "'$limpet' --no-pager -p $list"
	wait_for "(limpet 3 processes)"
	keys 'info | grep -c ^process' Enter
	wait_for "
3
(limpet 3 processes)"
	keys "detach $first" Enter
	wait_for "(limpet 2 processes)"
	keys 'cpu -d 1h' Enter
	wait_for "2 of 2 processes at work"
	keys C-c
	wait_for "kept as @1"
	prompt_is_last() { [ "$(screen | sed '/^ *$/d' | tail -n 1 | sed 's/ *$//')" = "(limpet 2 processes)" ]; }
	await "the prompt" prompt_is_last
	keys "attach $first" Enter
	wait_for "(limpet $first service)"
	keys 'detach' Enter
	wait_for "(limpet)"
	end_terminal
else
	omit "there is no tmux"
fi
# shellcheck disable=SC2086
end $pids
finish
