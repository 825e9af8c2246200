# The real clients of real servers' profiles get those of Redis under load from `limpet serve`, with its
# functions in each: go tool pprof, google's own, jeprof and curl, which asks for every route that there is.
# What serve.sh compares with limpet's own figures is not asked for again.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/serve_lib.sh"
here=$(cd "$(dirname "$0")" && pwd)
have_pprof || skip "there is no go tool pprof"
export JEPROF_TMPDIR=$folder/jeprof
mkdir "$JEPROF_TMPDIR"
base=/debug/pprof

start_redis
load_redis 100000000
server=$pid
serve -p "$server"
get "$base/heap/activate" -X POST
same "activated" 200 "$status"

# client WHAT PATTERN COMMAND...: succeeds, and prints a line like that.
client() {
	local what=$1 pattern=$2
	shift 2
	"$@" >client.out 2>client.err || fail "$what: $*" "$(cat client.err)"
	matches "$what" "$pattern" "$(head -c 200000 client.out)"
}

# fill NAME: keys that stay, in one call of a script.
fill() {
	redis-cli -p "$port" eval "for i = 1, 20000 do redis.call('set', '$1' .. i, string.rep('x', 500)) end" 0 \
		>/dev/null
}
for part in 1 2 3 4; do
	fill kept$part
done
# filling COMMAND...: while it goes on, keys come.
filling() {
	local round=0 command result
	"$@" &
	command=$!
	until is_gone "$command"; do
		fill "come$((++round))of$BASHPID"
	done
	wait "$command"
	result=$?
	return $result
}

# By an address, as people type it. All that Redis does and holds has its event loop at the root.
of_redis=' aeMain$'
client "go tool pprof: CPU" "$of_redis" go tool pprof -top -cum "$url$base/profile?seconds=1"
client "go tool pprof: heap" "$of_redis" go tool pprof -top -cum "$url$base/heap"
matches "what is in use is shown" '^Type: inuse_space' "$(cat client.out)"
client "go tool pprof: allocations" "$of_redis" go tool pprof -top -cum "$url$base/allocs"
client "go tool pprof: what came meanwhile" "$of_redis" filling go tool pprof -top -cum "$url$base/heap?seconds=1"
if command -v dot >/dev/null; then
	client "go tool pprof: a picture" '>aeMain</text>' go tool pprof -svg "$url$base/heap"
else
	omit "there is no dot for pprof -svg"
fi
client "a difference of two addresses" '^Type: inuse_space' \
	go tool pprof -top -diff_base "$url$base/heap" "$url$base/heap"
google=$(type -P pprof || echo "$(getent passwd "$(id -u)" | cut -d : -f 6)/go/bin/pprof")
if [ -x "$google" ]; then
	client "google's pprof: CPU" "$of_redis" "$google" -top -cum "$url$base/profile?seconds=1"
	client "google's pprof: heap" "$of_redis" "$google" -top -cum "$url$base/heap"
else
	echo "skipped: there is no pprof of google's beside Go's"
fi

# jeprof reads jemalloc's text, and asks for the names.
if command -v jeprof >/dev/null; then
	program=$(readlink "/proc/$server/exe")
	client "jeprof of an address" "$of_redis" jeprof --text --cum "$url/pprof/heap"
	client "jeprof with the program" "$of_redis" jeprof --text --cum "$program" "$url/pprof/heap"
	client "jeprof's stacks" ';aeMain[^;]*;.* [0-9]+$' jeprof --collapsed "$url/pprof/heap"
	jeprof --raw "$program" "$url/pprof/heap" >symbols.raw 2>client.err || fail "jeprof --raw" "$(cat client.err)"
	client "what jeprof keeps" "$of_redis" jeprof --text --cum symbols.raw
else
	omit "there is no jeprof"
fi

# Every route of the table, by curl.

