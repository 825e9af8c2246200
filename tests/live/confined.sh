# A process under seccomp: what its filters permit is known before anything is touched.
. "$(dirname "$0")/lib.sh"
needs setpriv
[ "$(id -u)" = 0 ] || cannot "only root may read the filters of a process"
! grep -q '^Seccomp:[[:space:]]*2' /proc/self/status || cannot "the tests run under seccomp themselves"

# confined FILTER: sets pid.
confined() {
	start env LD_PRELOAD=libjemalloc.so.2 MALLOC_CONF="$profiled" "$victims/confined" "$1"
}

check_well() {
	same "$1: check" ok "$(ask check)"
	same "$1: traces" "" "$(traces "$pid")"
	end "$pid"
}

# works FILTER [SETTING]
works() {
	confined "$1"
	succeed -q -p "$pid" ${2+-e "set calls $2"} -e 'ctl prof.active' -e 'heap dump'
	contains "$1" "prof.active = false" "$out"
	check_well "$1"
}

# stays_out FILTER MESSAGE COMMAND...
stays_out() {
	local filter=$1 message=$2
	shift 2
	confined "$filter"
	run -q -p "$pid" "$@"
	same "$filter: status" 1 "$status"
	matches "$filter" "^limpet: thread [0-9]+ $message\$" "$err"
	matches "$filter: hint" '^  profiling the CPU works all the same' "$err"
	check_well "$filter"
}

for way in own borrowed; do
	for filter in none allow-all log strict-args errno; do
		works $filter $way
	done
done
kills='may not make the system call mprotect, which limpet needs: its seccomp filters would kill the process for it'
stays_out kill "$kills" ctl prof.active
stays_out futex "${kills/mprotect/futex}" ctl prof.active
stays_out by-address 'might not be permitted the system call munmap, which limpet needs: .*' ctl prof.active
confined nested
succeed -p "$pid" ctl prof.active
run -p "$pid" heap dump
same "nested: status" 1 "$status"
matches "nested" 'may not make the system call memfd_create, .* would send the thread SIGSYS for it$' "$err"
check_well nested
finish
