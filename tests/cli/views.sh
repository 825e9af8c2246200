# How names and stacks are shown, on files, without a process.
. "$(dirname "$0")/common.sh"

printf '%s\n' '_start;main;void run<int>(int);std::vector<int>::push_back(int&&) 6' \
	'_start;main;void run<char>(char) 3' \
	'clone3;<F as core::ops::function::FnOnce<()>>::call_once;work 1' >s.folded

# folded FILE: its stacks, in one line.
folded() {
	sort "$1" | tr '\n' '|'
}

expect 0 "" "" "$limpet" convert s.folded -o out.folded --short
same "--short" '_start;main;run 3|_start;main;run;std::vector::push_back 6|clone3;<F as FnOnce>::call_once;work 1|' \
	"$(folded out.folded)"
cp out.folded short.folded
expect 0 "" "" "$limpet" convert s.folded -o out.folded --fold-runtime
same "--fold-runtime" 'main;void run<char>(char) 3|main;void run<int>(int);std::vector<int>::push_back(int&&) 6|work 1|' \
	"$(folded out.folded)"
expect 0 "" "" "$limpet" convert s.folded -o last.folded --mangled --short
same "--short after --mangled" "$(folded short.folded)" "$(folded last.folded)"
expect 0 "" "" "$limpet" convert s.folded -o plain.folded
same "neither" "$(folded s.folded)" "$(folded plain.folded)"

# Names that became one are one row, and patterns match whole ones.
expect 0 "left out 4 of 10 by --only 'run<int>'
percentages are of what is left
Type: samples
Showing nodes accounting for 6, 100% of 6 total
      flat  flat%   sum%        cum   cum%
         6   100%   100%          6   100%  std::vector::push_back
         0     0%   100%          6   100%  main
         0     0%   100%          6   100%  run" "" "$limpet" top s.folded --short --fold-runtime --only 'run<int>'
expect 0 "" "" "$limpet" flame s.folded -o out.svg --short
contains "a tooltip has the whole name" "<title>std::vector::push_back (6, 60.00%)
std::vector&lt;int&gt;::push_back(int&amp;&amp;)</title>" "$(cat out.svg)"

# Settings stand in for the options; the profile stays whole.
expect 0 "" "" "$limpet" -q -e 'load s.folded' -e 'set names short' -e 'set runtime folded' \
	-e 'save out.folded' -e 'set names full' -e 'set runtime shown' -e 'save whole.folded'
same "settings" 'main;run 3|main;run;std::vector::push_back 6|work 1|' "$(folded out.folded)"
same "the profile itself" "$(folded s.folded)" "$(folded whole.folded)"
expect 3 "" "-e:1: 'lots' is no value of granularity
  it takes one of: functions, lines, addresses, filefunctions, files" "$limpet" -e 'set granularity=lots'

# What has no name.
write_dump d.heap
expect 0 "3.47MB of 3.47MB (100%) of inuse_space have frames without a name
     value      % addresses  in
    3.47MB   100%         3  /missing/server
    cannot open '/missing/server': No such file or directory" "" "$limpet" names d.heap
expect 0 '{"command":"names","type":"inuse_space","unit":"bytes","total":3638090,"without_name":3638090,"modules":[{"path":"/missing/server","build_id":"","value":3638090,"addresses":3,"reason":"cannot open '"'/missing/server'"': No such file or directory","looked_for":[],"debug_package":null}],"debuginfod":false}' \
	"" env -u DEBUGINFOD_URLS "$limpet" names d.heap --json
expect 0 "all frames have names" "" "$limpet" names s.folded
contains "a remark" "frames without a name in server (100.0% of inuse_space): cannot open '/missing/server'" \
	"$("$limpet" top d.heap)"

finish
