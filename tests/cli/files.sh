# Profiles from files to files, without a process.
. "$(dirname "$0")/common.sh"

# text_offset: where the program's code begins in its file.
text_offset() {
	echo $(($(readelf -lW "$limpet" | awk '$1 == "LOAD" && /R E/ { print $2 }')))
}

printf 'main;a;b 10\nmain;a 5\nmain;c 85\n' >s.folded
write_dump d.heap
top="Type: samples
Showing nodes accounting for 100, 100% of 100 total
      flat  flat%   sum%        cum   cum%
        85 85.00% 85.00%         85 85.00%  c
        10 10.00% 95.00%         10 10.00%  b
         5  5.00%   100%         15 15.00%  a
         0     0%   100%        100   100%  main"
top2_cum="Type: samples
Showing nodes accounting for 85, 85.00% of 100 total
Showing top 2 nodes out of 4
      flat  flat%   sum%        cum   cum%
         0     0%     0%        100   100%  main
        85 85.00% 85.00%         85 85.00%  c"

expect 0 "$top" "" "$limpet" top s.folded
for words in "top s.folded -n 2 --cum" "top2 s.folded -cum" "top -cum 2 s.folded"; do
	# shellcheck disable=SC2086
	expect 0 "$top2_cum" "" "$limpet" $words
done
expect 0 "$top2_cum" "@1: folded stacks, 3 samples" \
	"$limpet" -e 'load s.folded' -e nodecount=2 -e 'top --cum'
expect 0 "$top2_cum" "" "$limpet" -q -e 'load s.folded' -e 'load d.heap' -e 'top2 @1 -cum'

# What is written can be read, and is the same.
expect 0 "" "" "$limpet" convert s.folded -o s.pb.gz
expect 0 "" "" "$limpet" convert s.pb.gz -o again.folded
same "folded stacks, there and back" "$(sort s.folded)" "$(cat again.folded)"
expect 0 "$top" "" "$limpet" top s.pb.gz
expect 0 "" "" "$limpet" convert s.folded s.pb.gz s.folded -o thrice.folded
same "the sum of three files" "$(sed 's/\([0-9]*\)$/\1*3/' s.folded | while read -r stack times; do
	echo "$stack $((times))"
done | sort)" "$(cat thrice.folded)"
expect 0 "" "" "$limpet" convert s.folded s.folded -o once.folded --base s.folded
same "the sum less a base" "$(sort s.folded)" "$(sort once.folded)"
expect 0 "" "" "$limpet" convert d.heap -o d.pb
same "kept in the pprof file" "$("$limpet" top d.heap)" "$("$limpet" top d.pb)"
contains "a heap dump" "server+0x113f" "$("$limpet" top d.heap)"
contains "its other values" "Type: inuse_objects" "$("$limpet" top d.heap sample_index=inuse_objects)"
expect 0 "" "" "$limpet" -q -e 'load d.heap' -e 'save raw.heap' -e 'save all.txt'
same "the bytes of a heap dump" "$(cat d.heap)" "$(cat raw.heap)"
same "a report" "$("$limpet" top d.heap)" "$(cat all.txt)"
expect 0 "" "" "$limpet" convert d.pb -o estimates.heap
same "a heap dump made of a profile" "heap_v2/1
  t*: 3: 3638090 [0: 0]
  t0: 3: 3638090 [0: 0]
@ 0x555555555139 0x555555555200
  t*: 1: 1212697 [0: 0]
  t0: 1: 1212697 [0: 0]
@ 0x555555555140 0x555555555200
  t*: 2: 2425393 [0: 0]
  t0: 2: 2425393 [0: 0]

MAPPED_LIBRARIES:
555555555000-555555556000 r-xp 00001000 00:00 0 /missing/server" "$(cat estimates.heap)"
expect 0 "" "" "$limpet" convert d.heap -o d.gperftools
same "the older text" "heap profile: 3: 3638090 [3: 3638090] @ heapprofile
1: 1212697 [1: 1212697] @ 0x555555555139 0x555555555200
2: 2425393 [2: 2425393] @ 0x555555555140 0x555555555200

MAPPED_LIBRARIES:
555555555000-555555556000 r-xp 00001000 00:00 0 /missing/server" "$(cat d.gperftools)"
for file in estimates.heap d.gperftools; do
	same "rows of $file" "$("$limpet" top d.heap | grep server+)" "$("$limpet" top $file | grep server+)"
