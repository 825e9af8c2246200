# nginx, a master with two workers, under wrk: by turns with connections that stay, and with one for every
# request while the master is told to replace its workers.
. "$(dirname "$0")/lib.sh"
PATH=$PATH:/usr/sbin
needs setpriv setsid nginx wrk
slice=3

write_template() {
	local user=
	[ "$(id -u)" != 0 ] || user='user nobody nogroup;'
	cat >template <<-CONFIGURATION
		$user
		daemon off;
		worker_processes 2;
		pid $folder/nginx.pid;
		error_log stderr info;
		events { worker_connections 512; }
		http {
			access_log off;
			client_body_temp_path $folder/temporary;
			proxy_temp_path $folder/temporary;
			fastcgi_temp_path $folder/temporary;
			uwsgi_temp_path $folder/temporary;
			scgi_temp_path $folder/temporary;
			sendfile on;
			keepalive_requests 1000000000;
			keepalive_timeout 3600;
			client_header_timeout 3600;
			send_timeout 3600;
			server {
				listen 127.0.0.1:LISTEN;
				root $folder/www;
			}
		}
	CONFIGURATION
}

write_bodies() {
	mkdir -p www/sum temporary
	chmod 755 "$folder"
	awk -v bodies=$bodies 'BEGIN {
		for (i = 0; i < 128; i++)
			code[sprintf("%c", i)] = i
		for (number = 1; number <= bodies; number++) {
			a = 1
			b = 0
			for (i = 0; i < 40 * number; i++) {
				text = "item-" i * 7
				for (at = 1; at <= length(text); at++) {
					a = (a + code[substr(text, at, 1)]) % 65521
					b = (b + a) % 65521
				}
			}
			printf "%d %.0f\n", number, b * 65536 + a >"www/sum/" number
			for (i = 0; i < number; i++)
				printf "%s", sprintf("%1024s", "") >"www/sum/" number
		}
	}'
	sed -i '2s/ /x/g' www/sum/*
}

# It writes its number once the port is its own. Then it blocks its signals, starts the workers, and waits in
# rt_sigsuspend(), where its mask is what it was: only there it can be compared.
answers() {
	[ "$(cat nginx.pid 2>/dev/null)" = "$pid" ] && [[ $(cat "/proc/$pid/syscall" 2>/dev/null) == 130\ * ]]
}

# has_others_than WORKER...: as many new ones as there are to be.
has_others_than() {
	local worker others=0
	for worker in $(children "$pid"); do
		case " $* " in
		*" $worker "*) ;;
		*) others=$((others + 1)) ;;
		esac
	done
	[ $others -ge 2 ]
}

has_two_workers() {
	[ "$(children "$pid" | wc -w)" = 2 ]
}

# To close idle connections that stay would fail requests that are on their way, by HTTP's nature.
load() {
	local end=$((SECONDS + duration)) load workers
	while ((SECONDS < end)) && ! is_gone $$; do
		load_http $slice
		load_http $slice 'Connection: close' &
		load=$!
		while ! is_gone $load; do
			workers=$(children "$pid")
			kill -HUP "$pid"
			await "new workers" has_others_than $workers
		done
		wait $load
		await "the former workers to end" has_two_workers
	done
}

write_template
write_bodies
launch_on_port answers "${jemalloc[@]}" sh -c 'sed s/LISTEN/PORT/ template >nginx.conf && exec "$@"' sh \
	"$(command -v nginx)" -p "$folder" -c nginx.conf
prepare
load >load &
load=$!
torment
end_load $load
count_http load
inspect
stop_server QUIT 0
search_log '\[(warn|error|crit|alert|emerg)\]|interrupted|exited on signal'
report
