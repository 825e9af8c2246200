# files.sh UNWIND_CHECK FUNCTIONS: limpet's unwinder beside libunwind's at so many functions of every
# library and program of the system. scripts/check-unwinding has no such bound.
set -eu
# Each file once, however many names it has.
find -H /usr/lib/x86_64-linux-gnu /usr/lib64 /usr/bin /usr/sbin -type f \
	\( -perm -u+x -o -name '*.so' -o -name '*.so.*' \) -printf '%D:%i %p\0' |
	sort -zu -t ' ' -k 1,1 | cut -z -d ' ' -f 2- | "$1" files -n "$2" -
