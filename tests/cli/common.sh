# Sourced by the tests of the program as a whole: $1 is the program, $2 the tests' data.
set -u
limpet=$1
data=$2
folder=$(mktemp -d)
clean_up() { rm -rf "$folder"; }
trap clean_up EXIT
cd "$folder" || exit 1
exec </dev/null
export HOME=$folder/home XDG_STATE_HOME=$folder/state LC_ALL=C TERM=xterm
unset NO_COLOR
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

finish() {
	[ "$failures" -eq 0 ] || echo "$failures failed"
	[ "$failures" -eq 0 ]
	exit
}
