package org.bhyvescope.cli;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.bhyvescope.libc.VmmDevice;
import org.bhyvescope.os.Gate;
import org.bhyvescope.web.Exposure;
import org.bhyvescope.web.HostNames;
import org.bhyvescope.web.ListenAddress;
import org.bhyvescope.web.WebSecurity;
import org.bhyvescope.web.config.WebConfigFile;
import org.jspecify.annotations.Nullable;

/**
 * What the flags of {@code agent} say, judged.
 *
 * @param web TLS and users
 * @param gate the way to root, if that is the source
 * @param stateDir where the agent keeps what outlives it
 * @param interval empty for auto
 * @param stateInterval empty for auto, zero for never
 * @param historyBytes memory for the history; 0 for none
 * @param replay the recording to play in place of reading VMs
 * @param tscHz host TSC frequency in Hz, if given
 * @param hz host clock ticks a second, if given
 */
record AgentConfig(
        List<ListenAddress> listen,
        String telemetryPath,
        Optional<Web> web,
        SourceChoice.Wanted source,
        Optional<Gate> gate,
        Path stateDir,
        Captures captures,
        Path bhyvectl,
        Path vmmDir,
        Predicate<String> wanted,
        Optional<Duration> interval,
        Optional<Duration> stateInterval,
        Duration readTimeout,
        long historyBytes,
        Optional<Replay> replay,
        OptionalLong tscHz,
        OptionalLong hz,
        String logLevel,
        String logFormat) {
    private static final long LEAST_CAPTURES = 1L << 20;
    private static final long MOST_CAPTURES = 1L << 40;
    private static final int MOST_CAPTURES_KEPT = 10_000;

    /**
     * What is kept of captures.
     *
     * @param maxBytes of all together
     * @param keep how many
     * @param hostAddresses whether addresses of the host are kept in them
     */
    record Captures(long maxBytes, int keep, boolean hostAddresses) {}

    /**
     * A web configuration file.
     *
     * @param security put together, not in force before it is served with
     */
    record Web(WebConfigFile.Good file, WebSecurity security) {}

    private static final Duration SHORTEST = Duration.ofMillis(100);
    private static final Duration LONGEST = Duration.ofHours(1);
    private static final Duration SHORTEST_STATE = Duration.ofSeconds(1);
    private static final Duration LONGEST_STATE = Duration.ofHours(24);

    private static final long LEAST_HISTORY = 1L << 20;
    private static final long MOST_HISTORY = 1L << 30;
    private static final double SLOWEST = 0.1;
    private static final double FASTEST = 1000;

    /** What says how VMs are read, which a replay does not do. */
    private static final List<String> NOT_WITH_REPLAY = List.of(
            "--source",
            "--gate.by",
            "--gate.path",
            "--bhyvectl.path",
            "--vmm.dir",
            "--stats.interval",
            "--state.interval",
            "--read.timeout");

    /** Not beginning with two slashes: what follows them is a host to the JDK's server, and no request would get there. */
    private static final Pattern TELEMETRY_PATH = Pattern.compile("/[A-Za-z0-9._~-][A-Za-z0-9._~/-]*");

    /**
     * A recording to play.
     *
     * @param speed how many times as fast as it was recorded; infinite for as fast as it goes
     */
    record Replay(Path file, double speed) {}

    /**
     * Judges all flags; what is wrong goes to {@code problems}, and the result is empty then. Files that they name are read, and
     * with TLS it is settled where the JVM looks up names ({@link HostNames}), since addresses are looked up here.
     */
    static Optional<AgentConfig> of(AgentFlags flags, Problems problems) {
        List<ListenAddress> listen = listen(flags.listenAddresses, problems);
        Optional<Web> web = Optional.ofNullable(flags.webConfigFile).flatMap(file -> web(file, problems));
        if (web.filter(w -> w.security().isTls()).isPresent()) {
            HostNames.ofHostsFile(listen, LogSetup.isByFile());
        }
        resolve(listen, problems);
        AgentConfig config = new AgentConfig(
                listen,
                telemetryPath(flags.telemetryPath, problems),
                web,
                source(flags.source, problems),
                gate(flags, problems),
                stateDir(flags.stateDir, problems),
                captures(flags, problems),
                path("--bhyvectl.path", flags.bhyvectlPath, problems),
                path("--vmm.dir", flags.vmmDir, problems),
                wanted(flags.include, flags.exclude, problems),
                flags.interval.equals("auto")
                        ? Optional.empty()
                        : Optional.of(duration("--stats.interval", flags.interval, " or auto", problems)),
                stateInterval(flags.stateInterval, problems),
                duration("--read.timeout", flags.readTimeout, "", problems),
                historyBytes(flags.historyMaxSize, problems),
                replay(flags, problems),
                number("--host.tsc-frequency", flags.tscFrequency, 1_000_000L, 100_000_000_000L, problems),
                number("--host.hz", flags.hz, 1, 1_000_000, problems),
                oneOf("--log.level", flags.logLevel, Set.of("error", "warn", "info", "debug"), problems),
                oneOf("--log.format", flags.logFormat, Set.of("text", "json"), problems));
        return problems.isEmpty() ? Optional.of(config) : Optional.empty();
    }

    private static Optional<Web> web(String text, Problems problems) {
        String flag = "--web.config.file";
        Path file = path(flag, text, problems);
        if (text.isEmpty()) {
            return Optional.empty();
        }
        WebConfigFile.Reading reading = WebConfigFile.read(file, System::nanoTime);
        if (reading instanceof WebConfigFile.Refused refused) {
            refused.problems().forEach(problem -> problems.add(flag + ": " + problem));
            return Optional.empty();
        }
        WebConfigFile.Good good = (WebConfigFile.Good) reading;
        try {
            return Optional.of(new Web(good, new WebSecurity(good, System::nanoTime, System::currentTimeMillis)));
        } catch (GeneralSecurityException e) {
            problems.add(flag, text, "holds what this Java does not take: " + e.getMessage());
            return Optional.empty();
        }
    }

    /** What an operator should know of it before others do, a line each. */
    List<String> webWarnings() {
        List<String> warnings =
                new ArrayList<>(web.map(w -> w.file().warnings()).orElse(List.of()));
        warnings.addAll(Exposure.warnings(listen, web.map(w -> w.file().config()), Runtime.version()));
        return warnings;
    }

    private static List<ListenAddress> listen(List<String> given, Problems problems) {
        List<ListenAddress> addresses = new ArrayList<>();
        for (String text : given.isEmpty() ? List.of(AgentFlags.DEFAULT_LISTEN_ADDRESS) : given) {
            ListenAddress.parse(text)
                    .ifPresentOrElse(
                            addresses::add,
                            () -> problems.add(
                                    "--web.listen-address",
                                    text,
                                    "must be HOST:PORT, [IPV6]:PORT or :PORT, with a port of 0 to 65535"));
        }
        return List.copyOf(addresses);
    }

    private static void resolve(List<ListenAddress> addresses, Problems problems) {
        Set<ListenAddress> seen = new HashSet<>();
        for (ListenAddress address : addresses) {
            if (!seen.add(address) && address.port() != 0) {
                problems.add("--web.listen-address", address.toString(), "is given twice");
            } else if (address.resolve().isUnresolved()) {
                problems.add("--web.listen-address", address.toString(), "names a host that cannot be resolved");
            }
        }
    }

    private static String telemetryPath(String text, Problems problems) {
        if (!TELEMETRY_PATH.matcher(text).matches() || text.startsWith("/-/") || text.startsWith("/api/")) {
            problems.add(
                    "--web.telemetry-path",
                    text,
                    "must be a path like /metrics: letters, digits and ._~/-; not under /-/ or /api/");
        }
        return text;
    }

    private static Path path(String flag, String text, Problems problems) {
        if (text.isEmpty()) {
            problems.add(flag, text, "must not be empty");
        }
        try {
            return Path.of(text).toAbsolutePath();
        } catch (InvalidPathException e) {
            problems.add(flag, text, "is not a path: " + e.getReason());
            return Path.of("/");
        }
    }

    private static Path stateDir(String text, Problems problems) {
        Path directory = path("--state-dir", text, problems);
        StateVersion.problem(directory).ifPresent(problem -> problems.add("--state-dir", text, problem));
        return directory;
    }

    private static Predicate<String> wanted(String include, @Nullable String exclude, Problems problems) {
        Predicate<String> included = pattern("--vm.include", include, problems);
        return exclude == null
                ? included
                : included.and(pattern("--vm.exclude", exclude, problems).negate());
    }

    private static Predicate<String> pattern(String flag, String regex, Problems problems) {
        try {
            // DOTALL: a VM's name may hold a newline, and .* is to mean every name.
            return Pattern.compile(regex, Pattern.DOTALL).asMatchPredicate();
        } catch (PatternSyntaxException e) {
            problems.add(flag, regex, "is not a regular expression: " + e.getDescription() + " at " + e.getIndex());
            return name -> false;
        }
    }

    private static Duration duration(String flag, String text, String orElse, Problems problems) {
        Optional<Duration> parsed =
                Durations.parse(text).filter(d -> d.compareTo(SHORTEST) >= 0 && d.compareTo(LONGEST) <= 0);
        if (parsed.isEmpty()) {
            problems.add(flag, text, "must be a duration of 100ms to 1h, like 500ms, 1s, 2m" + orElse);
        }
        return parsed.orElse(SHORTEST);
    }

    private static Optional<Duration> stateInterval(String text, Problems problems) {
        if (text.equals("auto")) {
            return Optional.empty();
        }
        Optional<Duration> parsed = (text.equals("0") ? Optional.of(Duration.ZERO) : Durations.parse(text))
                .filter(d -> d.isZero() || (d.compareTo(SHORTEST_STATE) >= 0 && d.compareTo(LONGEST_STATE) <= 0));
        if (parsed.isEmpty()) {
            problems.add("--state.interval", text, "must be a duration of 1s to 24h, like 30s, 5m, or 0 or auto");
        }
        return parsed;
    }

    private static Captures captures(AgentFlags flags, Problems problems) {
        long bytes = Sizes.parse(flags.captureMaxSize).orElse(-1);
        if (bytes < LEAST_CAPTURES || bytes > MOST_CAPTURES) {
            problems.add("--capture.max-size", flags.captureMaxSize, "must be a size of 1MiB to 1024GiB, like 256MiB");
        }
        int keep = flags.captureKeep.matches("\\d{1,5}") ? Integer.parseInt(flags.captureKeep) : 0;
        if (keep < 1 || keep > MOST_CAPTURES_KEPT) {
            problems.add("--capture.keep", flags.captureKeep, "must be a number from 1 to " + MOST_CAPTURES_KEPT);
        }
        return new Captures(bytes, keep, flags.captureHostAddresses);
    }

    private static long historyBytes(String text, Problems problems) {
        OptionalLong parsed = text.equals("0") ? OptionalLong.of(0) : Sizes.parse(text);
        long bytes = parsed.orElse(-1);
        if (bytes != 0 && (bytes < LEAST_HISTORY || bytes > MOST_HISTORY)) {
            problems.add("--history.max-size", text, "must be a size of 1MiB to 1GiB, like 16MiB, or 0");
        }
        return bytes;
    }

    private static Optional<Replay> replay(AgentFlags flags, Problems problems) {
        double speed = flags.replaySpeed == null ? 1 : speed(flags.replaySpeed, problems);
        if (flags.replay == null) {
            if (flags.replaySpeed != null && speed > 0) {
                problems.add("--replay.speed", flags.replaySpeed, "goes with --replay");
            }
            return Optional.empty();
        }
        Path file = path("--replay", flags.replay, problems);
        for (String flag : flags.replay.isEmpty() ? List.<String>of() : NOT_WITH_REPLAY) {
            flags.given(flag)
                    .ifPresent(value -> problems.add(flag, value, "does not go with --replay, which reads no VM"));
        }
        return Optional.of(new Replay(file, speed));
    }

    /** 0 if it is none. */
    private static double speed(String text, Problems problems) {
        if (text.equals("max")) {
            return Player.MAX_SPEED;
        }
        if (text.matches("\\d{1,4}(\\.\\d{1,3})?")) {
            double speed = Double.parseDouble(text);
            if (speed >= SLOWEST && speed <= FASTEST) {
                return speed;
            }
        }
        problems.add("--replay.speed", text, "must be a number from 0.1 to 1000, or max");
        return 0;
    }

    private static OptionalLong number(String flag, @Nullable String text, long min, long max, Problems problems) {
        if (text == null) {
            return OptionalLong.empty();
        }
        if (text.matches("\\d{1,15}")) {
            long value = Long.parseLong(text);
            if (value >= min && value <= max) {
                return OptionalLong.of(value);
            }
        }
        problems.add(flag, text, "must be a whole number of Hz from " + min + " to " + max);
        return OptionalLong.empty();
    }

    private static String oneOf(String flag, String text, Set<String> allowed, Problems problems) {
        if (!allowed.contains(text)) {
            problems.add(
                    flag,
                    text,
                    "must be one of "
                            + String.join(", ", allowed.stream().sorted().toList()));
        }
        return text;
    }

    private static Optional<Gate> gate(AgentFlags flags, Problems problems) {
        if (flags.source.equals("gate")) {
            flags.given("--bhyvectl.path")
                    .ifPresent(value -> problems.add(
                            "--bhyvectl.path", value, "does not go with --source=gate, which runs /usr/sbin/bhyvectl"));
            return Optional.of(new Gate(
                    path("--gate.by", flags.gate.by, problems), path("--gate.path", flags.gate.path, problems)));
        }
        if (flags.replay == null || flags.replay.isEmpty()) {
            for (String flag : List.of("--gate.by", "--gate.path")) {
                flags.given(flag).ifPresent(value -> problems.add(flag, value, "goes with --source=gate"));
            }
        }
        return Optional.empty();
    }

    private static SourceChoice.Wanted source(String text, Problems problems) {
        return switch (text) {
            case "auto" -> SourceChoice.Wanted.AUTO;
            case "bhyvectl" -> SourceChoice.Wanted.BHYVECTL;
            case "vmmdev" -> {
                VmmDevice.problem().ifPresent(problem -> problems.add("--source", text, problem));
                yield SourceChoice.Wanted.VMMDEV;
            }
            case "gate" -> SourceChoice.Wanted.GATE;
            default -> {
                problems.add("--source", text, "must be auto, bhyvectl, vmmdev or gate");
                yield SourceChoice.Wanted.AUTO;
            }
        };
    }
}
