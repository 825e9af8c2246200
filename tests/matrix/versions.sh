# Sourced: the versions of jemalloc that people run, and the crates that bundle their sources.

# crate VERSION: "NAME CRATE-VERSION" of the one that bundles it.
crate() {
	case $1 in
	4.5.0) echo jemalloc-sys 0.1.3 ;;
	5.0.1) echo jemalloc-sys 0.1.5 ;;
	5.1.0) echo jemalloc-sys 0.3.2 ;;
	5.2.1) echo tikv-jemalloc-sys 0.4.0 ;;
	5.3.0) echo tikv-jemalloc-sys 0.5.0 ;;
	5.3.1) echo tikv-jemalloc-sys 0.7.1 ;;
	esac
}

versions=(4.5.0 5.0.1 5.1.0 5.2.1 5.3.0 5.3.1)
prefixes=(none je_ je _rjem_)

# prefix_of NAME: "none" is the name of having none.
prefix_of() {
	[ "$1" = none ] || echo "$1"
}

# kind_of LINKAGE PROFILER: which build of a jemalloc they take.
kind_of() {
	case $1,$2 in
	static-pie-musl,*) echo musl ;;
	*,missing) echo bare ;;
	*) echo usual ;;
	esac
}

# combinations: all of them, a line each: "VERSION, LINKAGE, PREFIX, STRIPPING, PROFILER".
#   LINKAGE    a function link_LINKAGE of link.sh
#   STRIPPING  symbols: where they were; debug-file, .gnu_debugdata: kept there; stripped: lost
#   PROFILER   enabled or disabled when the victim starts, or missing from the build
combinations() {
	local version prefix
	for version in "${versions[@]}"; do
		for prefix in "${prefixes[@]}"; do
			combine "$version" "$prefix" shared enabled symbols stripped
			combine "$version" "$prefix" static enabled symbols debug-file .gnu_debugdata stripped
			combine "$version" "$prefix" extension enabled symbols debug-file .gnu_debugdata stripped
			combine "$version" "$prefix" shared disabled symbols
			combine "$version" "$prefix" static disabled stripped
		done
		combine "$version" none preloaded enabled symbols stripped
		combine "$version" _rjem_ python enabled symbols stripped
		combine "$version" _rjem_ node enabled symbols stripped
		combine "$version" je_ several enabled symbols stripped
		combine "$version" _rjem_ static-pie-musl enabled symbols debug-file .gnu_debugdata stripped
		combine "$version" je_ static missing symbols
	done
}

# combine VERSION PREFIX LINKAGE PROFILER STRIPPING...
combine() {
	local version=$1 prefix=$2 linkage=$3 profiler=$4
	shift 4
	printf "$version, $linkage, $prefix, %s, $profiler\n" "$@"
}