done
expect 0 "" "" "$limpet" flame s.folded -o s.svg
contains "a picture" "<svg" "$(cat s.svg)"
expect 0 "" "" "$limpet" save s.folded saved.pb.gz
same "the same file from both" "$(cksum <s.pb.gz)" "$(cksum <saved.pb.gz)"

# What grew and what shrank. The second server was loaded elsewhere.
printf 'main;a;b 20\nmain;a 5\nmain;d 3\n' >later.folded
difference="Type: samples
Showing nodes accounting for -72, 72.00% of 100 total
      flat  flat%   sum%        cum   cum%
       -85 85.00% 85.00%        -85 85.00%  c
        10 10.00% 75.00%         10 10.00%  b
         3  3.00% 72.00%          3  3.00%  d
         0     0% 72.00%         10 10.00%  a
         0     0% 72.00%        -72 72.00%  main"
expect 0 "$difference" "kept as @1, saved in diff.folded" \
	"$limpet" diff s.folded later.folded -o diff.folded
same "a difference in folded stacks" "main;a;b 10
main;c -85
main;d 3" "$(cat diff.folded)"
expect 0 "$difference" "" "$limpet" top later.folded --base s.folded
expect 0 "$difference" "" "$limpet" -q -e 'load s.folded' -e 'load later.folded' -e 'top @ base=@1'
contains "the profile of a difference" "@3           -72 samples              6  -                    diff: @2 compared with @1" \
	"$("$limpet" -q -e 'load s.folded' -e 'load later.folded' -e 'diff @1 @2' -e profiles)"
expect 0 "" "" "$limpet" flame later.folded -o diff.svg --base s.folded
contains "a flame graph of a difference" "13 samples grown, 85 shrunk" "$(cat diff.svg)"
sed 's/55555555/56666666/g; s/2: 2097152/9: 9437184/; s/3: 3145728/10: 10485760/' d.heap >moved.heap
expect 0 "" "" "$limpet" convert moved.heap -o moved.pb.gz --base d.heap
same "stacks of different runs are compared" "    8.10MB 233.33% 233.33%     8.10MB 233.33%       11  server+0x113f
         0     0% 233.33%     8.10MB 233.33%       13  server+0x11ff" \
	"$("$limpet" top moved.pb.gz | grep 'server+0x1')"
expect 2 "" "limpet: the two profiles have no values in common
  the one has inuse_objects in count, inuse_samples in count, inuse_space in bytes; the base samples in count" \
	"$limpet" diff s.folded d.heap
expect 2 "" "limpet: diff: more arguments are needed
  usage: diff BEFORE AFTER [-n N] [--cum] [--sample-index TYPE] [-o FILE]" "$limpet" diff s.folded
expect 1 "" "limpet: cannot open 'missing': No such file or directory
  a profile is a number such as @1, or a file" "$limpet" top s.folded --base missing

# The allocator's own frames.
sed 's/^@ /@ 0x7f0000000101 /' d.heap >allocator.heap
echo '7f0000000000-7f0000001000 r-xp 00000000 08:01 101 /missing/libjemalloc.so.2' >>allocator.heap
frame=libjemalloc.so.2+0x100
same "allocator frames" "" "$("$limpet" top allocator.heap | grep "$frame")"
contains "all frames" "3.47MB   100%        3  $frame" "$("$limpet" top allocator.heap --all-frames)"
same "all frames, of one table only" 1 "$("$limpet" -q -e 'load allocator.heap' -e top -e 'top --all-frames' \
	-e top -e 'save hidden.pb' | grep -c "$frame")"
expect 0 "" "" "$limpet" convert allocator.heap -o shown.pb --all-frames
same "hidden frames of a file" "" "$("$limpet" top hidden.pb | grep "$frame")"
contains "shown frames of a file" "$frame" "$("$limpet" top shown.pb)"
expect 0 "" "" "$limpet" flame hidden.pb -o shown.svg --all-frames
contains "all frames of a flame graph" "$frame" "$(cat shown.svg)"

TZ=UTC expect 0 "           total of             samples  taken                what
@1           100 samples              3  -                    s.folded: folded stacks
@2        3.47MB inuse_space          2  -                    d.heap: jemalloc heap dump" "" \
	"$limpet" -q -e 'load s.folded' -e 'load ./d.heap' -e profiles
expect 0 "" "there is no profile yet" "$limpet" profiles

