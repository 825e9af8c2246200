# serve --push goes on for days: that many profiles, but shorter ones. Memory stays as it is, in each of limpet's
# processes, and so does the number of its descriptors and files. PUSH_DAYS_PROFILES=3000 makes it long.
profiles=${PUSH_DAYS_PROFILES-100}
. "$(dirname "$0")/lib.sh"
start_pyroscope
taken_log=$log push_url=pyroscope+$url
. "$(dirname "$0")/../live/serve_lib.sh"
# What AddressSanitizer keeps of what is freed is not to be taken for growth.
export ASAN_OPTIONS=quarantine_size_mb=1${ASAN_OPTIONS+:$ASAN_OPTIONS}
growth=2048 # KiB
warm=40     # profiles until all that is made once is there

has_taken() {
	[ "$(wc -l <"$taken_log")" -ge "$1" ]
}

# parts: those processes of limpet that stay, with their names.
parts() {
	local part
	for part in "$limpet_process" $(children "$limpet_process"); do
		echo "$part $(cat "/proc/$part/comm")"
	done
}

# sizes: of each part, KiB resident and descriptors.
sizes() {
	local part
	parts | while read -r part _; do
		echo "$(awk '/^VmRSS/ { print $2 }' "/proc/$part/status") $(find "/proc/$part/fd" -mindepth 1 2>/dev/null | wc -l)"
	done
}

files() {
	find "$TMPDIR" -type f | wc -l
}

start env MALLOC_CONF="$profiled" "$victims/service"
served=$pid
serve_as -p "$served" serve -l 127.0.0.1:0 --push "$push_url" --every 0.05 --heap-every 1
get /debug/pprof/heap/activate -X POST
same "activated ($out)" 200 "$status"
await "the first $warm profiles" has_taken $warm
before_parts=$(parts) before=$(sizes)
same "limpet's processes" 4 "$(wc -l <<<"$before_parts")"
most=0
for ((taken = warm; taken < warm + profiles; taken += 10)); do
	await "$taken profiles" has_taken "$taken"
	now=$(files)
	[ "$now" -le "$most" ] || most=$now
done
await "all profiles" has_taken $((warm + profiles))
after=$(sizes)
same "the processes are the same" "$before_parts" "$(parts)"
paste -d ' ' <(echo "$before_parts") <(echo "$before") <(echo "$after") >compared
while read -r part name kib descriptors kib_after descriptors_after; do
	echo "$name: $kib -> $kib_after KiB, $descriptors -> $descriptors_after descriptors"
	between "$name $part: KiB resident, $kib before" 1 $((kib + growth)) "$kib_after"
	between "$name $part: descriptors" 1 $((descriptors + 6)) "$descriptors_after"
done <compared
between "files that wait" 0 8 "$most"
lacks "what went wrong" 'push:|sampling:|heap:' "$(cat "$log")"
same "kinds" "memory process_cpu" "$(jq -r '.labels.__name__? // "refused"' "$taken_log" | sort -u | paste -sd ' ')"
end_serve
is_let_go "$served"
finish
