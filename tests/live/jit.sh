# Names of code that is made at run time, from the map that its runtime writes.
. "$(dirname "$0")/lib.sh"
needs setpriv

map=
remove_all() {
	[ -z "$map" ] || rm -f "$map"
	clean_up
}
trap remove_all EXIT

# start_maker KIND [COMMAND...]: below that command; sets map, address and size, too.
start_maker() {
	local kind=$1
	shift
	start "$@" "$victims/maker" "$kind"
	read -r _ address size <<<"$(grep '^code ' "$output")"
	map=/tmp/perf-$pid.map
	rm -f "$map"
}

end_made() {
	end "$pid"
	rm -f "$map"
}

sample() {
	succeed -p "$pid" cpu -d 0.3 -r 199 -o sample.pb.gz "$@"
}

# leaf: the hottest function of what was sampled.
leaf() {
	succeed convert sample.pb.gz -o sample.folded
	awk '{
		value = $NF
		sub(/ [0-9]+$/, "")
		sum[$0] += value
	} END {
		for (stack in sum)
			if (sum[stack] > most) {
				most = sum[stack]
				hottest = stack
			}
		sub(/.*;/, "", hottest)
		print hottest
	}' sample.folded
}

unnamed='^[1-9][0-9]* samples have frames in code made at run time'

for kind in anonymous shared memfd; do
	start_maker $kind
	sample
	matches "$kind without a map: what to do" \
		"$unnamed, which has no names: start node with --perf-basic-prof, or have the runtime write $map " \
		"$out"
	printf '%s\n' "$address $size outdated" nonsense >"$map"
	printf '0x%s %s made by <hand> 2' "$address" "$size" >>"$map"
	sample
	same "$kind with a map: the name" "made by <hand> 2" "$(leaf)"
	lacks "$kind with a map: a remark" "$unnamed" "$out"
	end_made
done

# little NUMBER BYTES: little endian.
little() {
	local i
	for ((i = 0; i < $2; i++)); do
		printf '%b' "\\x$(printf '%02x' $(($1 >> 8 * i & 255)))"
	done
}