# What the name of a dump tells, and which files names are from: there is no inode here as in the dump.
cp d.heap jeprof.4242.7.m3.heap
contains "a name by jemalloc" "dump of process 4242, its dump 7, on demand" "$("$limpet" top jeprof.4242.7.m3.heap)"
expect 0 "" "@1: jemalloc heap dump of process 4242, its dump 7, on demand, 2 samples" "$limpet" load jeprof.4242.7.m3.heap
unproven="names are from files here, perhaps not those that were mapped: $limpet"
read -r device inode < <(stat -c '%Hd:%Ld %i' "$limpet")
for identity in "ffff:ff 1" "$(printf '%x:%x' "${device%:*}" "${device#*:}") $inode"; do
	{
		sed '/^MAPPED/q' d.heap
		echo "555555555000-555555556000 r-xp $(printf '%08x' "$(text_offset)") $identity $limpet"
	} >mapped.heap
	"$limpet" top mapped.heap
done >unproven.txt
same "files that may be others are named" 1 "$(grep -cxF "$unproven" unproven.txt)"

# What cannot be read.
: >empty
head -n 4 d.heap | head -c 50 >short.heap
head -c 30 s.pb.gz >short.pb.gz
expect 1 "" "limpet: 'empty': empty" "$limpet" load empty
expect 1 "" "limpet: '/etc/passwd': of no known format
  what can be read: jemalloc heap dump, pprof profile, folded stacks" "$limpet" load /etc/passwd
expect 1 "" "limpet: 'short.heap': jemalloc heap dump: line 3: the file ends in the middle of a line
  was the disk full when it was dumped?" "$limpet" load short.heap
expect 1 "" "limpet: 'short.pb.gz': pprof profile: truncated: the gzip data ends early" \
	"$limpet" load short.pb.gz
expect 1 "" "limpet: cannot open 'missing': No such file or directory" "$limpet" load missing
expect 1 "" "limpet: cannot open 'missing': No such file or directory
  a profile is a number such as @1, or a file" "$limpet" top missing
expect 1 "" "limpet: '.': cannot read: Is a directory" "$limpet" load .
if [ "$(id -u)" -ne 0 ]; then
	touch secret && chmod 0 secret
	expect 1 "" "limpet: cannot open 'secret': Permission denied" "$limpet" load secret
fi

# What cannot be written is said before anything is read.
expect 1 "" "limpet: cannot write 'missing/x.svg': No such file or directory" \
	"$limpet" convert short.heap -o missing/x.svg
expect 1 "" "limpet: cannot write 'missing/x.svg': No such file or directory" \
	"$limpet" flame short.heap -o missing/x.svg
expect 1 "" "limpet: cannot write 'missing/x.pb': No such file or directory" \
	"$limpet" save short.heap missing/x.pb
for suffix in heap gperftools; do
	expect 1 "" "limpet: cannot write 'x.$suffix': the profile is not one of a heap
  save it as .pb.gz: that holds everything" "$limpet" convert s.folded -o x.$suffix
	expect 1 "" "limpet: cannot write 'x.$suffix': a heap dump cannot hold negative values
  save it as .pb.gz: that holds everything" "$limpet" convert d.heap -o x.$suffix --base moved.heap
done
expect 2 "" "limpet: the name 'x.jpg' does not end like any format's
  known are .heap, .gperftools, .pb.gz, .pb, .folded, .svg, .txt" "$limpet" convert s.folded -o x.jpg
expect 2 "" "limpet: 's.txt' is no name of a picture
  a flame graph is an .svg file" "$limpet" flame s.folded -o s.txt
expect 2 "" "limpet: flame: the file to write is needed: -o FILE
  usage: flame [PROFILE] -o FILE [--sample-index TYPE] [--base PROFILE]" "$limpet" flame s.folded
expect 2 "" "limpet: save: a file to write is needed after @1
  usage: save [PROFILE] FILE [--sample-index TYPE]" "$limpet" save @1
same "files left behind" "" "$(ls | grep -E '^x\.|\.(svg|pb|heap)\..+' | grep -v '\.pb\.gz$')"

expect 1 "" "limpet: there is no profile yet
  take one with \`cpu\` or \`heap dump\`, or \`load FILE\`; \`live\` shows a process as it runs" "$limpet" top
expect 3 "" "@1: folded stacks, 3 samples
-e:2: there is no profile @2
  there is @1 only" "$limpet" -e 'load s.folded' -e 'top @2'
expect 2 "" "limpet: the profile has no values of type 'foo'
  it has samples" "$limpet" top s.folded sample_index=foo

finish
