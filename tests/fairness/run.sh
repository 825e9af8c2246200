#!/usr/bin/env bash
# run.sh BUILD [RUNS [SECONDS [RATE]]]: shares of CPU time that are known, as limpet finds them; so many runs
# (20) of so long each (5). Fails if the mean of a share over all runs is further from the truth than 3 of its
# standard errors (of the server, which sleeps 20,000 times a second: than 5 points), or if limpet's total is
# further than 1 % from the kernel's. Then Redis under load, beside perf: how far the two distributions over
# functions lie apart.
build=$1
. "$build/bench/helpers/lib.sh"

runs=${2-20}
seconds=${3-5}
rate=${4-99}
cases=${5-halves eight bursts calls recursion server redis}
failures=0

# truth FILE: appends what the program says.
truth() {
	ask truth
	echo "${answer#truth }" >"$1"
}

# take_run: a line "NAME TRUE FOUND" for each function, shares, to $folder/found, and the totals, ns.
take_run() {
	truth "$folder/before"
	"$limpet" -p "$pid" cpu -d "$seconds" -r "$rate" -o "$folder/run.folded" >/dev/null 2>"$folder/run.err" ||
		give_up "$(cat "$folder/run.err")"
	truth "$folder/after"
	cat "$folder/before" "$folder/after" "$folder/run.folded" | awk '
		NR <= 2 {
			for (i = 2; i <= NF; i++) {
				split($i, part, "=")
				time[part[1]] += NR == 1 ? -part[2] : part[2]
			}
			next
		}
		{
			value = $NF
			sub(/ [0-9]+$/, "")
			if (/sleep_always/) sleeper += value
			for (name in time) if (index(";" $0 ";", ";" name ";")) found[name] += value
		}
		END {
			for (name in time) { all += time[name]; sampled += found[name] }
			for (name in time) printf "%s %.6f %.6f\n", name, time[name] / all, found[name] / sampled
			printf "sleeper 0 %.6f\n", sleeper / sampled
		}' >>"$folder/found"
	sed -n 's/^\([0-9]*\) samples for .*/\1/p' "$folder/run.err" >>"$folder/samples"
}

# judge CASE: a line a function; counts those that are wrong.
judge() {
	local slack=0
	[ "$1" != server ] || slack=0.05
	sort "$folder/found" | awk -v case="$1" -v slack="$slack" '
		function finish(  mean, deviation, error) {
			if (!n) return
			mean = sum / n
			deviation = n > 1 ? sqrt((squares - n * mean * mean) / (n - 1)) : 0
			if (deviation < 1e-9) deviation = 0
			error = deviation / sqrt(n)
			printf "  %-10s %-12s %8.2f %% %8.2f %% %9.3f %% %7.2f\n", case, name, 100 * truth / n,
				100 * (truth / n + mean), 100 * error, error ? mean / error : 0
			most = slack > 0 ? slack : error ? 3 * error : 0.001
			if (mean > most || mean < -most) wrong++
		}
		$1 != name { finish(); name = $1; n = sum = squares = truth = 0 }
		{ d = $3 - $2; n++; sum += d; squares += d * d; truth += $2 }
		END { finish(); exit wrong != 0 }' || failures=$((failures + 1))
}

measure_case() {
	local run
	rm -f "$folder/found" "$folder/samples"
	start "$victims/shares" "$1"
	for ((run = 0; run < runs; run++)); do
		take_run
	done
	end "$pid"
	judge "$1"
	printf '  %-10s samples a run: %s\n' "" "$(median <"$folder/samples")"
}

# Redis under load, by the function that each sample was in last, outside of the kernel.

# symbols: "ADDRESS NAME" of every function that the files of the process export, in order.
symbols() {
	local start offset file
	while read -r start offset file; do
		echo "$((16#$start)) $file"
		nm -D --defined-only "$file" 2>/dev/null | awk '$2 ~ /[TtWi]/ { print $1, $3 }' |
			while read -r address name; do
				echo "$((16#$start - 16#$offset + 16#$address)) $name"
			done
	done < <(awk '$2 ~ /x/ && $6 ~ /^\// { sub(/-.*/, "", $1); print $1, $3, $6 }' "/proc/$pid/maps") | sort -n
}

# by_function: of lines "ADDRESS VALUE", "NAME SHARE".
by_function() {
	awk -v table="$folder/symbols" '
		BEGIN { while ((getline line < table) > 0) { split(line, part, " "); start[++n] = part[1] + 0; name[n] = part[2] } }
		{
			address = $1 + 0; low = 0; high = n
			while (low < high) { middle = int((low + high + 1) / 2); if (start[middle] <= address) low = middle; else high = middle - 1 }
			value[low ? name[low] : "?"] += $2; all += $2
		}
		END { for (function_name in value) printf "%s %.6f\n", function_name, value[function_name] / all }' | sort
}

