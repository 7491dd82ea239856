package org.bhyvescope.demo;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What the counters of the simulated host are at any moment: its own scripts, asked with a clock of one's own. Moments are
 * seconds since the host's start. Keeps what it has asked for.
 */
public final class DemoModel {
    private final Path scripts;
    private final double epoch;
    private final Map<List<String>, String> answers = new HashMap<>();

    /**
     * The model of a host.
     *
     * @param scripts the folder of model.awk and the others
     * @param epoch when the host started, in seconds since 1970
     */
    public DemoModel(Path scripts, double epoch) {
        this.scripts = scripts;
        this.epoch = epoch;
    }

    /** The model of a host that a demo has set up: its folder names the start, too. */
    public static DemoModel of(Path host) throws IOException {
        return new DemoModel(
                host, Double.parseDouble(Files.readString(host.resolve("epoch")).strip()));
    }

    /** A moment in seconds since 1970. */
    public double time(double at) {
        return epoch + at;
    }

    /**
     * A statistic of a vCPU, as bhyvectl prints it; 0 where it has no such line.
     *
     * @param vm one that has lived since the host's start
     * @param statistic its description
     */
    public long statistic(String vm, int vcpu, String statistic, double at) throws IOException, InterruptedException {
        String text = awk(List.of(
                "-f",
                scripts.resolve("model.awk").toString(),
                "-f",
                scripts.resolve("state.awk").toString(),
                seconds(at),
                number(epoch),
                "",
                vm,
                String.valueOf(vcpu),
                "0",
                "0",
                "1",
                "0",
                "0"));
        return text.lines()
                .filter(line -> line.contains("\t")
                        && line.substring(0, line.indexOf('\t')).strip().equals(statistic))
                .mapToLong(line -> Long.parseLong(line.substring(line.indexOf('\t') + 1)))
                .sum();
    }

    /** By how much a statistic grows in a second, on average from one moment to another. */
    public double rate(String vm, int vcpu, String statistic, double from, double to)
            throws IOException, InterruptedException {
        return (statistic(vm, vcpu, statistic, to) - statistic(vm, vcpu, statistic, from)) / (to - from);
    }

    /** Interrupts of a device since the host's start. */
    public long interrupts(String device, double at) throws IOException, InterruptedException {
        return awk(List.of(
                        "-f",
                        scripts.resolve("interrupts.awk").toString(),
                        seconds(at),
                        number(epoch),
                        "intrs",
                        scripts.resolve("interrupts").toString()))
                .lines()
                .filter(line -> line.contains(": " + device + ":"))
                .mapToLong(line -> Long.parseLong(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }

    private String awk(List<String> operands) throws IOException, InterruptedException {
        String known = answers.get(operands);
        if (known != null) {
            return known;
        }
        List<String> command = new ArrayList<>(List.of("awk"));
        command.addAll(operands);
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getOutputStream().close();
        String text = new String(process.getInputStream().readAllBytes(), UTF_8);
        if (process.waitFor() != 0) {
            throw new IOException(command + ": " + text);
        }
        answers.put(operands, text);
        return text;
    }

    private String seconds(double at) {
        return number(epoch + at);
    }

    private static String number(double seconds) {
        return String.format(Locale.ROOT, "%.3f", seconds);
    }
}
