# What jemalloc tells each thread of itself, and what can be switched for one alone. A fourth argument
# is the jemalloc to try it with, a shared library; otherwise it is the system's.
. "$(dirname "$0")/lib.sh"
needs setpriv jq
preload=(${4:+LD_PRELOAD=$4})

# start_allocators OPTIONS
start_allocators() {
	start env "${preload[@]}" MALLOC_CONF="$1" "$victims/allocators"
	victim_output=$output
}

# order COMMAND ANSWER
order() {
	local answer
	answer=$(ask "$1")
	[ "$answer" = "$2" ] || give_up "the victim answers to $1: $answer"
}

have_answered() {
	succeed -p "$pid" heap threads --json
	cp "$folder/.out" threads.json
	[ "$(jq .asked threads.json)" = 4 ]
}

# list: to the file threads.json. A thread is busy for as long as it is on its way back, too.
list() {
	await "all but one thread to be asked" have_answered
}

# of_allocators FILTER: what it comes to for each of them, in one line.
of_allocators() {
	jq -r "[.threads[] | select(.name | startswith(\"allocator-\")) | $1] | join(\" \")" threads.json
}

# tid N
tid() {
	sed -n "s/^thread allocator-$1 //p" "$victim_output"
}

# samples N: how many of its allocations are in the dump, by the name that it has there.
samples() {
	awk -v name="worker $1" '/^@/ { exit } /^  t[0-9]+:/ && substr($0, length - length(name)) == " " name {
		sum += $2 } END { print sum + 0 }' dump.heap
}

switch_on() {
	succeed -p "$pid" heap on
	[ -z "$loses" ] || grep -q '4 of 5 threads were set going again' <<<"$err"
}

start_allocators "$profiled,lg_prof_sample:12"
# jemalloc 5.2.0 and 5.2.1, but for one with a remedy of its own, and what waits as it and 5.3 do. Not
# every build tells its version.
version=$("$limpet" -p "$pid" ctl version)
loses=$(grep '= 5\.2\.' <<<"$version" | grep -v -- -2-g172143a)
keeps=$("$limpet" -p "$pid" ctl opt.prof_time_resolution 2>/dev/null || grep -- -2-g172143a <<<"$version")
printf '%s\n' "$version"

# Whatever a thread waited for while the profiler was off, it is sampled when it is on.
order allocate allocated
await "the threads to be set going" switch_on
if [ "$loses" ]; then
	contains "the one that computes" "1 could not be borrowed" "$err"
else
	lacks "other versions" "set going" "$err"
fi
succeed -p "$pid" -e "heap threads name allocator-1 'worker 1'" -e "heap threads name $(tid 2) 'worker 2'" \
	-e "heap threads name allocator-3 'worker 3'" -e 'heap threads off allocator-2'
contains "heap threads name" "thread $(tid 1) is called 'worker 1' in dumps" "$out"
contains "heap threads off" "thread $(tid 2) is not sampled" "$out"
order allocate allocated

amounts=$(ask amounts)
list
same "what each has allocated and given back" "$amounts" \
	"$(of_allocators '"\(.name) \(.id) \(.allocated) \(.deallocated)"')"
same "which are sampled" "true false true" "$(of_allocators .active)"
same "what they are called" "worker 1 worker 2 worker 3" "$(of_allocators .name_in_dumps)"
same "the one that computes" "running null" \
	"$(jq -r '.threads[] | select(.name == "computes") | "\(.refusal) \(.allocated)"' threads.json)"
same "all" 5 "$(jq '.threads | length' threads.json)"
succeed -p "$pid" heap threads
matches "the one that computes" '^ +[0-9]+  computes +not asked: running$' "$out"
matches "the last line" '^asked [0-4] of 5 threads$' "$(tail -n 1 <<<"$out")"

succeed -p "$pid" heap dump -o dump.heap
for number in 1 3; do
	between "samples of worker $number" 1000 9000 "$(samples $number)"
done
same "samples of worker 2" 0 "$(samples 2)"

# What info says undoes it does.
succeed -p "$pid" -e 'heap threads on allocator-2' -e "heap threads name $(tid 3) \"it's\"" -e 'info --json'
sed -n '/^{/p' <<<"$out" | jq -r '.switched[].undo' >undo
same "what undoes it" "heap threads off $(tid 2)
heap threads name $(tid 3) 'worker 3'" "$(cat undo)"
succeed -p "$pid" -e 'heap threads name allocator-3 x' -e 'info --json'
sed -n '/^{/p' <<<"$out" | jq -r '.switched[].undo' >quoted
succeed -p "$pid" -x undo
list
same "as before" "true false true worker 1 worker 2 worker 3" "$(of_allocators .active) $(of_allocators .name_in_dumps)"
succeed -p "$pid" -x quoted
list
same "a quote in it" "worker 1 worker 2 it's" "$(of_allocators .name_in_dumps)"

# One that was sampled, and came to its next sample while the profiler was off.
forget() {
	succeed -p "$pid" heap reset
	[ -z "$loses" ] || grep -q '4 of 5 threads were set going again' <<<"$err"
}
succeed -p "$pid" heap off
order allocate allocated
await "the threads to be set going" switch_on
await "the samples to be forgotten" forget
order allocate allocated
succeed -p "$pid" -e 'heap threads name allocator-3 "worker 3"' -e 'heap dump -o dump.heap'
between "samples of worker 1 after a reset" 1000 9000 "$(samples 1)"
between "samples of worker 3 after a reset" 1000 9000 "$(samples 3)"

# What cannot be.
run -p "$pid" heap threads off computes
same "a thread that never waits: status" 1 "$status"
contains "a thread that never waits" "(computes) cannot be borrowed for a call without risk now: running" "$err"
run -p "$pid" heap threads off nobody
contains "no such thread" "the process has no thread 'nobody'" "$err"
run -p "$pid" heap threads name allocator-1 $'caf\xc3\xa9'
contains "a name" "printable ASCII" "$err"
run -p "$pid" heap threads on
same "no thread: status" 2 "$status"
run -p "$pid" heap threads wake
contains "no such action" "'wake' is nothing that heap threads can do" "$err"
run -p "$pid" -e 'set calls own' -e 'heap threads'
contains "not on a thread of the program" "which the setting 'calls' forbids" "$err"

# The rate: threads that are not told of a new one go by the old one first.
succeed -p "$pid" heap rate 13 --discard
if [ "$loses" ]; then
	contains "with a borrowing of each" "were set going again" "$err"
elif [ "$keeps" ]; then
	contains "later" "drew at the old rate" "$err"
else
	lacks "at once" "old rate|set going" "$err"
fi
same "traces" "" "$(traces "$pid")"

# Without the profiler only what needs none is asked: a jemalloc up to 5.2.1 ends the process at the
# end of a thread that was asked more.
start_allocators prof:false
list
same "what it has allocated is known" "true true true" "$(of_allocators '.allocated < 1000000')"
same "not asked" "null null null" "$(of_allocators '"\(.active)"')"
run -p "$pid" heap threads off allocator-1
contains "not switched on" "was not switched on when the process started" "$err"
order end ended
same "the process" S "$(state_of "$pid")"
finish
