# A dump of 500,000 stacks: what serves requests goes on serving them, allocations and all.
. "$(dirname "$0")/lib.sh"
needs setpriv

is_dumping() {
	readlink "/proc/$pid"/fd/* 2>/dev/null | grep -q memfd:
}

is_dumping_or_done() {
	is_dumping || is_gone "$process"
}

MALLOC_CONF=prof:true,lg_prof_sample:6 start_victim many_stacks 520000 512
same "before" done "$(ask "a request")"
answers=$output
background "$limpet" -p "$pid" heap dump -o large.heap
output=$answers
await "the dump" is_dumping_or_done
served=0
while is_dumping; do
	ask "a request" >/dev/null
	served=$((served + 1))
done
echo "served $served requests during the dump"
[ "$served" -ge 5 ] || fail "only $served requests were served during the dump"
wait "$process"
same "limpet's status" 0 $?
matches "who was held up" "^dumped in [0-9.]+m?s on limpet's own thread; kept as @1, saved in large.heap$" \
	"$(cat "$messages")"
stacks=$(grep -c '^@' large.heap)
[ "$stacks" -ge 500000 ] || fail "$stacks stacks were dumped"
same "afterwards" done "$(ask "a request")"
finish