# write_dump: that of a runtime, of a function made elsewhere and moved to where it is, with its lines.
write_dump() {
	local name='made and moved' file=/srv/made.hand
	little 0x4a695444 4; little 1 4; little 40 4; little 62 4; little 0 4; little "$pid" 4; little 0 16
	little 2 4; little $((16 + 16 + 16 + ${#file} + 1)) 4; little 0 8
	little 0x1000 8; little 1 8; little 0x1000 8; little 42 4; little 0 4; printf '%s\0' "$file"
	little 0 4; little $((16 + 40 + ${#name} + 1 + 0x$size)) 4; little 0 8
	little "$pid" 4; little "$pid" 4; little 0x1000 8; little 0x1000 8; little 0x$size 8; little 7 8
	printf '%s\0' "$name"; little 0 "0x$size"
	little 1 4; little 64 4; little 0 8
	little "$pid" 4; little "$pid" 4; little 0x$address 8; little 0x1000 8; little 0x$address 8; little 0x$size 8; little 7 8
}

for kind in anonymous memfd; do
	start "$victims/maker" $kind "$folder/jit-1.dump"
	read -r _ address size <<<"$(grep '^code ' "$output")"
	map=/tmp/perf-$pid.map
	rm -f "$map"
	sample
	matches "$kind, an empty dump" "^'$folder/jit-1.dump' does not name code made at run time: it is no jitdump" "$out"
	write_dump >>jit-1.dump
	rm -f jit-1.dump.old
	sample
	same "$kind, a dump: the name" "made and moved" "$(leaf)"
	lacks "$kind, a dump: a remark" "$unnamed|does not name" "$out"
	if have_pprof; then
		matches "$kind, a dump: the line" 'made and moved /srv/made.hand:42$' \
			"$(pprof -lines -top sample.pb.gz)"
	fi
	end_made
	rm -f jit-1.dump
done

start_maker anonymous
echo "1 1 elsewhere" >"$map"
sample
matches "a map of something else" "$unnamed that $map does not name\$" "$out"
succeed -p "$pid" cpu -d 0.2 -r 199 --snapshot made.snapshot
run -p made.snapshot cpu -d 10
lacks "a recording" "$unnamed" "$out"

# distrusted WHAT WHY
distrusted() {
	sample
	matches "$1" "$unnamed, which has no names: '$map' $2\$" "$out"
	rm -f "$map"
}

line="$address $size planted"
echo "$line" >"$map"
touch -d '1 day ago' "$map"
distrusted "a map of another process" "is older than the process: another one had its number"
echo "$line" >planted
ln -s "$folder/planted" "$map"
distrusted "a link" "is a symbolic link"
mkfifo "$map"
distrusted "a FIFO" "is no regular file"
truncate -s 513M "$map"
distrusted "an endless map" "is larger than 512 MiB"
if [ "$(id -u)" = 0 ]; then
	echo "$line" >"$map"
	chown $nobody "$map"
	distrusted "a map of somebody else" "belongs to user $nobody, neither to that of the process nor to root"
else
	omit "not root: no test of a map that belongs to somebody else"
fi
end_made

start_maker anonymous
background "$limpet" -p "$pid" cpu -d 60 -r 199
await "samples" has_sampled "$process"
end "$pid"
wait "$process"
matches "a process that ends" "$unnamed, which has no names: process $pid \\(maker\\) is gone\$" "$(cat "$output")"

# The PID and the /tmp are those that the process itself sees.
if unshare --mount --pid --fork true 2>/dev/null; then
	start unshare --mount --pid --fork --kill-child sh -c \
		'mount --bind "$1" /mnt && mount -t tmpfs tmpfs /tmp && exec /mnt/maker' sh "$victims"
	read -r _ address size <<<"$(grep '^code ' "$output")"
	read -r pid <<<"$(children "$pid")"
	echo "$address $size contained" >"/proc/$pid/root/tmp/perf-1.map"
	sample
	same "in a container" contained "$(leaf)"
	end "$pid"
else
	printf 'skipped: not permitted to make a namespace\n'
fi

if command -v node >/dev/null; then
	cat >burn.js <<-'JS'
		function burn(count) { let x = 0; for (let i = 0; i < count; i++) x = (x * 31 + i) % 1000003; return x }
		function middle(count) { return burn(count) + 1 }
		let sum = 0
		for (let i = 0; i < 300; i++) sum += middle(1e6) // until it is compiled
		console.log("ready")
		for (;;) sum += middle(1e6)
	JS
	start node --perf-basic-prof --interpreted-frames-native-stack burn.js
	map=/tmp/perf-$pid.map
	sample
	matches "node: the name" "^JS:.?burn $folder/burn\\.js:1:14\$" "$(leaf)"
	succeed -p "$pid" cpu -d 1 -o node.folded
	matches "node: its stack" '^_start;.*;node::Start[^;]*;.*;Builtins_JSEntry;.*;JS:.?middle [^;]*;JS:.?burn [^;]*$' "$(cat node.folded)"
	lacks "node: stacks are whole" '^\[truncated' "$(cat node.folded)"
	end_made
	start node --perf-prof --interpreted-frames-native-stack burn.js
	map=/tmp/perf-$pid.map
	rm -f "$map"
	sample
	matches "node --perf-prof: the name" "burn $folder/burn\\.js:1:14\$" "$(leaf)"
	# V8 of this age has what lay in memory in place of the names of files.
	if have_pprof; then
		matches "node --perf-prof: the file" "burn $folder/burn\\.js:1:14 $folder/burn\\.js(:1)?\$" \
			"$(pprof -lines -top sample.pb.gz)"
	fi
	end_made
	start node burn.js
	map=/tmp/perf-$pid.map
	rm -f "$map"
	sample
	matches "node without a map" "$unnamed, which has no names: start node with --perf-basic-prof" "$out"
	end_made
else
	omit "there is no node"
fi
finish
