# Programs that use musl: one file is the C library and the loader, without unwind tables. Or it is linked
# into the program, as far as that uses it.
sources=$(cd "$(dirname "$0")/../victims" && pwd)
. "$(dirname "$0")/lib.sh"
needs musl-gcc setpriv nm objcopy strip xz

chmod 755 "$folder" # for nobody, who may be the one to load the library
build() {
	musl-gcc -O2 -g -D_GNU_SOURCE -fno-optimize-sibling-calls -Wl,--eh-frame-hdr "$@" ||
		give_up "musl-gcc does not build a program"
}
build -rdynamic -o musl "$sources"/{musl,musl_mallctl,victim}.c
build -DCONSTRUCTOR -shared -fPIC -o loaded.so "$sources/musl.c"

# start_waits WAIT...: sets pid and before, what it maps and its threads.
start_waits() {
	start ./musl ./loaded.so "$@"
	await "the constructor" waits_in_read
	before=$(state_now)
}

waits_in_read() {
	[[ $(cat "/proc/$pid/syscall" 2>/dev/null) == 0\ * ]]
}

state_now() {
	awk '{ print $1, $2, $6 }' "/proc/$pid/maps"
	ls "/proc/$pid/task"
}

is_as_before() {
	[ "$before" = "$(state_now)" ]
}

# check_calls WAIT: on limpet's own thread, which that one starts.
check_calls() {
	succeed -p "$pid" -e 'ctl stats.allocated' -e 'ctl stats.allocated' -e info
	same "$1: values of limpet's own thread" "stats.allocated = 1002
stats.allocated = 1004" "$(grep '^stats' <<<"$out")"
	matches "$1: the thread that was borrowed" "^started      on thread [0-9]+ \\($1\\): " "$out"
	same "$1: nothing stays in it" "$before" "$(state_now)"
}

for wait in condition semaphore barrier poll pause; do
	start_waits "$wait"
	check_calls "$wait"
	end "$pid"
done

start_waits lock handler
run -p "$pid" ctl stats.allocated
same "no thread: status" 1 "$status"
matches "a lock" '^    thread [0-9]+ \(lock\): waiting for a lock$' "$err"
matches "a signal handler" '^    thread [0-9]+ \(handler\): in a signal handler$' "$err"
matches "a constructor" '^    thread [0-9]+ \(musl\): in the dynamic loader$' "$err"
same "no thread: nothing stays in it" "$before" "$(state_now)"
end "$pid"

# The program has neither wmemcpy() nor pthread_attr_setstack(), but as much code as others.
build -static -Wl,-u,getaddrinfo,-u,regcomp,-u,glob -o static "$sources"/{musl,musl_mallctl,victim}.c
lacks "a program that is linked statically" ' (wmemcpy|pthread_attr_setstack)$' "$(nm static)"
start_static() {
	start ./static - "$@"
	await "the first thread" waits_in_read
	before=$(state_now)
}

for wait in condition poll; do
	start_static "$wait"
	check_calls "$wait"
	succeed -p "$pid" -e 'set calls borrowed' -e 'ctl stats.allocated' -e 'ctl stats.allocated'
	same "$wait: values of the thread" "stats.allocated = 1002
stats.allocated = 1004" "$(grep '^stats' <<<"$out")"
	end "$pid"
done
strip -g -o symbols static
xz symbols
strip static
objcopy --add-section .gnu_debugdata=symbols.xz static
start_static condition
check_calls condition
end "$pid"
start_static lock
succeed -p "$pid" doctor --all
matches "linked statically: a lock" '^ +[0-9]+ lock: waiting for a lock$' "$out"
end "$pid"

# The frames of qsort() have no names, but stacks lead through them, to the start of the thread. Where
# it jumps to compare() through a register, nothing tells that from a table of cases: only there it ends.
start_waits sort
succeed -p "$pid" cpu -d 0.5 -r 200 -o sort.folded
matches "sort: stacks" '(^|;)run_named;sort;qsort_r[; ]' "$(cat sort.folded)"
lacks "sort: stacks that end early" '^\[truncated[^;]*;[^;]*;' "$(cat sort.folded)"
end "$pid"

# All threads take part in setresuid(), limpet's own as well.
has_changed() {
	local count
	count=$(grep -c '^change' "$victim_output")
	[ "$count" -ge "$1" ]
}
start_waits user condition
victim_output=$output
mkfifo lines
exec 3<>lines
background "$limpet" -p "$pid" <lines
limpet_process=$process
echo 'ctl stats.allocated' >&3
await "limpet's thread" grep -q '^stats.allocated = 1002$' "$output"
changes=$(grep -c '^change' "$victim_output")
await "changes of the user" has_changed $((changes + 5))
echo 'info' >&3
await "limpet's thread to be there still" grep -q '^limpet has   thread' "$output"
# Killed, it leaves nothing either.
kill -KILL "$limpet_process"
await "limpet's thread to leave" is_as_before
await "changes afterwards" has_changed $((changes + 10))
end "$pid"
finish
