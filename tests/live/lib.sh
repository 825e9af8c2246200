# Sourced by the tests against live processes: $1 is the program, $2 the tests' data, $3 the victims.
# What is started here dies with this shell, however that ends.
PATH=$PATH:${HOME-}/.cargo/bin:/usr/local/go/bin
GOCACHE=${GOCACHE-$(go env GOCACHE 2>/dev/null)}
export GOCACHE GOTOOLCHAIN=local GOFLAGS='' GOENV=off
. "$(dirname "${BASH_SOURCE[0]}")/../cli/common.sh"
victims=$3
processes=()
nobody=65534
profiled=prof:true,prof_active:false
export PPROF_TMPDIR=$folder/pprof

clean_up() {
	local process
	for process in "${processes[@]}"; do
		kill -KILL "$process" 2>/dev/null
	done
	wait 2>/dev/null
	rm -rf "$folder"
}
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

give_up() {
	printf 'GAVE UP: %s\n' "$@"
	exit 1
}

# omit WHAT: a part of a test that cannot be made here.
omit() {
	[ "${CI-}" != true ] || give_up "$1, and with CI=true nothing is skipped"
	printf 'skipped: %s\n' "$1"
}

# skip WHY: all of it.
skip() {
	omit "$1"
	exit 77
}

# cannot WHY: what this machine has not, and nobody could install; no failure anywhere.
cannot() {
	printf 'skipped: %s\n' "$1"
	exit 77
}

# needs PROGRAM...
needs() {
	local program
	for program; do
		command -v "$program" >/dev/null || skip "there is no $program"
	done
}

# await WHAT COMMAND...: polls until the command succeeds. One that takes its time is not asked for longer
# than the whole test may last, which then would end without a word.
await() {
	local what=$1 tries end=$((SECONDS + 60))
	shift
	for ((tries = 0; tries < 1500 && SECONDS < end; tries++)); do
		! "$@" || return 0
		sleep 0.02
	done
	give_up "waited in vain for: $what"
}

# background COMMAND...: its output to $output, its messages to $messages, its number in $process.
background() {
	output=$folder/output.${#processes[@]}
	messages=$folder/messages.${#processes[@]}
	: >"$output" >"$messages" # read before the program could make them
	setpriv --pdeathsig KILL "$@" <&0 >"$output" 2>"$messages" &
	process=$!
	processes+=("$process")
}

# start COMMAND...: a program that says "ready" and ends with its stdin; $pid, $output, tell().
start() {
	local pipe=$folder/pipe.${#processes[@]}
	mkfifo "$pipe"
	exec {input}<>"$pipe"
	background "$@" <"$pipe"
	pid=$process
	await "$1 to be ready" grep -q '^ready' "$output"
}

# start_victim NAME [ARGUMENT]...
start_victim() {
	local name=$1
	shift
	start "$victims/$name" "$@"
}

# start_rust NAME [VARIABLE=VALUE]...: one of the Rust programs, if it was built.
start_rust() {
	local name=$1
	shift
	start env "$@" "$victims/$name" until-eof
}

have_rust() {
	[ -x "$victims/rust-profiling-demo" ] && [ -x "$victims/rust-profiling-demo-prefixed" ]
}

# end PROCESS...: kills what was started here.
end() {
	kill -KILL "$@" 2>/dev/null
	wait "$@" 2>/dev/null
}

tell() {
	echo "$1" >&"$input"
}

has_more_lines() {
	[ "$(wc -l <"$output")" -gt "$1" ]
}

# ask COMMAND: the line that the victim answers.
ask() {
	local before
	before=$(wc -l <"$output")
	tell "$1"
	await "an answer to $1" has_more_lines "$before"
	tail -n +$((before + 1)) "$output"
}

# run ARGUMENT...: limpet; sets status, out and err.
run() {
	"$limpet" "$@" >"$folder/.out" 2>"$folder/.err"
	status=$?
	out=$(cat "$folder/.out")
	err=$(cat "$folder/.err")
}

# succeed ARGUMENT...: limpet must; out and err are set.
succeed() {
	run "$@"
	same "exit status of: limpet $* ($err)" 0 "$status"
}

# refuse STATUS MESSAGE HINT ARGUMENT...: limpet says exactly this, and nothing on stdout.
refuse() {
	local expected_status=$1 expected="limpet: $2${3:+
  $3}"
	shift 3
	expect "$expected_status" "" "$expected" "$limpet" "$@"
}

# matches WHAT PATTERN TEXT: a line of the text matches the extended regular expression.
matches() {
	grep -Eq -- "$2" <<<"$3" || fail "$1" "no line matches: $2" "in: $3"
}

# lacks WHAT PATTERN TEXT
lacks() {
	! grep -Eq -- "$2" <<<"$3" || fail "$1" "a line matches: $2" "in: $3"
}

# between WHAT LOWEST HIGHEST GOT
between() {
	[[ $4 =~ ^-?[0-9]+$ ]] && [ "$4" -ge "$2" ] && [ "$4" -le "$3" ] ||
		fail "$1" "expected: from $2 to $3" "got:      $4"
}

# within WHAT PERCENT EXPECTED GOT
within() {
	between "$1 (within $2 %)" $(($3 * (100 - $2) / 100)) $(($3 * (100 + $2) / 100)) "$4"
}

have_pprof() {
	go tool pprof -h 2>&1 | grep -q '^usage:'
}

# pprof OPTION... FILE: what a reader that is not ours makes of a profile.
pprof() {
	go tool pprof -symbolize=none "$@" 2>"$folder/.pprof" ||
		fail "go tool pprof $*" "$(cat "$folder/.pprof")"
}

# pprof_total INDEX FILE [OPTION]...: in nanoseconds or bytes.
pprof_total() {
	local index=$1 file=$2 unit=ns
	shift 2
	case $index in *space) unit=B ;; esac
	pprof -top -nodecount=1 -relative_percentages -unit=$unit -sample_index="$index" "$@" "$file" |
		sed -n "s/^Showing nodes accounting for.* of \([0-9]*\)$unit total.*/\1/p"
}

# column N FUNCTION TABLE: of its line in what pprof -top printed: 1 is flat, 4 is cum; no unit.
column() {
	awk -v column="$1" -v name="$2" 'NF >= 6 {
		text = $6
		for (i = 7; i <= NF; i++)
			text = text " " $i
		sub(/ \(inline\)$/, "", text)
		if (text == name) {
			sub(/[A-Za-z%]+$/, "", $column)
			print $column
			exit
		}
	}' <<<"$3"
}