# leaves_of_limpet: "ADDRESS NS" of each stack of the profile.
leaves_of_limpet() {
	go tool pprof -raw "$1" 2>/dev/null | awk '
		function number(text,  value, i) {
			for (i = 3; i <= length(text); i++) value = value * 16 + index("0123456789abcdef", substr(text, i, 1)) - 1
			return value
		}
		/^Samples:/ { part = 1; next }
		/^Locations/ { part = 2; next }
		/^Mappings/ { part = 3 }
		part == 1 && /^ *[0-9]+ +[0-9]+: / { n++; value[n] = $2; sub(/:$/, "", value[n]); sub(/^[^:]*: */, ""); stack[n] = $0 }
		part == 2 && /^ *[0-9]+: 0x/ { id = $1; sub(/:/, "", id); address[id] = $2 }
		END {
			for (i = 1; i <= n; i++) {
				count = split(stack[i], frames, " ")
				for (j = 1; j <= count && address[frames[j]] == "0x0"; j++);
				if (address[frames[j]]) printf "%.0f %s\n", number(address[frames[j]]), value[i]
			}
		}'
}

# code: "START OFFSET FILE" of everything executable.
code() {
	awk '$2 ~ /x/ && $6 != "" { sub(/-.*/, "", $1); print $1, $3, $6 }' "/proc/$pid/maps" |
		while read -r start offset file; do
			echo "$((16#$start)) $((16#$offset)) $file"
		done
}

# leaves_of_perf: the same, each sample 1. perf script tells offsets into files.
leaves_of_perf() {
	perf script -i "$1" -F ip,sym,dso 2>/dev/null | awk -v table="$folder/code" '
		function number(text,  value, i) {
			for (i = 1; i <= length(text); i++) value = value * 16 + index("0123456789abcdef", substr(text, i, 1)) - 1
			return value
		}
		BEGIN { while ((getline line < table) > 0) { split(line, part, " "); base[part[3]] = part[1] - part[2] } }
		!NF { seen = 0; next }
		!seen && !/\(\[kernel|\(\[unknown/ {
			file = $NF
			gsub(/[()]/, "", file)
			printf "%.0f 1\n", base[file] + number($1)
			seen = 1
		}'
}

# distance FILE FILE: total variation, per cent; and the functions that differ most.
distance() {
	join -a 1 -a 2 -e 0 -o 0,1.2,2.2 "$1" "$2" | awk '
		{ d = $2 - $3; sum += d < 0 ? -d : d; print (d < 0 ? -d : d), $1, $2, $3 | "sort -rg | head -5 >&2" }
		END { printf "%.2f\n", 100 * sum / 2 }'
}

measure_redis() {
	local round load
	has perf go redis-server redis-cli redis-benchmark nm || return 0
	start_redis ""
	redis-benchmark -p "$port" -q -P 16 -c 20 -d 512 -r 100000 -n 1000000000 -t set,get >/dev/null 2>&1 &
	load=$!
	processes+=("$load")
	symbols >"$folder/symbols"
	code >"$folder/code"
	for ((round = 0; round < runs; round++)); do
		"$limpet" -q -p "$pid" cpu -d "$seconds" -r 997 -o "$folder/redis.pb.gz" >/dev/null
		leaves_of_limpet "$folder/redis.pb.gz" >>"$folder/leaves.limpet"
		perf record -q -e cpu-clock -F 997 -g -o "$folder/perf.data" -p "$pid" -- sleep "$seconds" >/dev/null 2>&1
		leaves_of_perf "$folder/perf.data" >>"$folder/leaves.perf.$((round % 2))"
	done
	end "$load" "$pid"
	by_function <"$folder/leaves.limpet" >"$folder/functions.limpet"
	cat "$folder"/leaves.perf.* | by_function >"$folder/functions.perf"
	by_function <"$folder/leaves.perf.0" >"$folder/functions.perf.0"
	by_function <"$folder/leaves.perf.1" >"$folder/functions.perf.1"
	apart=$(distance "$folder/functions.limpet" "$folder/functions.perf")
	printf 'Redis, %s runs of %s s at 997 Hz: limpet and perf are %s %% apart; two halves of perf %s %%\n' "$runs" "$seconds" \
		"$apart" "$(distance "$folder/functions.perf.0" "$folder/functions.perf.1" 2>/dev/null)"
	awk "BEGIN { exit !($apart < 5) }" || failures=$((failures + 1))
}

printf 'Shares, %s runs of %s s at %s Hz\n' "$runs" "$seconds" "$rate"
printf '  %-10s %-12s %10s %10s %11s %7s\n' case function truth limpet "std error" off
for case in $cases; do
	if [ "$case" = redis ]; then measure_redis; else measure_case "$case"; fi
done
[ $failures = 0 ] || give_up "$failures cases are further from the truth than they may be"
