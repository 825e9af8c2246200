# Sourced by tests that use a real Parca: starts it, and asks it what it knows. Needs live/lib.sh.
needs curl jq python3
parca_tests=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
export PYTHONDONTWRITEBYTECODE=1

parca=$("$parca_tests/../../scripts/lib/parca") ||
	skip "there is no Parca: scripts/lib/parca --build"

answers() { curl -sf -o "$folder/.answer" "$1"; }

# start_parca CONFIGURATION: $parca_url, once it answers. All it keeps is in the test's folder.
start_parca() {
	local tries
	for ((tries = 0; tries < 5; tries++)); do
		parca_port=$((20000 + RANDOM % 20000))
		background "$parca" --config-path="$1" --http-address=127.0.0.1:$parca_port \
			--storage-path="$folder/parca-store" --debuginfo-cache-dir="$folder/parca-cache" \
			--debuginfod-upstream-servers= --storage-active-memory=67108864
		parca_process=$process parca_messages=$messages
		parca_url=http://127.0.0.1:$parca_port
		await "Parca to listen, or to end" parca_is_decided
		kill -0 "$parca_process" 2>/dev/null && return
		grep -q 'address already in use' "$parca_messages" || break
	done
	give_up "Parca does not start:" "$(tail -n 5 "$parca_messages")"
}
parca_is_decided() {
	answers "$parca_url/api/profiles/types" || ! kill -0 "$parca_process" 2>/dev/null
}

# functions FILE: of a profile, one a line.
functions() {
	PYTHONPATH=$parca_tests python3 -c '
import sys, pprof
print("\n".join(pprof.Profile(open(sys.argv[1], "rb").read()).function_names()))' "$1"
}

# parca_query SELECTOR: the profile of the last ten minutes, merged, to parca.pb.gz; its functions, one a
# line. A selector is NAME:TYPE:UNIT:PERIOD_TYPE:PERIOD_UNIT[:delta]{LABEL="VALUE"}.
parca_query() {
	local now
	now=$(date +%s)
	curl -sf -G "$parca_url/api/profiles/query" --data-urlencode mode=MODE_MERGE \
		--data-urlencode report_type=REPORT_TYPE_PPROF --data-urlencode "merge.query=$1" \
		--data-urlencode "merge.start=$(date -u -d "@$((now - 600))" +%FT%TZ)" \
		--data-urlencode "merge.end=$(date -u -d "@$((now + 60))" +%FT%TZ)" |
		jq -r '.pprof // empty' | base64 -d >"$folder/parca.pb.gz" || return 1
	[ -s "$folder/parca.pb.gz" ] || return 1
	functions "$folder/parca.pb.gz"
}

# parca_knows SELECTOR FUNCTION: to be awaited: what was written is not always found at once.
parca_knows() { parca_query "$1" 2>"$folder/.err" | grep -qxF "$2"; }

# parca_knows_all SELECTOR FILE: the functions of a file that was sent; [not sampled] may have no samples.
parca_knows_all() {
	parca_query "$1" 2>"$folder/.err" | sort >"$folder/.known"
	[ -z "$(functions "$2" | grep -v '^\[' | sort | comm -23 - "$folder/.known")" ]
}

# parca_values LABEL: one a line.
parca_values() {
	local now
	now=$(date +%s)
	curl -sf -G "$parca_url/api/profiles/labels/$1/values" \
		--data-urlencode "start=$(date -u -d "@$((now - 600))" +%FT%TZ)" \
		--data-urlencode "end=$(date -u -d "@$((now + 60))" +%FT%TZ)" | jq -r '.labelValues[]'
}

parca_cpu=process_cpu:cpu:nanoseconds:cpu:nanoseconds:delta
parca_wall=wall:wall:nanoseconds:wall:nanoseconds:delta
parca_heap=memory:inuse_space:bytes:space:bytes
