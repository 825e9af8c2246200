# `heap record` and `heap growth` show what came meanwhile, and leave the profiler as they found it,
# however they end.
. "$(dirname "$0")/lib.sh"
needs go setpriv
have_pprof || skip "go tool pprof does not work"

is_active() {
	[ "$("$limpet" -q -p "$pid" ctl prof.active)" = "prof.active = $1" ]
}

# record ARGUMENT...: limpet with these, in the background, once the profiler is on.
record() {
	background "$limpet" -p "$pid" "$@"
	await "the profiler to be on" is_active true
}

# ends_with STATUS WHAT
ends_with() {
	wait "$process"
	status=$?
	same "$2: exit status ($(cat "$messages"))" "$1" "$status"
}

start env MALLOC_CONF="$profiled" "$victims/heap500"
victim_output=$output
record heap record -d 100 -o record.pb.gz
tell allocate
await "500 MiB" grep -q '^allocated$' "$victim_output"
kill -INT "$process"
ends_with 0 "Ctrl-C"
matches "Ctrl-C" '^the profiler is off again$' "$(cat "$messages")"
matches "its table" ' hold_large$' "$(cat "$output")"
within "what was recorded" 20 524288000 "$(pprof_total inuse_space record.pb.gz)"
is_active false || fail "the profiler stays on after Ctrl-C"

for signal in TERM HUP KILL; do
	record heap record -d 100
	kill "-$signal" "$process"
	wait "$process" 2>/dev/null
	await "SIG$signal: the profiler to be off again" is_active false
	await "SIG$signal: no traces" has_no_traces "$pid"
done
record heap growth -d 100
kill -INT "$process"
ends_with 130 "growth with one dump"
is_active false || fail "the profiler stays on after growth"

# What was there before is not what came.
succeed -p "$pid" -e 'heap on' -e 'heap record -d 0.5'
matches "what there was before" '^there were samples of before' "$err"
lacks "what there was before" 'hold_large' "$out"
is_active true || fail "the profiler was on before, and is not after"
succeed -q -p "$pid" heap off
succeed -p "$pid" -e 'set calls borrowed' -e 'heap record -d 0.5'
matches "without a thread of its own" '^limpet has no thread of its own in the process' "$err"
is_active false || fail "the profiler stays on after a recording by borrowed threads"

record heap record -d 100
end "$pid"
ends_with 4 "the process ended"
matches "the process ended" 'is gone' "$(cat "$messages")"

start env MALLOC_CONF="$profiled" "$victims/leaks"
leaked() {
	ask check | sed 's/.* leaked=//'
}
before=$(leaked)
succeed -p "$pid" heap growth -d 8 -n 4 -o growth.pb.gz --timeline memory.svg
after=$(leaked)
matches "what leaks" '^ *\+[0-9.]+MB +[0-9.]+[kM]B +3/3 +[0-9.]+MB  leak_step < leak_and_renew' "$out"
lacks "what comes and goes" '(fill_cache|keep_table) <' "$out"
same "stacks that grew" 1 "$(grep -c '/3 ' <<<"$out")"
# Between four dumps lie three of four parts of the time; before and after, limpet starts and ends.
leak=$(column 1 leak_step "$(pprof -top -unit=B -sample_index=growth_space growth.pb.gz)")
between "the leak" $(((after - before) / 3)) $((after - before)) "$leak"
same "panels of the timeline" 4 "$(grep -c 'class="curve"' memory.svg)"
is_active false || fail "the profiler stays on after growth"
refuse 2 "that is too short for 5 dumps" "give it minutes, or hours: -d 10m" -p "$pid" heap growth -d 2
refuse 2 "'memory.png' is no name for a picture" "the timeline is drawn as .svg" \
	-p "$pid" heap growth --timeline memory.png
finish
