# The real Parca scrapes `limpet serve` with the file that is ready for it, and takes what `serve --push`
# sends: each way it knows the functions that have the CPU time, and those that hold the heap.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/parca_lib.sh"
. "$(dirname "$0")/../live/serve_lib.sh"
configuration=$push_tests/../../scripts/collectors/parca.yaml

# known LABEL: the functions of the victim, by a label that only one of the two ways has.
known() {
	local function
	await "Parca to know, by $1, what has the CPU time" parca_knows "$parca_cpu{$1}" churn
	for function in hold_small hold_medium hold_large; do
		await "Parca to know, by $1, that $function holds memory" parca_knows "$parca_heap{$1}" $function
	done
}

# 500 MiB that three functions hold, and a thread that does not pause.
start env MALLOC_CONF="$profiled" "$victims/heap500" 1
victim=$pid
succeed -p "$victim" heap on
tell allocate
await "500 MiB" grep -q '^allocated$' "$output"

# Scraped.
serve -p "$victim"
sed -e "s/127\.0\.0\.1:6060/${url#http://}/" -e 's/service_name: my-service/service_name: scraped/' \
	-e 's/scrape_interval: 10s/scrape_interval: 2s/' "$configuration" >parca.yaml
for word in "${url#http://}" 'scrape_interval: 2s' 'service_name: scraped'; do
	contains "the file with what is the test's" "$word" "$(cat parca.yaml)"
done
start_parca parca.yaml

# What Parca says of those that it has scraped; the last error is kept, also when all is well again.
targets() {
	curl -sf "$parca_url/api/targets" | jq -r '.targets[].targets[] |
		select(.lastScrape // "" | . > "2000") | "\(.url) \(.health) \(.lastError)"' | sort
}
are_scraped() { [ "$(targets | wc -l)" -eq 2 ]; }
await "Parca to have scraped both" are_scraped
known 'service_name="scraped"'
same "what Parca says of its targets" "$url/debug/pprof/heap HEALTH_GOOD 
$url/debug/pprof/profile?seconds=2 HEALTH_GOOD " "$(targets)"
same "captures that came to nothing" "" "$(failed_captures)"
end_serve

# Pushed, to the same one. That nobody serves any more is said of the targets.
are_down() { targets | grep -q 'HEALTH_BAD .*refused'; }
await "Parca to miss its target" are_down
serve_as -p "$victim" serve -l 127.0.0.1:0 --push "parca+$parca_url" --every 1 --heap-every 1 --label way=pushed
known 'way="pushed"'
same "the services that it knows" "heap500 scraped" "$(parca_values service_name | sort | paste -sd ' ')"
same "refused" 0 "$(figure 'limpet_pushed_profiles_total{outcome="refused"}')"
same "dropped" 0 "$(figure 'limpet_pushed_profiles_total{outcome="dropped"}')"
end_serve
is_let_go "$victim"
finish
