#!/usr/bin/env bash
# build.sh FOLDER VERSION PREFIX KIND: builds a jemalloc from the sources of the crate that bundles it, and
# what the victims have of their own for its prefix, into FOLDER/VERSION-PREFIX-KIND; prints nothing but
# the reason if it fails. What was built before by the same rules is left as it is.
#   usual   with its profiler
#   bare    without profiler and statistics, as Redis and the Rust crates build it
#   musl    for programs that are linked with musl statically
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
victims=$here/../victims
. "$here/versions.sh"
mkdir -p "$1"
folder=$(cd "$1" && pwd) version=$2 prefix=$3 kind=$4
built=$folder/$version-$prefix-$kind

compiler=gcc
outputs=(lib/libjemalloc_pic.a)
options=(--enable-prof)
case $kind in
usual) outputs+=(lib/libjemalloc.so.2) ;;
bare) options=(--disable-prof --disable-stats) ;;
musl) compiler=musl-gcc ;;
esac

# The folder of the crate's files, which cargo keeps for all of its user's builds.
sources() {
	local name crate_version
	read -r name crate_version <<<"$(crate "$version")"
	mkdir -p "$built.crate"
	cat >"$built.crate/Cargo.toml" <<-END
		[package]
		name = "sources"
		version = "0.0.0"
		[lib]
		path = "/dev/null"
		[dependencies]
		$name = "=$crate_version"
		[workspace]
	END
	cargo metadata --quiet --format-version 1 --filter-platform x86_64-unknown-linux-gnu \
		--manifest-path "$built.crate/Cargo.toml" |
		jq -r --arg name "$name" '.packages[] | select(.name == $name).manifest_path | sub("/[^/]*$"; "")'
}

# Newer crates keep what autoconf makes beside jemalloc; older ones leave the version to git.
copy_sources() {
	local from
	from=$(sources)
	rm -rf "$built" "$built.log"
	cp -r "$from/jemalloc" "$built"
	[ ! -d "$from/configure" ] || cp "$from"/configure/* "$built"
	[ -e "$built/VERSION" ] || echo "$version-0-g0000000000000000000000000000000000000000" >"$built/VERSION"
}

build_jemalloc() {
	cd "$built"
	if [ "$kind" = musl ]; then
		musl-gcc -D_GNU_SOURCE -O2 -fPIC -c "$victims/find_object.c" || return
		export LDFLAGS=$built/find_object.o
	fi
	CC=$compiler CFLAGS='-O1 -g0 -fno-unroll-loops -fcommon -w' sh ./configure "${options[@]}" \
		--disable-initial-exec-tls --disable-cxx --with-jemalloc-prefix="$(prefix_of "$prefix")" &&
		make "${outputs[@]}"
}

build_own_parts() {
	local part
	for part in holder_heap holder holder_node victim; do
		"$compiler" -std=gnu11 -D_GNU_SOURCE -O2 -fPIC -fno-optimize-sibling-calls -Wall -Wextra \
			-DHEAP="$prefix" -DPREFIX="$(prefix_of "$prefix")" \
			-c -o "$built/$part.o" "$victims/$part.c" || return
	done
}

# is_fresh FILE SOURCE...
is_fresh() {
	local file=$1 source
	shift
	for source; do
		[ "$file" -nt "$source" ] || return 1
	done
}

# try STEP...: in a file beside the build, of which the end is shown if it fails.
try() {
	("$@") >>"$built.log" 2>&1 || {
		echo "build.sh: jemalloc $version, prefix $prefix, $kind: $1 fails; $built.log ends with:"
		tail -n 5 "$built.log"
		exit 1
	}
}

if ! is_fresh "$built/done" "$0"; then
	copy_sources
	try build_jemalloc
	touch "$built/done"
fi
is_fresh "$built/victim.o" "$0" "$victims"/holder* "$victims"/victim.* || try build_own_parts
