# With --json every command prints one object, which the published schema takes, whatever comes of it.
here=$(cd "$(dirname "$0")" && pwd)
. "$here/common.sh"
. "$here/json_cases.sh"
schema=$here/../../proto/limpet.schema.json
if ! /usr/bin/python3 -c 'import jsonschema' 2>/dev/null; then
	[ "${CI:-}" != true ] || fail "python3-jsonschema is missing"
	echo "skipped: python3-jsonschema is missing"
	finish
fi

# one_object WHAT FILE: adds it to the file objects.
one_object() {
	same "lines of: $1" 1 "$(wc -l <"$2")"
	cat "$2" >>objects
}

valid() {
	local problems
	problems=$(/usr/bin/python3 "$here/validate.py" "$schema" <objects 2>&1) || fail "schema: $1" "$problems"
	: >objects
}

write_dump d.heap
"$limpet" -q -e 'load d.heap' -e 'save cpu.pb.gz' || fail "no profile"
echo 'show rate' >script
"$limpet" help --json >table.json
one_object help table.json
valid "the table"
same "commands" "$("$limpet" help | sed -n '/^Topics/q; s/^  \([a-z]*\) .*/\1/p' | sort)" \
	"$(jq -r '.commands[].name' table.json | sort)"
same "all have --json" true "$(jq '[.commands[] | any(.options[]; .name == "json")] | all' table.json)"

# By the option of a command, with the text of its error on stderr all the same. What the objects
# are to say is asked of all at once.
: >cases
for command in $(jq -r '.commands[].name' table.json); do
	if [ -z "${without_process[$command]+set}" ]; then
		fail "$command has no case in json_cases.sh"
		continue
	fi
	while read -r line; do
		read -ra words <<<"$line"
		"$limpet" "$command" --json "${words[@]}" >out 2>err
		status=$?
		tail -n 1 out >last
		[ "$command" = source ] || cp out last
		one_object "$command $line" last
		message=false
		[ ! -s err ] || message=true
		printf '{"case":"%s %s","command":"%s","status":%d,"message":%s,"object":%s}\n' \
			"$command" "$line" "$command" "$status" "$message" "$(cat last)" >>cases
	done <<<"${without_process[$command]}"
done
same "cases whose object has another name" "" "$(jq -r 'select(.object.command != .command).case' cases)"
same "cases whose object does not say whether they failed" "" \
	"$(jq -r 'select((.object | has("error")) != (.status != 0) and .command != "doctor").case' cases)"
same "errors without a message" "" "$(jq -r 'select(.status != 0 and (.message | not)).case' cases)"
valid "commands without a process"

# By the setting, and by limpet's own option; a script prints an object for each command.
"$limpet" -q --json -k -e 'load d.heap' -e 'top' -e 'nope' -e 'top --bogus' -e 'show rate > f' \
	-e 'json=off' -e 'show rate' >out 2>err
same "status" 3 $?
same "of all" '"load" "top" null null "set"' "$(head -n 5 out | jq -c .command | tr '\n' ' ' | sed 's/ $//')"
same "off again" 99 "$(tail -n 1 out)"
same "where the data goes" '"show"' "$(jq -c .command f)"
same "position" '"-e:3"' "$(sed -n 3p out | jq -c .error.position)"
head -n 5 out >objects
valid "a script"
"$limpet" -q -e 'source --json script' >out
same "a script's commands, and itself" '"show" "source"' "$(jq -c .command out | tr '\n' ' ' | sed 's/ $//')"
printf 'nope\n' >failing
"$limpet" -q -e 'source --json failing' >out 2>/dev/null
same "of a failing script" '[null,"failing:1"] ["source","failing:1"]' \
	"$(jq -c '[.command, .error.position]' out | tr '\n' ' ' | sed 's/ $//')"
same "nothing of the other's" null "$(head -n 1 out | jq .file)"
cp out objects
valid "a failing script"

# Lines of one word that are no command are assignments.
"$limpet" -q --json -e cum -e : -e compact_labels >out
cp out objects
valid "words of pprof"
same "words of pprof" '["sort"] ["focus","ignore","hide","tagfocus","tagignore"] []' \
	"$(jq -c '[.settings[].name]' out | xargs -d '\n')"

# Before there is a command.
for words in '-p 999999999 info --json' '--json -p 999999999' '--json --bogus' '--json nope' '--json -n "" info'; do
	eval "\"$limpet\" $words" >out 2>err
	one_object "limpet $words" out
	same "command of: $words" null "$(jq .command out)"
done
valid "refusals"

# Names are any bytes.
printf 'a\377;b\tc 5\n' >odd.folded
"$limpet" top odd.folded --json >out
one_object top out
contains "no UTF-8" $'a\xef\xbf\xbd' "$(jq -r '.table.rows[].function' out)"
valid "odd names"

# The reports have what their text has, in its order.
edge='if .inlined then .function + " (inline)" else .function end'
for profile in "$data"/profiles/*.pb.gz d.heap; do
	"$limpet" -q tree -n 0 "$profile" | sed -n 's/^.* | \(  \)\?\(.*\)$/\2/p' >expected
	"$limpet" -q tree -n 0 "$profile" --json >out
	one_object "tree $profile" out
	[ "$(wc -l <expected)" -gt 5 ] || fail "tree $profile" "$(cat expected)"
	same "tree $profile" "$(cat expected)" \
		"$(jq -r ".table.rows[] | (.callers[] | $edge), .function, (.callees[] | $edge)" out)"
	"$limpet" -q traces "$profile" | sed -n 's/^.\{10\}   //p' >expected
	"$limpet" -q traces "$profile" --json >out
	one_object "traces $profile" out
	same "traces $profile" "$(cat expected)" "$(jq -r ".traces.samples[].stack[] | $edge" out)"
	same "total of $profile" "$(jq '.traces.total' out)" "$(jq '[.traces.samples[].value] | add' out)"
	"$limpet" -q list . "$profile" | sed -n '/^ *\. *\. /d; s/^ *[^ ]* *[^ ]* *\([0-9][0-9]*\):.*/\1/p' >expected
	"$limpet" -q list "$profile" . --json >out
	one_object "list $profile" out
	jq -r '.listing.functions[].lines[].line' out | sort >lines
	[ -s lines ] || fail "list $profile"
	same "list $profile" "" "$(sort expected | comm -23 - lines)"
done
"$limpet" -q peek "$data"/profiles/c_cpu.pb.gz main --json >out
one_object peek out
same "peek" true "$(jq '[.table.rows[].function | test("main")] | length > 0 and all' out)"
valid "reports"

# A wrong object is refused.
for wrong in '{"command":"sleep","duration_ns":"1"}' '{"command":"show"}' '{"command":"quit","more":1}' '{}' \
	'{"command":"info","error":{"kind":"odd","message":"","hint":null,"position":null}}' '{"command":null}'; do
	! /usr/bin/python3 "$here/validate.py" "$schema" <<<"$wrong" >/dev/null || fail "taken: $wrong"
done

finish