state_of() {
	sed 's/.*) \(.\).*/\1/' "/proc/$1/stat" 2>/dev/null
}

has_state() {
	[ "$(state_of "$1")" = "$2" ]
}

is_gone() {
	! kill -0 "$1" 2>/dev/null
}

tracer_of() {
	sed -n 's/^TracerPid:[[:space:]]*//p' "/proc/$1/status"
}

# children PID
children() {
	cat "/proc/$1/task/$1/children" 2>/dev/null
}

# has_sampled LIMPET: whether its tracer process has been on a CPU so many times.
has_sampled() {
	local child turns=0
	for child in $(children "$1"); do
		read -r _ _ turns <"/proc/$child/schedstat" 2>/dev/null || turns=0
	done
	[ "${turns:-0}" -gt 20 ]
}

# What limpet has in a process: its mapping (576 KiB with no file, of which a page is executable, and
# which until then is only to be written), its thread, files of its own.
traces() {
	awk '{ split($1, range, "-") } NF == 5 && $2 != "---p" || $6 ~ "^/memfd:limpet" { print range[1], range[2], $2 }' \
		"/proc/$1/maps" | while read -r from to permissions; do
		case $((0x$to - 0x$from)):$permissions in
		$((0x90000)):-w-p | *:r-xp) echo "mapping $from $permissions" ;;
		esac
	done
	grep -lx limpet "/proc/$1"/task/*/comm 2>/dev/null
	readlink "/proc/$1"/fd/* 2>/dev/null | grep "^/memfd:limpet"
}

has_no_traces() {
	[ -z "$(traces "$1")" ]
}

# is_let_go PID: nobody is attached to it, and nothing of limpet is left there.
is_let_go() {
	same "tracer of $1" 0 "$(tracer_of "$1")"
	await "no traces" has_no_traces "$1"
}

redis_answers() {
	[ "$(redis-cli -p "$port" info server 2>/dev/null | tr -d '\r' |
		sed -n 's/^process_id://p')" = "$pid" ] || is_gone "$pid"
}

# start_redis: sets pid, port and output. A port is free if this server gets it.
start_redis() {
	needs redis-server redis-cli redis-benchmark
	for port in $(shuf -i 20000-32000 -n 10); do
		background env MALLOC_CONF="$profiled" redis-server --port "$port" --bind 127.0.0.1 \
			--save '' --appendonly no --dir "$folder"
		pid=$process
		await "Redis to answer" redis_answers
		! is_gone "$pid" || continue
		redis_log=$output
		return
	done
	give_up "Redis does not start" "$(cat "$output")"
}

# load_redis REQUESTS: in the background; sets load and load_log.
load_redis() {
	background redis-benchmark -p "$port" -q -c 20 -d 512 -r 100000 -n "$1" -t set,get
	load=$process
	load_log=$output
}

# sampled FILE: whether folded stacks have more than what no stack was taken of, as on a busy machine.
sampled() {
	grep -Eqsv '^\[(not sampled|threads that ended)\] ' "$1"
}
