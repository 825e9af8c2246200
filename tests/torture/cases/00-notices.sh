# The torturer notices what it is there to notice: a limpet that is none has the target do it.
. "$(dirname "$0")/../lib.sh"

cat >limpet-that-plants <<'END'
#!/bin/sh
# -k -p PID -x SCRIPT: the script's lines go to the target, once.
[ ! -e "$5.told" ] || exit 0
: >"$5.told"
cat "$5" >"$5.pipe"
sleep 0.1 # for the target to do it; what comes later is seen at the next look
END
chmod +x limpet-that-plants

# plant COMMAND...: sets out; what the torturer is to allow, allowed.
allowed=()
plant() {
	start_victim plants
	rm -f "$script.told"
	ln -sf "$folder/pipe.$((${#processes[@]} - 1))" "$script.pipe"
	commands "$@"
	out=$("$torturer" -p "$pid" -i "$input" -o "$output" -l "$folder/limpet-that-plants" \
		-x "$script" -n 2 -m n "${allowed[@]}")
	same "$*: exit status" 1 $?
	tally runs 2
	end_victim
}

plant map
matches map '^LEFTOVER mapping .* rw-p 576 KiB$' "$out"
matches map ', leftovers 1, wrong results 0$' "$out"
plant allocate
matches "memory of an allocator's" '^LEFTOVER mapping .* rw-p 3584 KiB$' "$out"
# Where an allocator may take memory, limpet's is noticed all the same.
allowed=(-a)
plant allocate map
matches "memory that may be taken" '^LEFTOVER mapping .* rw-p 576 KiB$' "$out"
matches "memory that may be taken" ', leftovers 1, wrong results 0$' "$out"
allowed=()
plant code descriptor thread block catch forbid interrupt err stick
matches code '^LEFTOVER mapping .* r-xp 4 KiB$' "$out"
matches descriptor '^LEFTOVER descriptor [0-9]+ -> /memfd:limpet' "$out"
matches thread '^LEFTOVER thread [0-9]+ \(limpet\)' "$out"
matches block '^MASK thread ' "$out"
matches catch '^LEFTOVER dispositions ' "$out"
matches forbid '^LEFTOVER seccomp ' "$out"
matches interrupt '^EINTR planted' "$out"
matches err '^BAD planted' "$out"
matches stick '^STUCK planted' "$out"
matches sum 'deaths 0, hangs 1, lost signals 0, EINTRs 1, leftovers [6-9], wrong results 1$' "$out"
plant suspend
matches suspend '^STOPPED thread ' "$out"
plant die
matches die '^DEAD process ' "$out"
matches die 'target deaths 1, ' "$out"
plant interrupt
matches "EINTR without a kill" ', EINTRs 1, leftovers 0, wrong results 0$' "$out"

start_victim signals
commands info
signals=(-p "$pid" -i "$input" -o "$output" -l "$limpet" -x "$script" -n 1 -m n -S 100:realtime)
out=$("$torturer" "${signals[@]}")
same "signals that arrive: $out" 0 $?
# The target has counted those of before, too.
out=$("$torturer" "${signals[@]}")
same "signals of others: exit status" 1 $?
matches "signals of others" '^LOST realtime' "$out"
tally runs 2
conclude
