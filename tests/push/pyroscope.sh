# What `push` sends is what Pyroscope takes, by both of its ways, of a real process.
. "$(dirname "$0")/lib.sh"

start_victim shares server
server=$pid
start_pyroscope

# field FILTER: of what came last.
field() { tail -n 1 "$log" | jq -r "$1"; }

for kind in pyroscope pyroscope-push; do
	succeed -p "$server" -e 'cpu -d 0.5' -e "push $url --collector $kind --label env=test"
	contains "$kind says what was sent" \
		"sent process_cpu of shares (" "$(tail -n 1 <<<"$out")"
	contains "$kind says the answer" ") to $kind at $url: 200 OK" "$(tail -n 1 <<<"$out")"
	same "$kind: metric" process_cpu "$(field '.labels.__name__')"
	same "$kind: service" shares "$(field '.labels.service_name')"
	same "$kind: label" test "$(field '.labels.env')"
	same "$kind: no deltas" false "$(field '.labels.__delta__')"
	same "$kind: types" samples,cpu "$(field '.types | join(",")')"
	same "$kind: what some reader minds" "" "$(field '.remarks | join(", ")')"
	same "$kind: a function of the process" true "$(field '.functions | index("run_named") != null')"
	succeed -p "$server" -e 'cpu --wall -d 0.3' -e "push $url --collector $kind --service a/b-c"
	same "$kind: wall" wall "$(field '.labels.__name__')"
	same "$kind: another name" a/b-c "$(field '.labels.service_name')"
	same "$kind: samples of wall" true "$(field '.samples > 0')"
done

# The kind is asked from the server, or in the URL; the file's main binary is the service.
has_all() {
	succeed -p "$server" cpu -d 0.3 -o cpu.pb.gz
	succeed top cpu.pb.gz --all
	grep -qw receive <<<"$out" && grep -qw reply <<<"$out"
}
await "samples of both functions" has_all
succeed push "$url" cpu.pb.gz
same "it is /ingest" /ingest "$(field .path)"
same "the main binary" shares "$(field '.labels.service_name')"
succeed push "pyroscope-push+$url/" cpu.pb.gz --label 'team=a, b}'
same "what only the push API carries" 'a, b}' "$(field '.labels.team')"
succeed push "$url/ingest" cpu.pb.gz
same "the path tells the kind" /ingest "$(field .path)"
run push "$url/ingest" cpu.pb.gz --label 'team=a, b}'
same "what /ingest cannot carry" 2 "$status"
contains "and what can" "--collector pyroscope-push" "$err"

# A heap dump and folded stacks have neither a time nor a period of their own.
write_dump dump.heap
succeed push "$url" dump.heap --service dumped
same "a heap" memory "$(field '.labels.__name__')"
same "its types" inuse_objects,inuse_samples,inuse_space "$(field '.types | join(",")')"
same "nothing that a reader minds" "" "$(field '.remarks | join(", ")')"
echo 'main;work 7' >stacks.folded
succeed push "$url" stacks.folded --service folded
same "folded stacks" "samples " "$(field '"\(.labels.__name__) \(.remarks | join(", "))"')"

# As JSON.
succeed push "$url" cpu.pb.gz --json
same "JSON" pyroscope,process_cpu,shares,1,"200 OK" \
	"$(jq -r '[.collector, .kind, .service, .attempts, .answer] | join(",")' <<<"$out")"
python3 "$push_tests/../cli/validate.py" "$push_tests/../../proto/limpet.schema.json" <<<"$out" ||
	fail "the JSON is none of the schema"

# Filters make less of it.
succeed push "$url" cpu.pb.gz --only receive
same "what a filter leaves" true "$(field '.samples > 0')"
same "and nothing else" true "$(field '.functions | index("reply") == null')"

succeed -p "$server" -e 'cpu -d 0.5' -e "push $url @1 --only run_named --json"
same "a filter leaves it what it is of" shares "$(field '.labels.service_name')"
same "and its number" 1 "$(tail -n 1 <<<"$out" | jq .profile)"
finish
