#!/bin/sh
# The launcher with stand-ins for java that print what they were given; then, where target/ is built, with real ones:
# the class-data archive, and the tree that `make install` makes. Runs anywhere with a POSIX sh.
# shellcheck disable=SC2016 # $x and backquotes as data
set -u
cd "$(dirname "$0")/../../.." || exit 1
chosen=${BHYVESCOPE_JAVA_HOME:-${JAVA_HOME:-}}
unset BHYVESCOPE_JAVA_HOME BHYVESCOPE_JAVA_OPTS
. src/test/sh/check.sh

# jdk FOLDER [VERSION]: a java that prints its path, its locale and its arguments.
jdk() {
	mkdir -p "$1/bin"
	cat > "$1/bin/java" << 'END'
#!/bin/sh
echo "java $0"
echo "pid $$"
echo "LC_ALL $LC_ALL"
printf '%s\n' "$@"
exit 7
END
	chmod 755 "$1/bin/java"
	[ $# -lt 2 ] || printf 'IMPLEMENTOR="Somebody"\nJAVA_VERSION="%s"\nMODULES="java.base jdk.x"\n' "$2" > "$1/release"
}

# run COMMAND...: sets out, err, status.
run() {
	out=$("$@" 2> "$tmp/err")
	status=$?
	err=$(cat "$tmp/err")
}

# given PATTERN: the java's arguments (and path, locale) that match.
given() {
	printf '%s\n' "$out" | grep -e "$1"
}

# A checkout, an installation, and the /usr/local that the launcher looks into for Java, all with a blank in their names.
checkout=$tmp/check\ out
installed=$tmp/inst\ alled
mkdir -p "$checkout/agent/bin" "$checkout/target" "$installed/bin" "$installed/share/java/bhyvescope" "$tmp/path"
sed "s|/usr/local/openjdk\[|$tmp/local/openjdk[|" agent/bin/bhyvescope > "$checkout/agent/bin/bhyvescope"
cp "$checkout/agent/bin/bhyvescope" "$installed/bin/bhyvescope"
chmod 755 "$checkout/agent/bin/bhyvescope" "$installed/bin/bhyvescope"
: > "$checkout/pom.xml"
: > "$checkout/target/bhyvescope.jar"
: > "$installed/share/java/bhyvescope/bhyvescope.jar"
in_checkout=$checkout/agent/bin/bhyvescope
in_prefix=$installed/bin/bhyvescope

jdk "$tmp/j8" 1.8.0_402
jdk "$tmp/j11" 11.0.2
jdk "$tmp/j17" 17.0.15
jdk "$tmp/j25" 25.0.3
jdk "$tmp/unknown"
JAVA_HOME=$tmp/j17
export JAVA_HOME

sh -n agent/bin/bhyvescope
check "syntax" 0 $?
if command -v shellcheck > /dev/null; then
	check "shellcheck" "" "$(shellcheck -x -s sh agent/bin/bhyvescope src/test/sh/launcher-test.sh 2>&1)"
fi

# --- layouts

run "$in_checkout" version
check "checkout: jar" "-jar
$checkout/target/bhyvescope.jar
version" "$(given . | tail -n 3)"
check "checkout: demo and gate" "-Dbhyvescope.demo=$checkout/src/demo
-Dbhyvescope.gate=$checkout/agent/libexec/bhyvescope-gate" "$(given '^-Dbhyvescope.[dg]')"
check "the program's exit status is the launcher's" 7 $status
check "UTF-8 for file names" "LC_ALL C.UTF-8" "$(given ^LC_ALL)"

run "$in_prefix" version
check "installed: jar" "-jar
$installed/share/java/bhyvescope/bhyvescope.jar
version" "$(given . | tail -n 3)"
check "installed: demo and gate" "-Dbhyvescope.demo=$installed/share/bhyvescope/demo
-Dbhyvescope.gate=$installed/libexec/bhyvescope/bhyvescope-gate" "$(given '^-Dbhyvescope.[dg]')"

mkdir "$tmp/links"
ln -s "../inst alled/bin/bhyvescope" "$tmp/links/scope"
ln -s scope "$tmp/links/again"
run "$tmp/links/again" version
check "through links" "$installed/share/java/bhyvescope/bhyvescope.jar" "$(given '\.jar$')"
check "through links: the gate" "-Dbhyvescope.gate=$installed/libexec/bhyvescope/bhyvescope-gate" "$(given '^-Dbhyvescope.g')"
ln -s "inst alled" "$tmp/prefix"
mkdir -p "$installed/libexec/bhyvescope"
: > "$installed/libexec/bhyvescope/bhyvescope-gate"
run "$tmp/prefix/bin/bhyvescope" version
check "through a prefix that is a link: the gate as the rules name it" \
	"-Dbhyvescope.gate=$tmp/prefix/libexec/bhyvescope/bhyvescope-gate" "$(given '^-Dbhyvescope.g')"
cd "$checkout/agent" || exit 1
run bin/bhyvescope version
check "by a relative path" "$checkout/target/bhyvescope.jar" "$(given '\.jar$')"
cd - > /dev/null || exit 1
run env PATH="$installed/bin:$PATH" bhyvescope version
check "by the PATH" "$installed/share/java/bhyvescope/bhyvescope.jar" "$(given '\.jar$')"

mv "$checkout/target" "$checkout/target.away"
run "$in_checkout" version
check "checkout without a jar: what, and what to do" \
	"1 bhyvescope: no program: $checkout/target/bhyvescope.jar is not there or not readable.
bhyvescope: Build it first: run \`make\` in $checkout." "$status $out$err"
mv "$checkout/target.away" "$checkout/target"
mv "$installed/share" "$installed/share.away"
run "$in_prefix" version
check "installed without a jar: what, and what to do" \
	"1 bhyvescope: no program: $installed/share/java/bhyvescope/bhyvescope.jar is not there or not readable.
bhyvescope: Install again: run \`make install PREFIX=$installed\` in a checkout." "$status $out$err"
mv "$installed/share.away" "$installed/share"

# --- arguments

run "$in_checkout" agent '--vm.include=a b*' '' '$x' '*'
check "arguments pass unchanged" 'agent
--vm.include=a b*

$x
*' "$(printf '%s\n' "$out" | tail -n 5)"
run env BHYVESCOPE_JAVA_OPTS='-Xmx64m  * -Xlog:gc' "$in_checkout" version
check "BHYVESCOPE_JAVA_OPTS: split, not expanded, behind the launcher's own" "-Xmx48m
-Xmx64m
*
-Xlog:gc" "$(given '^-Xmx\|^\*\|^-Xlog\|^Makefile')"
mkdir "$tmp/st ate"
run "$in_checkout" agent "--state-dir=$tmp/st ate"
check "a crash is told in the state directory" "-XX:ErrorFile=$tmp/st ate/hs_err_pid%p.log" "$(given ErrorFile)"
run "$in_checkout" agent --state-dir "$tmp/st ate"
check "likewise with a blank before it" "-XX:ErrorFile=$tmp/st ate/hs_err_pid%p.log" "$(given ErrorFile)"
run "$in_checkout" agent
check "by default in /var/db" "-XX:ErrorFile=/var/db/bhyvescope/hs_err_pid%p.log" "$(given ErrorFile)"
run sh -c 'echo "pid $$"; exec "$0" version' "$in_checkout"
check "the JVM has the launcher's pid" "$(given ^pid | head -n 1)" "$(given ^pid | sed 1d)"

run "$in_checkout" version
check "no archive: none named" "" "$(given 'Shared\|Xshare\|Xlog')"
: > "$checkout/target/bhyvescope.jsa"
run "$in_checkout" version
check "archive beside the jar: used, and never talked about" "-Xshare:auto
-Xlog:cds*=off
-XX:SharedArchiveFile=$checkout/target/bhyvescope.jsa" "$(given 'Shared\|Xshare\|Xlog')"
rm "$checkout/target/bhyvescope.jsa"

# --- which Java

run env BHYVESCOPE_JAVA_HOME="$tmp/j25" "$in_checkout" version
check "BHYVESCOPE_JAVA_HOME goes before JAVA_HOME" "java $tmp/j25/bin/java" "$(given ^java)"
run env BHYVESCOPE_JAVA_HOME= "$in_checkout" version
check "an empty variable is not set" "java $tmp/j17/bin/java" "$(given ^java)"
cd "$tmp" || exit 1
run env JAVA_HOME=j25 "$in_checkout" version
check "java is always absolute" "java $tmp/j25/bin/java" "$(given ^java)"
cd - > /dev/null || exit 1
run env BHYVESCOPE_JAVA_HOME="$tmp/none" "$in_checkout" version
check "BHYVESCOPE_JAVA_HOME without a java is an error" \
	"1 bhyvescope: BHYVESCOPE_JAVA_HOME is set, but there is no program $tmp/none/bin/java.
bhyvescope: Correct BHYVESCOPE_JAVA_HOME, or unset it." "$status $out$err"
run env JAVA_HOME="$tmp/none" "$in_checkout" version
check "JAVA_HOME without a java is an error" \
	"1 bhyvescope: JAVA_HOME is set, but there is no program $tmp/none/bin/java.
bhyvescope: Correct JAVA_HOME, or unset it." "$status $out$err"
for old in 8 11; do
	run env JAVA_HOME="$tmp/j$old" "$in_checkout" version
	check "Java $old is refused" "1 bhyvescope: $tmp/j$old/bin/java is Java $old; 17 or newer is needed.
bhyvescope: Install one (pkg install openjdk17), or name its folder in BHYVESCOPE_JAVA_HOME." "$status $out$err"
done
run env JAVA_HOME="$tmp/unknown" "$in_checkout" version
check "a Java of unknown version is tried" "java $tmp/unknown/bin/java" "$(given ^java)"
run env JAVA_HOME="$tmp/j25" "$in_checkout" --print-java
check "--print-java" "0 $tmp/j25/bin/java" "$status $out$err"

# From here on neither variable is set. The tools that the launcher needs are on the PATH, Java is not.
unset JAVA_HOME
for tool in sh realpath cat grep printf; do
	ln -s "$(command -v $tool)" "$tmp/path/$tool" 2> /dev/null
done
run env PATH="$tmp/path" "$in_checkout" version
check "no Java at all: where it looked, what to do" \
	"1 bhyvescope: no Java found: BHYVESCOPE_JAVA_HOME and JAVA_HOME are not set,
bhyvescope: and there is none under /usr/local/openjdk* nor on the PATH.
bhyvescope: Install Java 17 or newer (pkg install openjdk17), or set BHYVESCOPE_JAVA_HOME." \
	"$status $out$(printf '%s\n' "$err" | sed "s|$tmp/local|/usr/local|")"
ln -s ../j17/bin/java "$tmp/path/java"
run env PATH="$tmp/path" "$in_checkout" version
check "Java from the PATH" "java $tmp/path/java" "$(given ^java)"
ln -sf ../j11/bin/java "$tmp/path/java"
run env PATH="$tmp/path" "$in_checkout" version
check "an old Java from the PATH is refused" "1 bhyvescope: $tmp/path/java is Java 11; 17 or newer is needed." \
	"$status $out$(printf '%s\n' "$err" | head -n 1)"
jdk "$tmp/local/openjdk8" 1.8.0_402
run env PATH="$tmp/path" "$in_checkout" --print-java
check "an old one under /usr/local does not count" "" "$out$(printf '%s\n' "$err" | grep local)"
for version in 17 21-jre 9 25-x; do
	jdk "$tmp/local/openjdk$version"
done
run env PATH="$tmp/path" "$in_checkout" version
check "the newest under /usr/local goes before the PATH" "java $tmp/local/openjdk21-jre/bin/java" "$(given ^java)"

# --- the real program

# quietly COMMAND...: all that it prints, and its status.
quietly() {
	out=$("$@" 2>&1)
	echo "$? $out"
}

if [ -n "$chosen" ]; then
	BHYVESCOPE_JAVA_HOME=$chosen
	export BHYVESCOPE_JAVA_HOME
fi
if agent/bin/bhyvescope --print-java > /dev/null 2>&1 && [ -f target/bhyvescope.jar ]; then
	real=$tmp/real
	mkdir -p "$real/agent/bin" "$real/target"
	cp agent/bin/bhyvescope "$real/agent/bin/"
	cp pom.xml "$real/"
	cp -R target/bhyvescope.jar target/lib "$real/target/"
	program=$real/agent/bin/bhyvescope
	archive=$real/target/bhyvescope.jsa
	plain=$(quietly "$program" version)
	check "version runs" 0 "${plain%% *}"
	for options in -Xmx12m "-Xms8m -Xmx64m" -Xmn16m -XX:MaxHeapSize=12m -XX:TieredStopAtLevel=4 -XX:-TieredCompilation -Xint \
		"-XX:-UseSerialGC -XX:+UseParallelGC"; do
		check "options of one's own win, without a word: $options" "$plain" \
			"$(quietly env BHYVESCOPE_JAVA_OPTS="$options" "$program" version)"
	done
	# As the Makefile makes it, with a training that is shorter.
	BHYVESCOPE_JAVA_OPTS="-XX:DumpLoadedClassList=$tmp/classes" "$program" version > /dev/null 2>&1
	BHYVESCOPE_JAVA_OPTS="-Xshare:dump -XX:SharedClassListFile=$tmp/classes -XX:SharedArchiveFile=$archive" \
		"$program" version > /dev/null 2>&1
	if [ -f "$archive" ]; then
		check "archive: silent" "$plain" "$(quietly "$program" version)"
		loaded=$(BHYVESCOPE_JAVA_OPTS=-Xlog:class+load "$program" version | grep 'org\.bhyvescope\.cli\.Main source\|picocli\.CommandLine source')
		check "archive: used, also for classes older than Java 6" "shared objects file
shared objects file" "$(printf '%s\n' "$loaded" | sed 's/.*source: //')"
		for home in /usr/lib/jvm/*/ /usr/local/openjdk*/; do
			version=$(sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$home/release" 2> /dev/null)
			if [ ! -L "${home%/}" ] && [ "${version:-0}" -gt 17 ]; then
				mv "$archive" "$archive.away"
				other=$(quietly env BHYVESCOPE_JAVA_HOME="${home%/}" "$program" version)
				mv "$archive.away" "$archive"
				check "archive of another Java: silent with $version" "$other" \
					"$(quietly env BHYVESCOPE_JAVA_HOME="${home%/}" "$program" version)"
			fi
		done
		touch -t 203001010000 "$real/target/bhyvescope.jar"
		check "archive of another jar: silent" "$plain" "$(quietly "$program" version)"
	else
		echo "# this Java makes no class-data archive: tests of it left out"
	fi
	rm -f "$archive"
	echo garbage > "$archive"
	check "no archive at all under its name: silent" "$plain" "$(quietly "$program" version)"

	for make in make bmake; do
		command -v $make > /dev/null || continue
		root=$tmp/root-$make
		quietly env -u MAKEFLAGS -u MAKELEVEL $make install PREFIX=/opt/b DESTDIR="$root" > "$tmp/install"
		check "$make install" 0 "$(head -n 1 "$tmp/install" | cut -d ' ' -f 1)"
		check "$make install: what it made runs" "$plain" "$(quietly "$root/opt/b/bin/bhyvescope" version)"
		check "$make install: no archive for another place" "" "$(find "$root" -name '*.jsa*')"
		check "$make install: the service knows its prefix" 'launcher="/opt/b/bin/bhyvescope"' \
			"$(grep ^launcher= "$root/opt/b/etc/rc.d/bhyvescope")"
		check "$make install: the service's mode" "-r-xr-xr-x" "$(find "$root/opt/b/etc/rc.d/bhyvescope" -exec ls -l {} + | cut -c 1-10)"
	done
else
	echo "# target/ is not built: tests with the real program left out"
fi

if command -v promtool > /dev/null; then
	promtool check config dashboards/prometheus/prometheus.yml > /dev/null 2>&1
	check "Prometheus takes the scrape example" 0 $?
fi

finish
