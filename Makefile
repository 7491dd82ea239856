# For GNU make and BSD make alike: plain rules only. The building itself is Maven's.
#
#   make                build what is out of date
#   make demo           look at it: a simulated host, nothing else needed (ARGS="--web.listen-address=...")
#   make test           every test
#   make bench          measurements
#   make dist           target/bhyvescope-VERSION.tar.gz: the tree that install makes
#   make install        PREFIX=/usr/local DESTDIR=
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
INSTALLED = $(DESTDIR)$(PREFIX)
JARDIR = $(INSTALLED)/share/java/bhyvescope
DATADIR = $(INSTALLED)/share/bhyvescope
DOCDIR = $(INSTALLED)/share/doc/bhyvescope

# What the JVM is watched doing when the class-data archive is made: what these commands load is in the archive.
# They must end by themselves with status 0, and need nothing but the program; $$3 is the folder of the simulated host.
TRAINING = demo --no-prometheus --web.listen-address=127.0.0.1:0 --duration=3s
TRAINING_TOO = explain "$$3/example.get-all.txt"

# True when there is nothing to run, or a source is newer than it.
STALE = [ ! -f $(JAR) ] || [ ! -d target/lib ] || [ -n "$$(find pom.xml src/main -newer $(JAR) | head -n 1)" ]

# Makes the archive in the jar's folder $$2 by running the launcher $$1 (all absolute); never fails. A static one (list
# what is loaded, then dump it): unlike a dynamic one it also holds picocli's classes, which are of Java 5, and needs no
# archive of the JDK's own below it. It gets its name when it is whole: the JVM dies of a truncated one. The old one goes
# first: a JVM that uses one cannot make one.
ARCHIVE = archive() { \
	( cd "$$2" && rm -f bhyvescope.jsa bhyvescope.jsa.new bhyvescope.classes bhyvescope.classes2 \
		&& BHYVESCOPE_JAVA_OPTS=-XX:DumpLoadedClassList=bhyvescope.classes "$$1" $(TRAINING) \
		&& BHYVESCOPE_JAVA_OPTS=-XX:DumpLoadedClassList=bhyvescope.classes2 "$$1" $(TRAINING_TOO) \
		&& cat bhyvescope.classes2 >> bhyvescope.classes \
		&& BHYVESCOPE_JAVA_OPTS='-Xshare:dump -XX:SharedClassListFile=bhyvescope.classes -XX:SharedArchiveFile=bhyvescope.jsa.new' \
			"$$1" version \
		&& mv -f bhyvescope.jsa.new bhyvescope.jsa ) > /dev/null 2>&1 \
	|| echo "No class-data archive could be made: bhyvescope starts slower."; \
	rm -f "$$2/bhyvescope.jsa.new" "$$2/bhyvescope.classes" "$$2/bhyvescope.classes2"; }

all:
	@if $(STALE); then $(MAKE) build; else echo "$(JAR) is up to date."; fi

# lib goes first, so that no older version of a dependency stays; the touch tells $(STALE) that even a jar that came
# out the same is new.
build:
	rm -rf target/lib
	$(MVN) -DskipTests package
	@touch $(JAR)
	@$(ARCHIVE); archive "$$PWD/agent/bin/bhyvescope" "$$PWD/target" "$$PWD/src/demo"

demo:
	@if $(STALE); then $(MAKE) build; fi
	@agent/bin/bhyvescope demo $(ARGS)

test:
	$(MVN) verify
	@touch $(JAR)
	@$(ARCHIVE); archive "$$PWD/agent/bin/bhyvescope" "$$PWD/target" "$$PWD/src/demo"
	@for t in src/test/sh/*-test.sh; do echo "== $$t"; sh $$t || exit 1; done

bench: build # parts by name: ARGS="scrape sample"
	@exec "$$(agent/bin/bhyvescope --print-java)" -cp target/test-classes:$(JAR) org.bhyvescope.bench.Bench $(ARGS)

# Needs neither Maven nor a Maven repository once target/ is built, and so does not look whether it is out of date.
install:
	@[ -f $(JAR) ] || $(MAKE) build
	install -d "$(INSTALLED)/bin" "$(INSTALLED)/etc/rc.d" "$(JARDIR)/lib" "$(DATADIR)" "$(DOCDIR)/docs"
	install -m 755 agent/bin/bhyvescope "$(INSTALLED)/bin/bhyvescope"
	rm -f "$(JARDIR)"/lib/*.jar "$(JARDIR)"/bhyvescope.jsa
	install -m 644 $(JAR) "$(JARDIR)/bhyvescope.jar"
	install -m 644 target/lib/*.jar "$(JARDIR)/lib/"
	rm -rf "$(DATADIR)/demo" "$(DATADIR)/dashboards"
	@for d in src/demo dashboards; do [ ! -d $$d ] || cp -R $$d "$(DATADIR)/" || exit 1; done
	rm -rf "$(DATADIR)/dashboards/source" "$(DATADIR)/dashboards/pictures.sh" "$(DATADIR)/dashboards/prometheus/tests"
	chmod -R u=rwX,go=rX "$(DATADIR)"
	@for f in README.md CONFIGURATION.md METRICS.md CHANGELOG.md LICENSE; do \
		[ ! -f $$f ] || install -m 644 $$f "$(DOCDIR)/" || exit 1; done
	install -m 644 docs/CAPTURES.md docs/DASHBOARDS.md docs/EXPLAIN.md docs/RECORDING.md docs/SEVERAL-HOSTS.md docs/explain.schema.json "$(DOCDIR)/docs/"
	rm -f "$(INSTALLED)/etc/rc.d/bhyvescope"
	sed 's|%%PREFIX%%|$(PREFIX)|g' rc.d/bhyvescope.in > "$(INSTALLED)/etc/rc.d/bhyvescope"
	chmod 555 "$(INSTALLED)/etc/rc.d/bhyvescope"
	@if [ -z "$(DESTDIR)" ]; then $(ARCHIVE); archive "$(PREFIX)/bin/bhyvescope" "$(JARDIR)" "$(DATADIR)/demo"; fi

# Unpacked with `tar -x --strip-components 1 -C /usr/local -f` it is installed; the launcher also runs from anywhere, only
# the rc.d script names $(PREFIX). The same sources give the same bytes, on one system: names sorted, owner 0, the date
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

.PHONY: all build demo test bench install dist dashboards pictures clean fmt golden
