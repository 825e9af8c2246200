# Names of what is mapped, whatever became of the file and wherever it is.
. "$(dirname "$0")/lib.sh"
needs setpriv cc strip objcopy
chmod 755 "$folder" # for nobody
cp "$limpet" limpet
mkdir -m 777 shared

cat >library.c <<'C'
static volatile unsigned long sum;
__attribute__((noinline)) void NAME(void)
{
	for (unsigned i = 0; i < 1000000; i++)
		sum += i;
}
C
cat >user.c <<'C'
#include <stdio.h>
void lib_burn(void);
static __attribute__((noinline)) void own_burn(void) { lib_burn(); __asm__(""); }
int main(void)
{
	puts("ready");
	fflush(stdout);
	for (;;)
		own_burn();
}
C
# Executes a file of which there is only memory; its library is a file of memory, too.
cat >in_memory.c <<'C'
#define _GNU_SOURCE
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <unistd.h>
int main(int count, char **arguments)
{
	int from = open(arguments[1], O_RDONLY), to = memfd_create("program", MFD_CLOEXEC);
	while (sendfile(to, from, NULL, 1 << 20) > 0)
		;
	return count > 1 && fexecve(to, arguments + 1, environ);
}
C
# Maps a library that lies within a file at an offset, as Android's loader does, and calls its function.
cat >archive_user.c <<'C'
#include <elf.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
int main(int count, char **arguments)
{
	int fd = open(arguments[1], O_RDONLY);
	long offset = atol(arguments[2]);
	Elf64_Ehdr header;
	Elf64_Phdr segments[16];
	char *base = mmap(NULL, 1 << 20, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	pread(fd, &header, sizeof(header), offset);
	pread(fd, segments, sizeof(segments), offset + (long)header.e_phoff);
	for (int i = 0; i < header.e_phnum; i++) {
		Elf64_Phdr *s = &segments[i];
		unsigned long skew = s->p_vaddr & 4095;
		if (s->p_type != PT_LOAD)
			continue;
		mmap(base + s->p_vaddr - skew, s->p_memsz + skew,
			PROT_READ | (s->p_flags & PF_W ? PROT_WRITE : 0) | (s->p_flags & PF_X ? PROT_EXEC : 0),
			MAP_PRIVATE | MAP_FIXED, fd, offset + (long)(s->p_offset - skew));
	}
	void (*function)(void) = (void (*)(void))(base + strtol(arguments[3], NULL, 16));
	puts("ready");
	fflush(stdout);
	for (; count;)
		function();
}
C
cat >clock.c <<'C'
#include <stdio.h>
#include <time.h>
int main(void)
{
	struct timespec now;
	puts("ready");
	fflush(stdout);
	for (;;)
		clock_gettime(CLOCK_MONOTONIC, &now);
}
C
build() {
	cc -g -O1 -w "$@" || give_up "cc $*"
}
build_user() {
	mkdir -p "$1"
	build -shared -fPIC -DNAME=lib_burn -o "$1/libburn.so" library.c
	build -o "$1/user" user.c -L"$1" -lburn -Wl,-rpath,"$folder/$1"
}

# sample COMMAND...: below that command; sets folded.
sample() {
	rm -f shared/files.folded
	# On a machine that is busy the program may not have run at all.
	until sampled shared/files.folded; do
		"$@" ./limpet -p "$pid" cpu -d 0.2 -r 199 -o shared/files.folded >shared.out 2>shared.err ||
			give_up "cpu: $(cat shared.err)"
	done
	folded=$(cat shared/files.folded)
}

whole='main;own_burn;lib_burn [0-9]+$'
named() {
	sample
	matches "$1" "$whole" "$folded"
}

as_nobody=(setpriv --reuid=$nobody --regid=$nobody --clear-groups)
# not_root NAME PATTERN: what somebody makes of it who may not look into map_files.
not_root() {
	[ "$(id -u)" = 0 ] || return 0
	sample "${as_nobody[@]}"
	matches "$1, not root" "$2" "$folded"
}

# told NAME TEXT: what not_root has said, too.
told() {
	[ "$(id -u)" = 0 ] || return 0
	contains "$1, not root: is told" "$2" "$(cat shared.out)"
}

start_user() {
	if [ "$(id -u)" = 0 ]; then
		start "${as_nobody[@]}" "$@"
	else
		start "$@"
	fi
}

build_user deleted
start_user deleted/user
not_root "all is there" "$whole"
rm deleted/user
not_root "the program is deleted" "$whole"
named "the program is deleted"
rm deleted/libburn.so
not_root "the library is deleted" '(^|;)libburn.so\+0x[0-9a-f]+ [0-9]+$'
told "the library is deleted" "'$folder/deleted/libburn.so' was deleted after the process mapped it: root, "
named "the library is deleted"
end "$pid"

build_user replaced
start_user replaced/user
build -shared -fPIC -DNAME=wrong_name -o other.so library.c
mv other.so replaced/libburn.so
cp "$(command -v sleep)" other
mv other replaced/user
not_root "all is replaced" '(^|;)libburn.so\+0x[0-9a-f]+ [0-9]+$'
lacks "all is replaced, not root: a wrong name" wrong_name "$folded"
told "all is replaced" "'$folder/replaced/libburn.so' was replaced after the process mapped it: root, "
named "all is replaced"
# The same once more is as good.
build_user again
end "$pid"
start_user again/user
cp again/libburn.so copy.so
mv copy.so again/libburn.so
not_root "a copy of the library is in its place" "$whole"
end "$pid"

build -o in_memory in_memory.c
build_user memory
start_user "$folder/in_memory" "$folder/memory/user"
named "a program of memory"
not_root "a program of memory" "$whole"
end "$pid"

# A library in an archive: not packed, and aligned to a page.
build -shared -fPIC -nostdlib -DNAME=archived_burn -o archived.so library.c
build -o archive_user archive_user.c
{
	printf 'PK\3\4'
	head -c 8188 /dev/zero
	cat archived.so
	printf 'PK\5\6'
} >app.apk
start ./archive_user "$folder/app.apk" 8192 "$(nm archived.so | sed -n 's/ T archived_burn//p')"
sample
matches "a library in an archive" '(main|;).*archived_burn [0-9]+$' "$folded"
end "$pid"

build -o clock clock.c
start ./clock
sample
matches "the vdso" 'main;(clock_gettime;)?(__vdso_)?clock_gettime( [0-9]+$|;)' "$folded"
end "$pid"

if unshare --mount --pid --fork true 2>/dev/null; then
	# Both see the same path, below which there are different files.
	build_user contained
	cp -r contained inside
	objcopy --only-keep-debug inside/user inside/user.debug
	strip inside/user
	id=$(readelf -n inside/user | sed -n 's/.*Build ID: //p')
	printf 'not this one' >contained/libburn.so
	mkdir -p debug/usr/lib/debug/.build-id/"${id:0:2}"
	cp inside/user.debug debug/usr/lib/debug/.build-id/"${id:0:2}/${id:2}.debug"
	start unshare --mount --pid --fork --kill-child sh -c 'mount --bind "$1/inside" "$1/contained" &&
		mount --bind "$1/debug/usr/lib/debug" /usr/lib/debug && exec "$1/contained/user"' sh "$folder"
	read -r pid <<<"$(children "$pid")"
	named "another mount and PID namespace, with a debug folder of its own"
	end "$pid"

	build_user lower
	mkdir -p upper work merged
	mv lower/libburn.so upper
	if unshare --mount mount -t overlay overlay -o "lowerdir=lower,upperdir=upper,workdir=work" merged 2>/dev/null; then
		start unshare --mount --pid --fork --kill-child sh -c \
			'mount -t overlay overlay -o "lowerdir=$1/lower,upperdir=$1/upper,workdir=$1/work" "$1/merged" &&
			LD_LIBRARY_PATH=$1/merged exec setpriv --reuid=65534 --regid=65534 --clear-groups "$1/merged/user"' sh "$folder"
		read -r pid <<<"$(children "$pid")"
		named "an overlay"
		end "$pid"
		# Without a PID namespace, so that nobody can look from its own.
		start unshare --mount sh -c \
			'mount -t overlay overlay -o "lowerdir=$1/lower,upperdir=$1/upper,workdir=$1/work" "$1/merged" &&
			LD_LIBRARY_PATH=$1/merged exec setpriv --reuid=65534 --regid=65534 --clear-groups "$1/merged/user"' sh "$folder"
		not_root "an overlay" "$whole"
		end "$pid"
	else
		printf 'skipped: not permitted to mount an overlay here\n'
	fi
else
	printf 'skipped: not permitted to make a namespace\n'
fi
finish
