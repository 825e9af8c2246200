# pprof's and jeprof's words: what is typed first is understood, and help says what is what.
. "$(dirname "$0")/common.sh"

printf 'main;a;b 10\nmain;a 5\nmain;c 85\n' >s.folded

# Every option that jeprof has, as far as it is installed, is in the topic.
jeprof=$("$limpet" help jeprof)
if command -v jeprof >/dev/null; then
	for option in $(jeprof --help | grep -o '^ *--[a-z_-]*' | sort -u); do
		contains "jeprof's $option" "$option" "$jeprof"
	done
fi
for option in --text --cum --collapsed --base --thread --show_bytes --inuse_space --alloc_space --lines \
	--functions --addresses --focus --ignore --nodecount --nodefraction --edgefraction --list --disasm --svg \
	--raw --symbols --lib_prefix --retain --exclude --drop_negative --total_delay --mean_delay; do
	contains "jeprof's $option" "$option" "$jeprof"
done
pprof=$("$limpet" help pprof)
for word in top tree peek list traces focus ignore hide show show_from tagfocus tagignore tagshow taghide \
	prune_from noinlines granularity sample_index unit nodecount nodefraction edgefraction mean divide_by \
	drop_negative relative_percentages compact_labels trim call_tree source_path trim_path; do
	contains "pprof's $word" "$word" "$pprof"
done
contains "the topics in help" "jeprof     the options of jeprof" "$("$limpet" help)"
contains "the topics in apropos" "help jeprof: " "$("$limpet" apropos jeprof)"

# rows COMMAND...: what top shows after these lines, as "FLAT:NAME", in its order.
rows() {
	local line lines=()
	for line; do lines+=(-e "$line"); done
	"$limpet" -q -e 'load s.folded' "${lines[@]}" 2>.err |
		awk '/flat%/ { rows = 1; next } rows { printf "%s%s:%s", (rows > 1 ? " " : ""), $1, $NF; rows++ }'
}

same "a setting" "10:b 5:a 0:main" "$(rows focus=^a top)"
same "words instead of a setting" "85:c 0:main" "$(rows focus=^a 'top c')"
same "several words" "85:c 10:b 5:a 0:main" "$(rows 'top c a')"
same "words that ignore" "5:a 0:main" "$(rows 'top ^a -b -nowhere')"
same "a colon" "85:c 10:b 5:a 0:main" "$(rows focus=^a ignore=b hide=main tagfocus=x tagignore=y : top)"
same "hide=" "85:c 10:b 5:a" "$(rows hide=main top)"
same "an emptied setting" "85:c 10:b 5:a 0:main" "$(rows hide=main hide= top)"
same "cum" "0:main 85:c 5:a 10:b" "$(rows cum top)"
same "flat" "85:c 10:b 5:a 0:main" "$(rows cum flat top)"
same "an option instead of a setting" "85:c 10:b 5:a 0:main" "$(rows cum 'top -flat')"
same "top1 -cum" "0:main" "$(rows 'top1 -cum')"
same "a number anywhere" "85:c" "$(rows 'top -b 1')"
same "nodecount" "85:c 10:b" "$(rows nodecount=2 top)"
same "what pprof knows and limpet need not" "85:c 10:b 5:a 0:main" \
	"$(rows compact_labels compact_labels=false call_tree=true functions noinlines noinlines=0 mean=f trim=1 top)"
same "trim" "85:c 10:b 5:a 0:main" "$(rows nodefraction=0.9 trim=false top)"
same "nodefraction" "85:c 0:main" "$(rows nodefraction=0.8 top)"
expect 3 "" "-e:2: 'perhaps' is no value of mean
  it takes true or false" "$limpet" -q -e 'load s.folded' -e 'mean=perhaps'
expect 3 "" "-e:2: top: '2' is no value of --nodefraction
  it takes a number such as 0.01, up to 1" "$limpet" -q -e 'load s.folded' -e 'top nodefraction=2'

# A word is a profile if it is @N or, standing first, a file; a pattern that is needed is one.
printf 'main;other 7\n' >c
same "a file first" "7:other 0:main" "$(rows 'top c')"
same "a number first" "85:c 0:main" "$(rows 'top @1 c')"
same "a number behind" "85:c 0:main" "$(rows 'top ^c -zz @1')"
contains "a pattern called as a file" "| c" "$("$limpet" -q -e 'load s.folded' -e 'peek c')"
contains "a file before a pattern" "| other" "$("$limpet" peek c other)"
expect 2 "" "limpet: peek: an argument is needed
  usage: peek [PROFILE] PATTERN [FOCUS...] [-IGNORE...]" "$limpet" peek
expect 1 "" "limpet: cannot open './gone': No such file or directory
  a profile is a number such as @1, or a file" "$limpet" top ./gone
expect 1 "" "limpet: no function matches 'gone'
  \`top -n 0 --all\` lists them all" "$limpet" peek s.folded gone
expect 1 "" "limpet: no function matches 'gone'" "$limpet" list s.folded gone

# Filters of reports are those of pictures and files.
stacks() {
	sort "$1" | tr '\n' ' '
}
expect 0 "" "" "$limpet" convert s.folded -o out.folded hide=main
same "convert hide=" "a 5 a;b 10 c 85 " "$(stacks out.folded)"
expect 0 "" "" "$limpet" convert s.folded -o out.folded --show-from '^a'
same "convert --show-from" "a 5 a;b 10 " "$(stacks out.folded)"
expect 0 "" "" "$limpet" convert s.folded -o out.folded --prune-from '^a'
same "convert --prune-from" "main;a 15 main;c 85 " "$(stacks out.folded)"
expect 0 "" "" "$limpet" -q -e 'load s.folded' -e 'hide=main' -e 'save out.folded' -e 'flame -o out.svg'
same "settings are not for what is written" "$(stacks s.folded)" "$(stacks out.folded)"
same "settings are for pictures" 0 "$(grep -c '<title>main' out.svg)"
expect 1 "" "limpet: no sample is left
  show_from 'x' matches nothing" "$limpet" traces s.folded show_from=x

finish
