# Sourced by the tests of `serve`, after lib.sh.
needs curl jq
# What limpet leaves in it would be seen.
export TMPDIR=$folder/temporary
mkdir "$TMPDIR"

# serve ARGUMENT...: of the processes that these choose.
serve() {
	serve_as "$@" serve -l 127.0.0.1:0
}

# serve_as WORD...: limpet with these in the background, on a port; sets limpet_process, url and log.
serve_as() {
	background "$limpet" "$@"
	limpet_process=$process log=$messages
	await "limpet to serve" is_serving
	url=$(sed -En 's|.*serving .* at (http://[0-9.:]*)/.*|\1|p' "$log" | head -n 1)
}

is_serving() {
	grep -q ' serving ' "$log" || is_gone "$limpet_process"
}

# get PATH [CURL OPTION]...: sets status, out (the body) and headers.
get() {
	local path=$1
	shift
	status=$(curl -sS --max-time 60 -o "$folder/.body" -D "$folder/.headers" -w '%{http_code}' "$@" "$url$path")
	out=$(tr -d '\0' <"$folder/.body")
	headers=$(tr -d '\r' <"$folder/.headers")
}

# fetch PATH FILE: which there must be.
fetch() {
	get "$1"
	same "status of $1 ($(head -c 200 "$folder/.body" | tr -d '\0'))" 200 "$status"
	mv "$folder/.body" "$2"
}

# figure NAME: of the metrics as they are now.
figure() {
	curl -sS "$url/metrics" | sed -n "s/^$1 //p"
}

# failed_captures: those of the metrics that came to nothing.
failed_captures() {
	curl -sS "$url/metrics" | grep '^limpet_captures_total' | grep -Ev 'outcome="complete"|} 0$'
}

log_has() {
	grep -Eq -- "$1" "$log"
}

# end_serve: as Ctrl-C does; nothing is left.
end_serve() {
	kill -INT "$limpet_process"
	wait "$limpet_process"
	status=$? # before it is that of tail
	same "exit status of serve ($(tail -n 3 "$log"))" 0 "$status"
	same "temporary files" "" "$(ls "$TMPDIR")"
}

# duration FILE: of a profile, in ms.
duration() {
	"$limpet" -q load --json "$1" | jq '.duration_ns / 1000000 | floor'
}
