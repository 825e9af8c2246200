# Deep recursion, shares that are known, and labels.
. "$(dirname "$0")/lib.sh"
needs go setpriv
have_pprof || skip "go tool pprof does not work"

start_victim deep 1000
succeed -p "$pid" cpu -d 1 -r 199 -o deep.pb.gz
lacks "deep: stacks are whole" '^truncated' "$err"
succeed convert deep.pb.gz -o deep.folded
grep ';descend;' deep.folded >stacks || fail "deep: no stack with descend"
awk '{ sub(/ [0-9]+$/, ""); print split($0, frames, ";descend") - 1 }' stacks | sort -u >depths
same "deep: frames of descend" 1000 "$(cat depths)"
lacks "deep: the root" '^(descend|bottom)' "$(cat stacks)"
matches "deep: the leaf" ';bottom [0-9]+$' "$(cat stacks)"
table=$(pprof -top -cum -unit=ns deep.pb.gz)
total=$(pprof_total cpu deep.pb.gz)
between "deep: descend is counted once" $((total * 95 / 100)) "$total" "$(column 4 descend "$table")"
end "$pid"

# As much is copied as stacks have needed until then: twice as much after one that was cut off.
start_victim deep 5000
succeed -p "$pid" cpu -d 1 -r 199 -o deeper.folded
cut_off=$(sed -n 's/^truncated \([0-9]*\): .*/\1/p' <<<"$err")
between "deeper: stacks that were cut off" 0 4 "${cut_off:-0}"
grep ';descend;' deeper.folded | grep -v '^\[truncated' >stacks || fail "deeper: no stack with descend"
awk '{ sub(/ [0-9]+$/, ""); print split($0, frames, ";descend") - 1 }' stacks | sort -u >depths
same "deeper: frames of descend" 5000 "$(cat depths)"
matches "deeper: the root and the leaf" '^[^;]+;[^;]+;run_named;dive;descend;.*;bottom [0-9]+$' "$(cat stacks)"
end "$pid"

start_victim split 0
succeed -p "$pid" cpu -d 1 -o main.pb.gz
succeed convert main.pb.gz -o main.folded
matches "main is at the root" '^_start;.*;main;burn;heavy_outer;heavy_inner;burn_heavy [0-9]+$' \
	"$(cat main.folded)"
end "$pid"

start_victim split 2
succeed -p "$pid" cpu -d 5 -r 199 -o split.pb.gz
table=$(pprof -top -cum -unit=ns split.pb.gz)
heavy=$(column 4 burn_heavy "$table") light=$(column 4 burn_light "$table")
share=$((heavy * 1000 / (heavy + light)))
printf 'burn_heavy has %d.%d %%, of 66.7\n' $((share / 10)) $((share % 10))
between "per mille of burn_heavy" 617 717 "$share"
tags=$(pprof -tags split.pb.gz)
for thread in burner-1 burner-2; do
	matches "tags" "$thread" "$tags"
	number=$(awk -v name=$thread '$2 == name { print $3 }' "$output")
	matches "tags" "$number" "$tags"
	succeed -p "$pid" cpu -d 0.3 -t $thread -o one.pb.gz
	same "only $thread" "$thread" "$(pprof -tags one.pb.gz | grep -o 'burner-[0-9]')"
done
finish
