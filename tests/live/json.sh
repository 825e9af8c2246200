# With --json every command prints one object about a process, which the published schema takes.
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib.sh"
. "$here/../cli/json_cases.sh"
schema=$here/../../proto/limpet.schema.json
needs jq setpriv
/usr/bin/python3 -c 'import jsonschema' 2>/dev/null || skip "there is no python3-jsonschema"

valid() {
	local problems
	problems=$(/usr/bin/python3 "$here/../cli/validate.py" "$schema" <"$1" 2>&1) || fail "schema: $1" "$problems"
}

# kept_its_word COMMAND: whether it failed is what its object says.
kept_its_word() {
	same "lines of: $1" 1 "$(wc -l <"$folder/.out")"
	same "name in: $1" "${1%% *}" "$(jq -r .command "$folder/.out")"
	same "an error in: $1 ($err)" "$([ "$status" -eq 0 ] && echo false || echo true)" "$(jq 'has("error")' "$folder/.out")"
	cat "$folder/.out" >>objects
}

start_redis
load_redis 100000000
for command in $("$limpet" help --json | jq -r '.commands[].name'); do
	if [ -z "${with_process[$command]+set}" ]; then
		[ -n "${without_process[$command]+set}" ] || fail "$command has no case in json_cases.sh"
		continue
	fi
	while read -r line; do
		line=${line//self/$pid}
		read -ra words <<<"$line"
		run -q -p "$pid" "$command" --json "${words[@]}"
		kept_its_word "$command${line:+ $line}"
	done <<<"${with_process[$command]}"
done
# A live view prints an object a second, and one at its end: by a number, Ctrl-C, or that of the process.
succeed -q -p "$pid" live --json -n 2
same "a live view" '1 2 null null null 2' "$(jq -r '.refresh, .refreshes' <<<"$out" | paste -sd ' ' | awk '{ print $1, $3, $5, $2, $4, $6 }')"
same "what it kept" 1 "$(tail -n 1 <<<"$out" | jq .profile)"
same "functions are seen" true "$(sed -n 2p <<<"$out" | jq '.functions | length > 0')"
cat "$folder/.out" >>objects
background "$limpet" -q -p "$pid" live --json
await "a picture" has_more_lines 0
kill -INT "$process"
wait "$process"
same "status of an interrupted view" 0 $?
same "the last object" true "$(tail -n 1 "$output" | jq 'has("refreshes")')"
cat "$output" >>objects
valid objects
for command in cpu stacks info threads doctor; do
	same "$command is right" false \
		"$(jq -s --arg command $command 'map(select(.command == $command)) | .[0] | has("error")' objects)"
done
for action in status on off rate gdump reset dump record growth purge threads; do
	same "heap $action is right" true \
		"$(jq -s --arg action $action 'any(.[]; .action == $action and (has("error") | not))' objects)"
done

# A process without jemalloc, and one that ends during a capture: what there was, and the error.
end "$load" "$pid"
start_victim deep
for command in heap 'ctl version' stats doctor; do
	read -ra words <<<"$command"
	run -q -p "$pid" "${words[@]}" --json
	kept_its_word "$command"
done
start_victim split
background "$limpet" -q --json -p "$pid" -k -e 'cpu -d 60 > capture' -e info
await "samples" has_sampled "$process"
end "$pid"
wait "$process"
same "an error of a capture" gone "$(jq -r .error.kind capture)"
same "what there was" true "$(jq 'has("table") and .ended' capture)"
cat capture >>objects
valid objects
finish
