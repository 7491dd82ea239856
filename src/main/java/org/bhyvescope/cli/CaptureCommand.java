package org.bhyvescope.cli;

import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.bhyvescope.capture.CaptureListener;
import org.bhyvescope.capture.FlightRecorder;
import org.bhyvescope.hypervisor.Reading;
import org.bhyvescope.os.Printable;
import org.bhyvescope.sampling.SamplingListener;
import org.bhyvescope.sampling.VmView;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code bhyvescope capture VM}: evidence of a VM that lives, now. */
@Command(
        name = "capture",
        description = {
            "Samples a VM for some seconds and keeps the evidence, as the agent does by itself when something happens.",
            "Takes the flags of agent; an agent that runs is not disturbed, and its history is not in it."
        })
final class CaptureCommand extends Subcommand {
    private static final Duration LONGEST = Duration.ofHours(1);

    /** Two samples, or there is no rate. */
    private static final Duration SHORTEST = Duration.ofSeconds(2);

    private static final long LOOK_MILLIS = 100;

    /** Flags of an agent that serves, logs or replays. */
    private static final List<String> NOT_OURS = List.of(
            "--web.listen-address",
            "--web.telemetry-path",
            "--vm.include",
            "--vm.exclude",
            "--replay",
            "--replay.speed",
            "--log.level",
            "--log.format");

    /** So much longer than the duration the first sample may take. */
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(10);

    @Parameters(paramLabel = "VM", arity = "0..*", description = "The VM's name")
    List<String> names = new ArrayList<>();

    @Option(
            names = "--duration",
            paramLabel = "TIME",
            description = "How long to sample before, 2s to 1h. Default: ${DEFAULT-VALUE}")
    String duration = "10s";

    @Mixin
    AgentFlags flags = new AgentFlags();

    @Override
    int run(PrintStream out, PrintStream err, Problems problems) throws InterruptedException {
        Optional<Duration> time =
                Durations.parse(duration).filter(d -> d.compareTo(SHORTEST) >= 0 && d.compareTo(LONGEST) <= 0);
        if (time.isEmpty()) {
            problems.add("--duration", duration, "must be a duration of 2s to 1h, like 10s, 2m");
        }
        for (String flag : NOT_OURS) {
            flags.given(flag).ifPresent(value -> problems.add(flag, value, "does not go with capture"));
        }
        // That VM alone is read.
        flags.include = Pattern.quote(String.join(" ", names));
        Optional<AgentConfig> config = flags.judge(problems);
        config.ifPresent(judged -> StateOwner.judge(judged.stateDir(), problems));
        if (names.size() != 1) {
            problems.add(names.isEmpty() ? "no VM given: bhyvescope capture VM" : "more than one VM given");
        }
        if (config.isEmpty() || time.isEmpty() || !problems.isEmpty()) {
            return USAGE;
        }
        LogSetup.apply("error", "text");
        try (Cleanup cleanup = new Cleanup()) {
            Sampling sampling = cleanup.open(
                    () -> new Sampling(config.get(), Optional.empty(), (a, b, c, d) -> SamplingListener.NOBODY));
            sampling.startWithoutStates();
            return capture(names.get(0), time.get(), sampling, config.get(), out, err);
        }
    }

    private static int capture(
            String name, Duration time, Sampling sampling, AgentConfig config, PrintStream out, PrintStream err)
            throws InterruptedException {
        long begun = System.nanoTime();
        Optional<VmView> vm = Optional.empty();
        while (System.nanoTime() - begun < time.toNanos() + PATIENCE_NANOS) {
            Thread.sleep(LOOK_MILLIS);
            vm = sampling.ledger().board().vms().stream()
                    .filter(v -> v.name().equals(name))
                    .findFirst();
            boolean listed = sampling.scheduler().isReady();
            if (listed && vm.isEmpty()) {
                err.println("bhyvescope: there is no VM \"" + Printable.line(name) + "\" in " + config.vmmDir());
                return FAILED;
            }
            if (System.nanoTime() - begun >= time.toNanos()
                    && vm.flatMap(VmView::state).isPresent()) {
                break;
            }
        }
        if (vm.flatMap(VmView::state).isEmpty()) {
            err.println("bhyvescope: VM \"" + Printable.line(name) + "\" cannot be read"
                    + vm.map(v -> ": " + causes(v)).orElse(""));
            return FAILED;
        }
        FlightRecorder recorder = Captures.recorder(sampling, config, Version.text(), CaptureListener.NOBODY);
        FlightRecorder.Outcome outcome = recorder.captureNow(name, "asked for");
        if (outcome instanceof FlightRecorder.Outcome.Written written) {
            out.println(written.folder());
            if (!written.finding().isEmpty()) {
                out.println("  " + written.finding());
            }
            return OK;
        }
        FlightRecorder.Outcome.Failed failed = (FlightRecorder.Outcome.Failed) outcome;
        err.println("bhyvescope: no capture could be written to " + Captures.folder(config.stateDir()) + ": "
                + Printable.line(failed.why()));
        err.println("  --state-dir=DIR says where else.");
        return FAILED;
    }

    private static String causes(VmView vm) {
        return String.join(
                ", ", vm.errors().keySet().stream().map(Reading.Cause::label).toList());
    }
}
