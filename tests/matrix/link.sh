# Sourced by combination.sh: links the victim that a combination asks for. The link_ functions set
# module, the file that has the jemalloc, and command, what starts the victim; others, if there are more:
# "PREFIX MODULE" of each.

# Names that stay known, so that the profile of a stripped program can tell who allocated.
readonly kept_names='-Wl,--export-dynamic-symbol=hold_*'
readonly libraries=(-lm -ldl -pthread)

# part FILE [PREFIX]: one of those that were built for this combination.
part() {
	echo "$builds/$version-${2-$prefix}-$kind/$1"
}

# link_program [FILE]...: the victim with its own heap, and these.
link_program() {
	gcc -pie -Wl,--build-id -o victim "$(part holder.o)" "$(part victim.o)" "$(part holder_heap.o)" "$@" \
		"$kept_names" "${libraries[@]}"
	command=("$folder/victim")
}

# link_library PREFIX [FILE]...: as extensions do it: nothing of the jemalloc can be seen from outside.
link_library() {
	gcc -shared -Wl,--build-id,-Bsymbolic,--exclude-libs,ALL -o library.so "$(part holder_heap.o "$1")" \
		"$(part lib/libjemalloc_pic.a "$1")" "${@:2}" "${libraries[@]}"
}

copy_shared() {
	cp "$(part lib/libjemalloc.so.2 "$1")" .
	module=$folder/libjemalloc.so.2
}

link_shared() {
	copy_shared "$prefix"
	link_program "$module" -Wl,-rpath,"$folder"
}

link_preloaded() {
	link_program
	copy_shared "$prefix"
	command=(env LD_PRELOAD="$module" "${command[@]}")
}

link_static() {
	link_program "$(part lib/libjemalloc_pic.a)"
	module=$folder/victim
}

link_extension() {
	link_library "$prefix"
	gcc -pie -o victim "$(part holder.o)" "$(part victim.o)" "${libraries[@]}"
	module=$folder/library.so
	command=("$folder/victim" "$module")
}

link_python() {
	link_library "$prefix"
	module=$folder/library.so
	command=(python3 "$victims/holder.py" "$prefix" "$module")
}

link_node() {
	link_library "$prefix" "$(part holder_node.o)" "$(part victim.o)"
	module=$folder/library.so
	command=(node "$victims/holder.js" "$module")
}

# This combination's own is the static one.
link_several() {
	link_library _rjem_
	copy_shared none
	link_program "$(part lib/libjemalloc_pic.a)" "$(part holder_heap.o none)" "$module" -Wl,-rpath,"$folder"
	others=("none $module" "_rjem_ $folder/library.so")
	module=$folder/victim
	command=("$module" "$folder/library.so")
}

# musl-gcc knows of no static-pie, and takes glibc's rcrt1.o for its own: that lies beside its specs. gcc's
# unwinder calls pthread_once() without asking for it to be linked.
link_static-pie-musl() {
	local crt
	crt=$(dirname "$(musl-gcc -v 2>&1 | sed -n 's/^Reading specs from //p')")
	musl-gcc -static -nostartfiles -Wl,-pie,--no-dynamic-linker,-z,text,--build-id,--eh-frame-hdr \
		-Wl,-u,pthread_once -o victim "$crt"/{rcrt1,crti}.o "$(gcc -print-file-name=crtbeginS.o)" "$(part holder.o)" \
		"$(part victim.o)" "$(part holder_heap.o)" "$(part lib/libjemalloc_pic.a)" "$(part find_object.o)" \
		"$(gcc -print-file-name=crtendS.o)" "$crt/crtn.o"
	module=$folder/victim
	command=("$module")
}

# strip_symbols FILE: as the combination says. /usr/lib/debug is a folder of this combination's own.
strip_symbols() {
	local id
	case $stripping in
	symbols) return ;;
	debug-file)
		id=$(readelf -n "$1" | sed -n 's/.*Build ID: //p')
		mkdir -p "/usr/lib/debug/.build-id/${id:0:2}"
		objcopy --only-keep-debug "$1" "/usr/lib/debug/.build-id/${id:0:2}/${id:2}.debug"
		;;
	.gnu_debugdata)
		strip -g -o packed "$1"
		xz packed
		objcopy --add-section .gnu_debugdata=packed.xz "$1"
		;;
	esac
	strip "$1"
}

link_victim() {
	local file
	command -v "link_$linkage" >/dev/null || give_up "nothing is linked so: $linkage"
	"link_$linkage" 2>link_errors || give_up "it cannot be linked" "$(cat link_errors)"
	for file in "$module" "${others[@]#* }"; do
		strip_symbols "$file"
	done
}
