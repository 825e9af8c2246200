# Dumps and snapshots of a machine whose files are elsewhere.
. "$(dirname "$0")/lib.sh"
needs setpriv
# Nothing is kept: each time all is looked for.
export XDG_CACHE_HOME=/dev/null

# Where the programs were: away from here, and back.
machine=$folder/machine
mkdir "$machine"
cp "$victims/dumper" "$victims/names" "$machine"
MALLOC_CONF=prof:true,prof_prefix:dump "$machine/dumper" 3 1 >said 2>&1 || give_up "$(cat said)"
dump=$(ls -v dump.*.heap | tail -1)
start "$machine/names"
succeed -p "$pid" cpu -d 0.3 -r 199 --snapshot names.snapshot
# A process is of this machine: what is mapped names it, whatever lies below the sysroot.
mkdir other
cp "$victims/dumper" other/names
succeed --sysroot other -p "$pid" cpu -d 0.3 -r 199 -o names.folded
matches "a process, whatever the sysroot has" ';run_named;grind\(void\*\)' "$(cat names.folded)"
end "$pid"
matches "the snapshot: build ids" '^build-id [0-9a-f]+ [0-9a-f]{40}$' "$(cat names.snapshot)"

# convert_dump ARGUMENT...: sets folded.
convert_dump() {
	rm -f dump.folded
	succeed convert "$dump" -o dump.folded "$@"
	folded=$(cat dump.folded)
}

# sample_snapshot ARGUMENT...
sample_snapshot() {
	rm -f names.folded
	run "$@" -p names.snapshot cpu -d 10 -o names.folded
	contains "the end of the recording ($*)" "ended during the capture" "$err"
	folded=$(cat names.folded)
}

convert_dump
matches "the dump where it was made" 'run_named;run;allocate' "$folded"
here=$folded
sample_snapshot
matches "the snapshot where it was made" ';run_named;grind\(void\*\);' "$folded"
names_here=$folded

mv "$machine" kept
convert_dump
lacks "the dump elsewhere" run_named "$folded"
matches "the dump elsewhere" 'dumper\+0x[0-9a-f]+' "$folded"

# lay_out PROGRAM: its files as they may lie, one a name in $layouts.
layouts="paths flat ids"
lay_out() {
	local id
	id=$(readelf -n "kept/$1" | sed -n 's/.*Build ID: //p')
	rm -rf paths flat ids
	mkdir -p "paths$machine" flat "ids/.build-id/${id:0:2}"
	cp "kept/$1" "paths$machine/"
	cp "kept/$1" flat/
	[ -z "$id" ] || cp "kept/$1" "ids/.build-id/${id:0:2}/${id:2}"
}

lay_out dumper
for layout in paths flat; do
	convert_dump --sysroot $layout
	same "the dump, $layout" "$(grep -o 'run_named;.*' <<<"$here" | sort)" "$(grep -o 'run_named;.*' <<<"$folded" | sort)"
	succeed top "$dump" --sysroot $layout
	matches "top of the dump, $layout" ' run_named$' "$out"
	printf '%s\n' "set sysroot $layout" "load $dump" "save loaded.folded" >script
	succeed -x script
	matches "load of the dump, $layout" 'run_named;run;allocate' "$(cat loaded.folded)"
	matches "the dump, $layout: the remark" "perhaps not those that were mapped: $machine/dumper" \
		"$(succeed convert "$dump" -o dump.pb.gz --sysroot $layout && gzip -dc dump.pb.gz | tr '\0' '\n' | strings)"
done

lay_out names
for layout in $layouts; do
	sample_snapshot --sysroot $layout
	same "the snapshot, $layout" "$names_here" "$folded"
done
mkdir empty
sample_snapshot --sysroot empty
lacks "an empty sysroot" run_named "$folded"
refuse 2 "there is no folder 'missing'" "" convert "$dump" -o dump.folded --sysroot missing

# Another build of the program is not taken, wherever it lies.
needs objcopy
for layout in $layouts; do
	for file in $(find $layout -type f); do
		printf '\4\0\0\0\24\0\0\0\3\0\0\0GNU\0another build, truly' >note
		objcopy --update-section .note.gnu.build-id=note "$file"
	done
	sample_snapshot --sysroot $layout
	lacks "another build, $layout" run_named "$folded"
done

# The symbols may be apart, below the sysroot, too.
lay_out names
id=$(readelf -n kept/names | sed -n 's/.*Build ID: //p')
strip "paths$machine/names"
sample_snapshot --sysroot paths
lacks "stripped" run_named "$folded"
mkdir -p "paths/usr/lib/debug/.build-id/${id:0:2}"
objcopy --only-keep-debug kept/names "paths/usr/lib/debug/.build-id/${id:0:2}/${id:2}.debug"
sample_snapshot --sysroot paths
same "stripped, with its debug file" "$names_here" "$folded"
finish