is_pprof() {
	"$limpet" top -n 100000 --cum "$1" >shown.txt 2>shown.err && grep -Eq ' aeMain( \(inline\))?$' shown.txt
}
is_svg() {
	python3 - "$1" <<-'PYTHON'
		import sys, xml.etree.ElementTree as tree
		root = tree.parse(sys.argv[1]).getroot()
		assert root.tag == "{http://www.w3.org/2000/svg}svg", root.tag
		assert any(title.text.startswith("aeMain") for title in root.iter("{http://www.w3.org/2000/svg}title"))
	PYTHON
}
is_html() { head -n 1 "$1" | grep -qx '<!DOCTYPE html>' && grep -q "<small>$server</small>" "$1" && tail -n 1 "$1" | grep -qx '</html>'; }
is_metrics() { python3 "$here/openmetrics.py" <"$1"; }
is_raw_heap() { head -n 1 "$1" | grep -q ^heap_v2/ && "$limpet" -q convert "$1" -o raw.pb.gz && is_pprof raw.pb.gz; }
is_stacks() { grep -q 'aeMain' "$1"; }
is_command_line() { [ "$(tr -d '\0' <"$1")" = "$(tr -d '\0' <"/proc/$server/cmdline")" ]; }
is_symbols() { grep -q '^num_symbols: 1$' "$1"; }
is_done() { grep -Eqx 'the heap profiler is (on|off)' "$1"; }

pprof_type=application/octet-stream
svg_type=image/svg+xml
text_type='text/plain; charset=utf-8'
html_type='text/html; charset=utf-8'
metrics_type='application/openmetrics-text; version=1.0.0; charset=utf-8'
# route PATH QUERY TYPE CHECK [CURL OPTION]...
asked=()
route() {
	local path=$1 query=$2 type=$3 check=$4
	shift 4
	asked+=("$path")
	get "$path$query" "$@"
	same "status of $path$query ($(head -c 200 "$folder/.body" | tr -d '\0'))" 200 "$status"
	same "type of $path$query" "$type" "$(sed -n 's/^Content-Type: //p' <<<"$headers")"
	"$check" "$folder/.body" || fail "what $path$query has" "$(head -c 300 "$folder/.body" | tr -d '\0')"
}

route / '' "$html_type" is_html
route $base/ '' "$html_type" is_html
route /metrics '' "$metrics_type" is_metrics
route $base/profile '?seconds=1' $pprof_type is_pprof
route $base/profile '?seconds=0.3&wall=1&format=svg' $svg_type is_svg
route $base/profile.svg '?seconds=1' $svg_type is_svg
route $base/wall '?seconds=0.3&hz=50' $pprof_type is_pprof
route $base/wall '?seconds=0.3&debug=1' "$text_type" is_stacks
route $base/wall.svg '?seconds=0.3' $svg_type is_svg
route $base/heap '' $pprof_type is_pprof
route $base/heap '?gc=1&format=text' "$text_type" is_stacks
route $base/heap.svg '' $svg_type is_svg
route $base/heap/flamegraph '' $svg_type is_svg
route $base/allocs '' $pprof_type is_pprof
route $base/allocs.svg '' $svg_type is_svg
route $base/allocs/flamegraph '' $svg_type is_svg
route $base/threads '' "$text_type" is_stacks
route $base/cmdline '' "$text_type" is_command_line
route $base/symbol '' "$text_type" is_symbols
route /pprof/profile '?seconds=1' $pprof_type is_pprof
route /pprof/heap '' "$text_type" is_raw_heap
route /pprof/symbol '' "$text_type" is_symbols
route /pprof/cmdline '' "$text_type" is_command_line
for word in heap/deactivate heap/activate heap_deactivate heap_activate; do
	route $base/$word '' "$text_type" is_done -X POST
	same "the profiler after $word" "prof.active = $([[ $word = *deactivate ]] && echo false || echo true)" \
		"$("$limpet" -p "$server" ctl prof.active)"
done
same "routes that there are, but were not asked for" "" "$(
	sed -n 's/.*{\.path = "\([^"]*\)".*/\1/p' "$here/../../src/http/routes.c" | sort -u |
		comm -23 - <(printf '%s\n' "${asked[@]}" | sort -u)
)"
same "captures that came to nothing" "" "$(failed_captures)"
[ ! -e /proc/"$load" ] && fail "the load has ended" "$(tail -c 200 "$load_log")"
end_serve
is_let_go "$server"
finish
