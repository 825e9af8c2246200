# What scripts/collectors has for other programs is what these take.
. "$(dirname "$0")/lib.sh"
collectors=$push_tests/../../scripts/collectors

# systemd: the unit with the program where it is here.
if command -v systemd-analyze >/dev/null; then
	sed "s|^ExecStart=/usr/bin/limpet|ExecStart=$limpet|" \
		"$collectors/limpet-serve.service" >limpet-serve.service
	same "what systemd says of the unit" "" \
		"$(systemd-analyze verify --man=no ./limpet-serve.service 2>&1 | grep limpet-serve)"
	exposure=$(systemd-analyze security --offline=true ./limpet-serve.service 2>/dev/null |
		sed -n 's/.*exposure level[^:]*: \([0-9]*\)[.].*/\1/p')
	[ "${exposure:-9}" -le 4 ] || fail "the unit is exposed: $exposure"
	calls() { systemd-analyze syscall-filter "$1" 2>/dev/null | tr -d ' '; }
	for call in ptrace process_vm_readv; do
		calls @debug | grep -qx $call || calls @ipc | grep -qx $call ||
			fail "systemd's filters lack $call"
	done
else
	echo "skipped: there is no systemd-analyze"
fi

# Prometheus's and Parca's files are YAML; a promtool says more.
if command -v promtool >/dev/null; then
	promtool check config "$collectors/prometheus.yml" >promtool.out 2>&1 ||
		fail "promtool minds" "$(cat promtool.out)"
fi

[ "$failures" -eq 0 ] || finish # the rest may be skipped
# Parca starts with its file, and knows the target.
. "$push_tests/parca_lib.sh"
start_parca "$collectors/parca.yaml"
targets() { curl -sf "$parca_url/api/targets" >targets.json && grep -q 6060 targets.json; }
await "Parca to know what it shall scrape" targets
same "the paths that it asks for" \
	"http://127.0.0.1:6060/debug/pprof/heap http://127.0.0.1:6060/debug/pprof/profile?seconds=10" \
	"$(jq -r '.. | .url? // empty' targets.json | sort | paste -sd ' ')"

finish
