#!/bin/sh
# What the rc.d script asks of rc.subr, daemon(8), su(1), pgrep(1), pwait(1) and the launcher: stand-ins write it down, no
# process is started or signalled (rcd-life-test.sh does that). Runs anywhere with a POSIX sh.
set -u
cd "$(dirname "$0")/../../.." || exit 1
. src/test/sh/check.sh

# What rc.subr does with the script's variables, as far as it matters here.
cat > "$tmp/rc.subr" << 'END'
kill() {
	say "kill $*"
	case $1 in
	-TERM) rm -f "$tmp/agent" ;;
	esac
}
say() { echo "$*" >> "$tmp/log"; }
wait_for_pids() { say "wait $*"; }
check_pidfile() { say "check_pidfile $1 $2" && cat "$1" 2> /dev/null; }
load_rc_config() { . "$tmp/rc.conf"; }
run_rc_command() {
	arg=$1
	case $arg in one*) arg=${arg#one} && eval "$rcvar=YES" ;; esac
	eval "enabled=\$$rcvar; user=\${${name}_user:-}; svcj=\$${name}_svcj"
	[ "$enabled" = YES ] || { echo "Cannot '$arg' $name." && return 0; }
	[ -z "$user" ] && [ "$svcj" = NO ] || { say "su $user, service jail $svcj" && return 1; }
	rc_pid=$(check_pidfile "$pidfile" "${procname:-$command}")
	case $arg in
	start)
		[ -z "$rc_pid" ] || { echo "$name already running?" && return 1; }
		eval "$start_precmd" || { echo "failed precmd" && return 1; }
		eval "chdir=\${${name}_chdir:-}"
		cd "$chdir" || return 1 # after start_precmd has made it
		say "chdir $chdir"
		eval "$command $command_args"
		;;
	stop)
		[ -n "$rc_pid" ] || { echo "$name not running?" && return 1; }
		eval "$stop_precmd" || return 1
		eval "kill -${sig_stop:-TERM} $rc_pid"
		wait # for the stop's deadline, which is a stand-in, too
		wait_for_pids "$rc_pid"
		eval "$stop_postcmd"
		;;
	restart)
		(run_rc_command stop)
		(run_rc_command start)
		;;
	*)
		case " status $extra_commands " in *" $arg "*) ;; *) echo "unknown directive $arg" && return 1 ;; esac
		eval "cmd=\${${arg}_cmd}"
		eval "$cmd"
		;;
	esac
}
END

