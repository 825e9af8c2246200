# A call that takes long, and whose limpet is killed or gives up waiting: it ends by itself, and until then
# no other call gets in its way.
. "$(dirname "$0")/lib.sh"
needs setpriv tmux

# The dump waits until somebody reads the FIFO.
mkfifo dump

# is_dumping: a thread of the process waits to open the FIFO.
is_dumping() {
	cat "/proc/$pid"/task/*/syscall 2>/dev/null | grep -Eq '^(2|85|257) ' # open, creat, openat
}

terminal() { tmux -f /dev/null -S "$folder/socket" "$@"; }
clean_terminal() {
	terminal kill-server 2>/dev/null
	clean_up
}
trap clean_terminal EXIT

# type LINE: to the shell.
type_line() {
	terminal send-keys -t test -- "$1" Enter
}

shows() {
	terminal capture-pane -p -S - -t test | grep -q -- "$1"
}

is_back() {
	! is_dumping
}

read_dump() {
	timeout 60 cat dump >dumped
	contains "the dump" "heap_v2/" "$(head -n 1 dumped)"
}

start env LD_PRELOAD=libjemalloc.so.2 MALLOC_CONF="$profiled" "$victims/heir"
heir=$pid heir_output=$output heir_input=$input

printf '%s\n' 'set calls borrowed' 'ctl prof.dump dump' >script
background "$limpet" -q -p "$pid" -x script
await "the dump to wait" is_dumping
kill -KILL "$process"
run -p "$pid" -e 'set calls borrowed' -e 'ctl version'
same "a call beside it: status" 3 "$status"
contains "a call beside it" "a thread of process $pid is still in a call that was not waited for" "$err"
read_dump
await "the thread to be back" is_back
succeed -p "$pid" -e 'set calls borrowed' -e 'ctl version'
matches "a call after it" '^version = ' "$out"
same "traces" "" "$(traces "$pid")"

# A fault, whose handler leaves the call.
start env LD_PRELOAD=libjemalloc.so.2 MALLOC_CONF="$profiled" "$victims/jumper"
jumper_output=$output
background "$limpet" -q -p "$pid" -x script
await "the dump to wait" is_dumping
kill -BUS "$pid"
wait "$process"
same "a call that was left: status" 3 $?
contains "a call that was left" "thread $pid (jumper) left the call before its end" "$(cat "$messages")"
succeed -p "$pid" -e 'set calls borrowed' -e 'ctl version'
matches "a call after it" '^version = ' "$out"
same "traces" "" "$(traces "$pid")"
same "the program's own system calls" ready "$(cat "$jumper_output")"
pid=$heir output=$heir_output input=$heir_input

# Ctrl-C gives up waiting; the shell goes on.
terminal new-session -d -s test -x 150 -y 50 "'$limpet' -p $pid"
await "a prompt" shows '(limpet [0-9]'
# dump_is_left WAY MESSAGE
dump_is_left() {
	type_line "set calls $1"
	type_line 'ctl prof.dump dump'
	await "the dump to wait" is_dumping
	terminal send-keys -t test C-c
	await "limpet to give up waiting" shows "$2"
}
dump_is_left borrowed 'did not wait for the call on thread'
type_line 'ctl version'
await "the refusal" shows "thread of process $pid is still in a call that was not waited for"
read_dump
await "the thread to be back" is_back
type_line 'ctl version'
await "the answer" shows '^version = '

dump_is_left own "did not wait for the call on limpet's own thread"
type_line 'ctl version'
await "the refusal" shows "limpet's own thread [0-9]* is still in a call that was not waited for"
terminal kill-server
read_dump
await "limpet's thread to leave" has_no_traces "$pid"
matches "the process lives" '^file [0-9]+$' "$(ask file)"
finish
