# Sourced by the tests of the program as a whole: $1 is the program, $2 the tests' data.
set -u
limpet=$1
data=$2
folder=$(mktemp -d)
clean_up() { rm -rf "$folder"; }
trap clean_up EXIT
cd "$folder" || exit 1
exec </dev/null
export HOME=$folder/home XDG_STATE_HOME=$folder/state XDG_CACHE_HOME=$folder/cache LC_ALL=C TERM=xterm
unset NO_COLOR DEBUGINFOD_URLS XDG_CONFIG_HOME PAGER LESS ${!LIMPET_@}
failures=0

fail() {
	failures=$((failures + 1))
	printf 'FAILED: %s\n' "$1"
	shift
	[ $# -eq 0 ] || printf '  %s\n' "$@"
}

# same WHAT EXPECTED GOT
same() {
	[ "$2" = "$3" ] || fail "$1" "expected: $2" "got:      $3"
}

# contains WHAT PART TEXT
contains() {
	case $3 in
	*"$2"*) ;;
	*) fail "$1" "not found: $2" "in:        $3" ;;
	esac
}

# write_dump FILE: of two stacks in /missing/server.
write_dump() {
	cat >"$1" <<'DUMP'
heap_v2/524288
  t*: 3: 3145728 [0: 0]
  t0: 3: 3145728 [0: 0]
@ 0x555555555139 0x555555555200
  t*: 1: 1048576 [0: 0]
  t0: 1: 1048576 [0: 0]
@ 0x555555555140 0x555555555200
  t*: 2: 2097152 [0: 0]
  t0: 2: 2097152 [0: 0]

MAPPED_LIBRARIES:
555555554000-555555555000 r--p 00000000 08:01 100 /missing/server
555555555000-555555556000 r-xp 00001000 08:01 100 /missing/server
DUMP
}

# expect STATUS STDOUT STDERR COMMAND...
expect() {
	local expected_status=$1 expected_out=$2 expected_err=$3 status
	shift 3
	"$@" >"$folder/.out" 2>"$folder/.err"
	status=$?
	same "exit status of: $*" "$expected_status" "$status"
	same "output of: $*" "$expected_out" "$(cat "$folder/.out")"
	same "messages of: $*" "$expected_err" "$(cat "$folder/.err")"
}

# on_terminal: what follows has a terminal (tmux.sh), or is skipped.
on_terminal() {
	if ! command -v tmux >/dev/null; then
		[ "${CI:-}" = true ] && fail "tmux is missing" && finish
		echo "skipped: tmux is missing"
		exit 0
	fi
	. "$(dirname "${BASH_SOURCE[0]}")/tmux.sh"
	with_history=true
	clean_up() {
		end_terminal
		rm -rf "$folder"
	}
}

finish() {
	[ "$failures" -eq 0 ] || echo "$failures failed"
	[ "$failures" -eq 0 ]
	exit
}
