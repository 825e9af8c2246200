# Sourced by the tests of pushing: $1 is the program, $2 the tests' data, $3 the victims.
. "$(dirname "${BASH_SOURCE[0]}")/../live/lib.sh"
needs python3 jq
push_tests=$(dirname "${BASH_SOURCE[0]}")
export PYTHONDONTWRITEBYTECODE=1

# start_pyroscope [OPTION...]: $port, $log; pyroscope_is MODE... changes how it behaves.
start_pyroscope() {
	log=$folder/pyroscope.log.${#processes[@]}
	: >"$log"
	start python3 "$push_tests/pyroscope.py" "$log" "$@"
	port=$(sed -n 's/^ready //p' "$output")
	url=http://127.0.0.1:$port
	pyroscope_output=$output pyroscope_input=$input
}

pyroscope_is() {
	local before
	before=$(grep -c ^now "$pyroscope_output")
	echo "$*" >&"$pyroscope_input"
	await "the stand-in to be $*" says_more "$before"
}
says_more() { [ "$(grep -c ^now "$pyroscope_output")" -gt "$1" ]; }
