# For GNU make and BSD make alike: plain rules only. The building itself is Maven's.
#
#   make                build what is out of date
#   make demo           look at it: a simulated host, nothing else needed (ARGS="--web.listen-address=...")
#   make test           every test
#   make bench          measurements
#   make dist           target/bhyvescope-VERSION.tar.gz: the tree that install makes
#   make install        PREFIX=/usr/local DESTDIR=   (make deinstall takes it away again)
#   make port           write the port's pkg-plist and rc script anew
#   make dashboards     write dashboards/grafana/*.json from dashboards/source (needs node)
#   make pictures       draw docs/dashboards/*.png from the demo (see dashboards/pictures.sh)
#   make fmt            format the Java sources
#   make golden         write METRICS.md and the golden files of the tests anew; look at the difference

PREFIX = /usr/local
DESTDIR =
ARGS =
MVN = mvn -B -ntp

JAR = target/bhyvescope.jar
TARBALL_ROOT = target/dist

# True when there is nothing to run, or a source is newer than it.
STALE = [ ! -f $(JAR) ] || [ ! -d target/lib ] || [ -n "$$(find pom.xml src/main -newer $(JAR) | head -n 1)" ]

all:
	@if $(STALE); then $(MAKE) build; else echo "$(JAR) is up to date."; fi

# lib goes first, so that no older version of a dependency stays; the touch tells $(STALE) that even a jar that came
# out the same is new.
build:
	rm -rf target/lib
	$(MVN) -DskipTests package
	@touch $(JAR)
	@agent/bin/bhyvescope --make-archive

demo:
	@if $(STALE); then $(MAKE) build; fi
	@agent/bin/bhyvescope demo $(ARGS)

test:
	@if command -v node > /dev/null; then node dashboards/source/build.mjs --check; \
	else echo "No node: dashboards/grafana is not compared with its sources."; [ -z "$$CI" ]; fi
	$(MVN) verify
	@touch $(JAR)
	@agent/bin/bhyvescope --make-archive
	@for t in src/test/sh/*-test.sh; do echo "== $$t"; sh $$t || exit 1; done

bench: build # parts by name: ARGS="scrape sample"
	@exec "$$(agent/bin/bhyvescope --print-java)" -cp target/test-classes:$(JAR) org.bhyvescope.bench.Bench $(ARGS)

# Needs neither Maven nor a Maven repository once target/ is built, and so does not look whether it is out of date.
install:
	@[ -f $(JAR) ] || $(MAKE) build
	@sh agent/install.sh install "$(PREFIX)" "$(DESTDIR)"
	@[ -n "$(DESTDIR)" ] || "$(PREFIX)/bin/bhyvescope" --make-archive

deinstall:
	@sh agent/install.sh deinstall "$(PREFIX)" "$(DESTDIR)"

# One source each: what install.sh installs, and the script that it installs. Needs target/, where the jars are.
port: all
	sh agent/install.sh plist > port/sysutils/bhyvescope/pkg-plist
	cp rc.d/bhyvescope.in port/sysutils/bhyvescope/files/bhyvescope.in

# Unpacked with `tar -x --strip-components 1 -C /usr/local -f` it is installed; the launcher also runs from anywhere, only
# the rc.d script and samples name $(PREFIX). The same sources give the same bytes, on one system: names sorted, owner 0, the date
# that pom.xml fixes. GNU tar and bsdtar differ in the options for the owner, gzip in its bytes from system to system.
dist: all
	rm -rf $(TARBALL_ROOT)
	@$(MAKE) install DESTDIR="$$PWD/$(TARBALL_ROOT)/stage"
	@set -e; \
	version=$$(sed -n 's|^  <version>\(.*\)</version>|\1|p' pom.xml); \
	date=$$(sed -n 's|.*<project.build.outputTimestamp>\(.*\)</.*|\1|p' pom.xml); \
	name=bhyvescope-$$version; \
	case $$(tar --version) in *GNU*) owner='--owner=0 --group=0' ;; *) owner='--uid 0 --gid 0' ;; esac; \
	mv "$(TARBALL_ROOT)/stage$(PREFIX)" $(TARBALL_ROOT)/$$name; \
	cd $(TARBALL_ROOT); \
	find $$name -exec touch -d "$$date" {} +; \
	find $$name -type f | LC_ALL=C sort > files; \
	tar -cf $$name.tar --format=ustar --numeric-owner $$owner -T files; \
	gzip -9nf $$name.tar; \
	mv $$name.tar.gz ..; \
	cd ..; rm -rf dist; \
	echo "target/$$name.tar.gz"

dashboards:
	node dashboards/source/build.mjs

pictures: all
	sh dashboards/pictures.sh

clean:
	rm -rf target

fmt:
	$(MVN) spotless:apply

golden:
	$(MVN) -Dbhyvescope.golden=write verify

.PHONY: all build demo test bench install deinstall port dist dashboards pictures clean fmt golden
