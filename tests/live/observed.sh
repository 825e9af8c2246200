# Every system call that limpet has a process make, as the kernel's trace events show it: these, and no
# others. strace cannot look on, as a thread has one tracer at most.
here=$(dirname "$(realpath "$0")")
. "$here/lib.sh"
needs setpriv strace
numbers=/usr/include/x86_64-linux-gnu/asm/unistd_64.h
[ -r $numbers ] || cannot "there is no $numbers"
tracing=/sys/kernel/tracing
[ -d $tracing/instances ] || mount -t tracefs nodev $tracing 2>/dev/null
instance=$tracing/instances/limpet-$$
mkdir "$instance" 2>/dev/null || cannot "the kernel's trace events are not to be had"
trap 'rmdir "$instance"; clean_up' EXIT

# observe COMMAND...: what the threads of $pid, and those that they make, do meanwhile; to the file calls.
observe() {
	echo 0 >"$instance/tracing_on"
	echo >"$instance/trace"
	ls "/proc/$pid/task" >"$instance/set_event_pid"
	echo 1 >"$instance/options/event-fork"
	echo 1 >"$instance/events/raw_syscalls/enable"
	echo 1 >"$instance/tracing_on"
	"$@"
	await "limpet to have left" has_no_traces "$pid"
	echo 0 >"$instance/tracing_on"
	awk -v names=$numbers -f "$here/observe.awk" "$instance/trace" >calls
}

# made NAME [N]: the names of the calls of the N-th thread of that name in a row, and those in which
# limpet's thread waits for orders as "waits".
made() {
	local thread
	thread=$(sed -n "s/^\($1-[0-9]*\) .*/\1/p" calls | awk '!seen[$0]++' | sed -n "${2-1}p")
	[ -z "$thread" ] || sed -n "s/^$thread \([a-z0-9_]*\)(.*/\1/p" calls |
		sed -z -E 's/((clock_gettime|nanosleep)\n)*(clock_gettime\nnanosleep|nanosleep\nclock_gettime)\n((clock_gettime|nanosleep)\n)*/waits\n/g' |
		tr '\n' ' ' | sed 's/ $//'
}

# Each step of a chain is entered by the end of a signal frame; the last one goes back.
returns=rt_sigreturn
maps="$returns mmap $returns process_vm_writev $returns process_vm_writev $returns mprotect \
$returns process_vm_readv $returns"
starts='mprotect prctl rt_sigprocmask clone3 rt_sigprocmask rt_sigpending'

start_victim heir
observe succeed -q -p "$pid" -e 'set calls own' -e 'ctl version'
# It was stopped in read(2) twice, for a look and to be sent off, and may have entered it in between.
matches "the borrowed thread" "^(read )?$maps $starts $returns clock_gettime $returns $returns read\$" "$(made heir)"
same "the other threads" "" "$(made waiter)"
matches "limpet's own thread" \
	'^(set_robust_list rseq|rseq set_robust_list) rt_sigprocmask prctl gettid (waits )?(mmap )?waits getpid clone rt_sigprocmask (madvise )?exit$' \
	"$(made limpet)"
matches "what takes its memory away" '^tgkill (nanosleep tgkill )*munmap exit$' "$(made limpet 2)"
same "others" "" "$(made limpet 3)"

observe succeed -q -p "$pid" -e 'set calls borrowed' -e 'ctl version'
matches "the borrowed thread" "^(read )?$returns gettid ($returns )+clock_gettime ($returns )+read\$" "$(made heir)"
same "others" heir "$(sed 's/-.*//' calls | sort -u)"

# limpet's side: one thread is traced, twice, and its registers are set once.
observe env ASAN_OPTIONS=detect_leaks=0 strace -qq -f -e trace=ptrace -o requests \
	"$limpet" -q -p "$pid" -e 'set calls own' -e 'ctl version' >"$folder/.out"
matches "under strace" '^version = ' "$(cat "$folder/.out")"
same "requests" "SEIZE INTERRUPT GETREGSET GETREGSET GETSIGMASK DETACH \
SEIZE INTERRUPT GETREGSET GETSIGMASK GETREGSET SETREGSET SYSCALL DETACH" \
	"$(sed -n 's/.* ptrace(PTRACE_\([A-Z]*\).*/\1/p' requests | tr '\n' ' ' | sed 's/ $//')"
same "threads" 1 "$(sed -n 's/.* ptrace(PTRACE_[A-Z]*, \([0-9]*\).*/\1/p' requests | sort -u | wc -l)"

# What sleeps is left alone, and what runs does not notice.
observe succeed -q -p "$pid" cpu -d 0.2 -r 1000
same "a sampled process that sleeps" "" "$(cat calls)"
start_victim split
observe succeed -q -p "$pid" cpu -d 0.5 -r 1000
same "a sampled process that runs" "" "$(cat calls)"
finish
