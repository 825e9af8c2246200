# record, dump and top in the words of py-spy and perf, and the process behind the command.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/../cli/tmux.sh"
needs jq setpriv tmux
end_all() {
	end_terminal
	clean_up
}
trap end_all EXIT

# recorded COUNT PATTERN: as many files have such a name; the last one's is set.
recorded() {
	local files=()
	mapfile -t files < <(find . -maxdepth 1 -regextype posix-extended -regex "./$2")
	same "files like $2" "$1" "${#files[@]}"
	file=${files[0]-}
}

# sample ARGUMENT...: limpet must, until a thread that burns was caught: others may have the CPU.
sample() {
	local tries
	for ((tries = 0; tries < 50; tries++)); do
		rm -f ./*.svg ./*.folded ./*.pb.gz
		succeed "$@"
		[[ $out != *burn_* ]] || return
	done
	fail "nobody was caught: limpet $*" "$out"
}

# A name that no other test's process has.
name=words-$$
cp "$victims/split" "$name"
start "./$name" 2
stamp='[0-9]{8}-[0-9]{6}'

# py-spy's.
sample record -p "$pid" -d 0.3 -o x.svg
contains "the picture" "burn_" "$(cat x.svg)"
contains "where it is" "kept as @1, saved in x.svg" "$err"
sample record -p "$pid" -d 0.3 -r 200 -n -t -f raw --nonblocking
recorded 1 "$name-$pid-$stamp[.]folded"
matches "each thread apart" "^burner-[12] \\([0-9]+\\);.*;burn_(light|heavy) [0-9]+\$" "$(cat "$file")"
contains "where it is" "saved in ${file#./}" "$err"
contains "the rate" "at 200 Hz" "$out"
succeed record -p "$pid" -d 0.3 -i -s -F -f raw -o all.folded
matches "threads that wait" ';read_command;read;read\(2\) [0-9]+$' "$(cat all.folded)"
contains "children, of which there are none" "saved in all.folded, what 1 process does" "$err"

# perf's: the rate, and how long.
succeed record -F 150 -g --call-graph dwarf -p "$pid" -- sleep 0.3
recorded 1 "$name-$pid-$stamp[.]svg"
contains "the rate" "at 150 Hz" "$out"
matches "how long, where 10s is usual" '^Duration: ([0-9.]+ms|[1-9]([.][0-9]+)?s),' "$out"
sample record --name "$name" -F200 -o y.pb.gz sleep 0.2
contains "the rate at its letter" "at 200 Hz" "$out"
succeed report -i y.pb.gz --stdio
contains "report" "burn_" "$out"

# Stacks, and every other command with the process behind it.
succeed dump --pid "$pid" -j
same "dump" 3 "$(jq .threads <<<"$out")"
succeed dump -p "$pid" -n --nonblocking --thread burner-2
matches "one thread" '^1 thread running: burner-2 [0-9]+$' "$out"
succeed threads -p"$pid"
contains "threads" "burner-2" "$out"
succeed info --name="$name" --json
same "info" "$pid" "$(jq .pid <<<"$out")"
succeed cpu -d 0.2 -p "$pid" -n 1
contains "cpu" "Type: cpu" "$out"
refuse 4 "there is no process 999999999" 'list processes with `ps -e`, or let limpet find it by name: limpet -n NAME' stacks -p 999999999

# top is the view, wherever the process stands; with a profile it is the table.
new_terminal 100 30 "'$limpet' top -p $pid -r 200 -d 1; echo \"status \$?.\"; read -r line"
wait_for "200 Hz"
wait_for "burner-"
keys q
wait_for "status 0."
new_terminal 100 30 "'$limpet' -p $pid top; echo \"status \$?.\"; read -r line"
wait_for "99 Hz"
keys q
wait_for "status 0."
refuse 1 "a live view needs a terminal, and stdin is none" \
	'`cpu` prints a table, `live --json` an object a second, and `cpu -o FILE` saves a profile' top -p "$pid" -F 99
succeed -p "$pid" top y.pb.gz
same "a profile beside a process" "$("$limpet" top y.pb.gz)" "$out"

finish