mkdir -p "$tmp/bin" "$tmp/prefix/bin"
cat > "$tmp/bin/daemon" << 'END'
#!/bin/sh
printf 'daemon' >> "$tmp/log"
printf ' <%s>' "$@" >> "$tmp/log"
echo >> "$tmp/log"
echo "java: home <$BHYVESCOPE_JAVA_HOME> opts <$BHYVESCOPE_JAVA_OPTS> JAVA_HOME <${JAVA_HOME-unset}>" >> "$tmp/java"
echo 4242 > "$tmp/run/bhyvescope/supervisor.pid"
echo 4243 > "$tmp/agent"
END
cat > "$tmp/bin/pgrep" << 'END'
#!/bin/sh
[ "$1 $2" = "-P 4242" ] && cat "$tmp/agent" 2> /dev/null
END
cat > "$tmp/bin/pwait" << 'END'
#!/bin/sh
echo "pwait $*" >> "$tmp/log"
exit "$(cat "$tmp/pwait.status")"
END
cat > "$tmp/bin/install" << 'END'
#!/bin/sh
echo "install $*" >> "$tmp/log"
for dir; do :; done
mkdir -p "$dir"
END
cat > "$tmp/bin/id" << 'END'
#!/bin/sh
[ "$1" != -gn ] || echo "group-of-$2"
END
cat > "$tmp/bin/su" << 'END'
#!/bin/sh
echo "su $1 $2 $3" >> "$tmp/log"
exec sh "$3" "$4"
END
cat > "$tmp/prefix/bin/bhyvescope" << 'END'
#!/bin/sh
printf 'launcher' >> "$tmp/log"
printf ' <%s>' "$@" >> "$tmp/log"
echo >> "$tmp/log"
echo "checked"
exit "$(cat "$tmp/check.status")"
END
chmod 755 "$tmp"/bin/* "$tmp/prefix/bin/bhyvescope"

sed -e "s|%%PREFIX%%|$tmp/prefix|g" -e "s|/etc/rc.subr|$tmp/rc.subr|" -e "s|/usr/sbin/daemon|$tmp/bin/daemon|" \
	-e "s|/var/run|$tmp/run|" -e "s|/var/log|$tmp/log.d|" -e "s|/var/db|$tmp/db|" \
	rc.d/bhyvescope.in > "$tmp/bhyvescope"

# fresh [LINE OF rc.conf...]: nothing runs, nothing was written down.
fresh() {
	rm -rf "$tmp/run" "$tmp/log.d" "$tmp/db" "$tmp/states" "$tmp/log" "$tmp/java" "$tmp/agent"
	echo 0 > "$tmp/check.status"
	echo 0 > "$tmp/pwait.status"
	printf '%s\n' "$@" > "$tmp/rc.conf"
	: > "$tmp/log"
}

# rc COMMAND: its output in out, its exit status in status; the log shows paths without the temporary folder.
rc() {
	out=$(env tmp="$tmp" PATH="$tmp/bin:$PATH" JAVA_HOME=/elsewhere sh "$tmp/bhyvescope" "$1" 2>&1)
	status=$?
}

# logged [PATTERN]: what was written down, without the pid checks.
logged() {
	grep -v '^check_pidfile' "$tmp/log" | grep -e "${1:-.}" | sed "s|$tmp||g"
}

daemon_line() {
	echo "daemon <-f> <-H>$1 <-P> </run/bhyvescope/supervisor.pid> <-t> <bhyvescope> <-o>" \
		"</log.d/bhyvescope/bhyvescope.log> </prefix/bin/bhyvescope> <agent>$2"
}

sh -n rc.d/bhyvescope.in
check "syntax" 0 $?
if command -v shellcheck > /dev/null; then
	check "shellcheck" "" "$(shellcheck -x -s sh rc.d/bhyvescope.in src/test/sh/rcd-test.sh 2>&1)"
fi
check "no placeholder but the prefix" "%%PREFIX%%" "$(grep -o '%%[A-Z_]*%%' rc.d/bhyvescope.in | sort -u)"
# shellcheck disable=SC2016 # the script's text, not a value
undocumented=$(grep -o '^: ${bhyvescope_[a-z_]*' rc.d/bhyvescope.in | while read -r _ variable; do
	grep -q "^# ${variable#??} (" rc.d/bhyvescope.in || echo "$variable"
done)
check "every rc.conf variable is in the header" "" "$undocumented"

fresh
rc start
check "disabled: start does nothing" "0 Cannot 'start' bhyvescope. " "$status $out $(logged)"

fresh 'bhyvescope_enable=YES'
rc start
check "start: succeeds, says nothing of the check" "0 " "$status $out"
check "start: folders, then the check, then the agent" \
	"install -d -o root -g wheel -m 755 /run/bhyvescope
install -d -o root -g wheel -m 755 /log.d/bhyvescope
install -d -o root -g group-of-root -m 750 /db/bhyvescope
launcher <check> <--config> <--web.listen-address=127.0.0.1:10424> <--state-dir=/db/bhyvescope>
chdir /db/bhyvescope
$(daemon_line ' <-R> <5>' ' <--web.listen-address=127.0.0.1:10424> <--state-dir=/db/bhyvescope>')" "$(logged)"
check "the supervisor is known by daemon's name" "check_pidfile /run/bhyvescope/supervisor.pid /bin/daemon" \
	"$(grep check_pidfile "$tmp/log" | sed "s|$tmp||g")"
check "Java: the launcher's choice, not the caller's JAVA_HOME" "java: home <> opts <> JAVA_HOME <unset>" \
	"$(cat "$tmp/java")"
: > "$tmp/log"
rc start
check "started twice: refused" "1 bhyvescope already running? " "$status $out $(logged)"

fresh 'bhyvescope_enable=YES' 'bhyvescope_user=monitor' 'bhyvescope_group=watchers' 'bhyvescope_restart_delay=""' \
	'bhyvescope_web_config=/etc/web.yml' \
	'bhyvescope_listen_address="[::1]:10424  192.0.2.1:10424"' 'bhyvescope_java_home=/usr/local/openjdk21' \
	'bhyvescope_java_opts="-Xmx64m -Da=b"' "bhyvescope_state_dir=$tmp/states" \
	"bhyvescope_args='--vm.include=(web|db).* --vm.exclude=it'\\''s\$HOME;\`id\`\"* * --log.format=json'"
rc start
flags="<--web.listen-address=[::1]:10424> <--web.listen-address=192.0.2.1:10424> <--web.config.file=/etc/web.yml> <--state-dir=/states>"
flags="$flags <--vm.include=(web|db).*>"
flags="$flags <--vm.exclude=it's\$HOME;\`id\`\"*> <*> <--log.format=json>"
check "start: user, no restart, flags taken literally" "$(daemon_line ' <-u> <monitor>' " $flags")" "$(logged ^daemon)"
check "the state directory is the agent's" "install -d -o monitor -g watchers -m 750 /states" "$(logged '^install.*states$')"
check "and where it is when it dumps core" "chdir /states" "$(logged ^chdir)"
check "the check gets the same flags" "launcher <check> <--config> $flags" "$(logged ^launcher)"
check "it is judged as its user, by way of su" "su -m monitor -c" "$(logged ^su)"
check "Java from rc.conf" "java: home </usr/local/openjdk21> opts <-Xmx64m -Da=b> JAVA_HOME <unset>" "$(cat "$tmp/java")"

fresh 'bhyvescope_enable=YES'
echo 2 > "$tmp/check.status"
rc start
check "start: stopped by a bad configuration" "1 failed precmd " "$status $out $(logged ^daemon)"
rc configtest
check "configtest: the check's output and status" "2 checked" "$status $out"

fresh
rc oneconfigtest
check "oneconfigtest: without enabling, starts nothing" \
	"0 checked launcher <check> <--config> <--web.listen-address=127.0.0.1:10424> <--state-dir=/db/bhyvescope>" "$status $out $(logged)"
rc onebogus
check "no other words" "1 unknown directive bogus" "$status $out"

fresh 'bhyvescope_enable=YES'
rc status
check "status: not running" "1 bhyvescope is not running." "$status $out"
rc start
rc status
check "status: running, under the agent's pid" "0 bhyvescope is running as pid 4243." "$status $out"
rm "$tmp/agent"
rc status
check "status: between two runs" "1 bhyvescope: the supervisor is running as pid 4242, the agent is not." "$status $out"

: > "$tmp/log"
rc stop
check "stop between two runs: KILL, nothing to wait for but the supervisor" "0 kill -KILL 4242 wait 4242" \
	"$status $(logged | tr '\n' ' ' | sed 's/ $//')"
rc stop
check "stop: not running" "1 bhyvescope not running?" "$status $out"

rc start
: > "$tmp/log"
rc stop
check "stop: TERM to the supervisor, waits for it, then for the agent" "0 kill -TERM 4242
wait 4242
wait 4243" "$status $(logged '^kill\|^wait')"
check "stop: the agent has 30 seconds" "pwait -t 30 4243" "$(logged ^pwait)"
check "stop: the pid file is gone" "no" "$([ -e "$tmp/run/bhyvescope/supervisor.pid" ] && echo yes || echo no)"

echo 'bhyvescope_stop_timeout=7' >> "$tmp/rc.conf"
echo 124 > "$tmp/pwait.status"
rc start
: > "$tmp/log"
rc stop
check "stop: an agent that does not end is killed" "pwait -t 7 4243
kill -KILL 4243" "$(logged 'pwait\|KILL')"

echo 0 > "$tmp/pwait.status"
rc start
: > "$tmp/log"
rc restart
check "restart: stops, then starts" "kill -TERM 4242
$(daemon_line ' <-R> <5>' ' <--web.listen-address=127.0.0.1:10424> <--state-dir=/db/bhyvescope>')" "$(logged '^kill\|^daemon')"

finish
