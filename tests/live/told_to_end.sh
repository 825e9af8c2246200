# limpet is told to end (SIGTERM, SIGHUP) while it has a thread in the process: it lets go first.
. "$(dirname "$0")/lib.sh"
needs setpriv

for signal in TERM HUP; do
	start_victim heap500
	mappings=$(wc -l <"/proc/$pid/maps")
	background "$limpet" -p "$pid" -e 'set calls own' -e 'ctl stats.allocated' -e 'sleep 100'
	limpet_process=$process
	await "the call" grep -q '^stats.allocated = ' "$output"
	# Of its mapping the executable page, and its thread.
	[ "$(traces "$pid" | wc -l)" = 2 ] || fail "SIG$signal: traces while attached" "$(traces "$pid")"
	kill "-$signal" "$limpet_process"
	wait "$limpet_process"
	same "SIG$signal: status" 130 $?
	same "SIG$signal: traces" "" "$(traces "$pid")"
	same "SIG$signal: mappings" "$mappings" "$(wc -l <"/proc/$pid/maps")"
	same "SIG$signal: state" S "$(state_of "$pid")"
	end "$pid"
done
finish
