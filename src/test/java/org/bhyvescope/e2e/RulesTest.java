package org.bhyvescope.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The recording rules and alerts that come with bhyvescope are valid, tested, and speak of metrics that there are. */
class RulesTest {
    private static final Duration LONG = Duration.ofMinutes(2);
    private static final Pattern ROW = Pattern.compile("^\\| `([a-z_]+)` \\|", Pattern.MULTILINE);
    private static final Pattern ALERTNAME = Pattern.compile("alertname=\"(\\w+)\"");

    @TempDir
    Path directory;

    @Test
    void promtoolFindsTheRulesValid() throws Exception {
        for (String file : List.of("rules.yml", "alerts.yml")) {
            assertThat(promtool("check", "rules", file))
                    .contains(RuleFiles.rules(file).size() + " rules found")
                    .doesNotContain("FAILED");
        }
    }

    @Test
    void theirTestsPass() throws Exception {
        List<String> arguments = new ArrayList<>(List.of("test", "rules"));
        RuleFiles.tests().forEach(file -> arguments.add(file.toString()));
        promtool(arguments.toArray(String[]::new));
    }

    @Test
    void eachAlertIsWhole() throws Exception {
        for (RuleFiles.Rule alert : RuleFiles.rules("alerts.yml")) {
            String name = alert.name();
            assertThat(alert.label("severity")).as("severity of " + name).isIn("critical", "warning", "info");
            assertThat(alert.annotation("summary")).as("summary of " + name).contains("{{ $labels.instance }}");
            assertThat(alert.annotation("description"))
                    .as("a value in the description of " + name)
                    .containsPattern("\\$value|\\| value|\\.Value");
            assertThat(alert.annotation("dashboard"))
                    .as("dashboard of " + name)
                    .isIn("bhyvescope-hosts", "bhyvescope-vm", "bhyvescope-gpu", "bhyvescope-agent");
            assertThat(alert.annotation("runbook"))
                    .as("runbook of " + name)
                    .isEqualTo("dashboards/runbooks/" + name + ".md");
        }
    }

    @Test
    void eachRunbookExists() throws Exception {
        List<String> missing = RuleFiles.rules("alerts.yml").stream()
                .map(alert -> alert.annotation("runbook"))
                .filter(runbook -> !Files.isRegularFile(Program.PROJECT.resolve(runbook)))
                .distinct()
                .toList();
        assertThat(missing).isEmpty();
    }

    @Test
    void eachAlertHasAFiringAndASilentCase() throws Exception {
        Set<String> alerts = names("alerts.yml");
        Map<String, RuleFiles.Cases> cases = RuleFiles.casesOfAlerts();
        assertThat(cases).containsOnlyKeys(alerts);
        cases.forEach((alert, of) -> {
            assertThat(of.firing).as("firing cases of " + alert).isPositive();
            assertThat(of.silent).as("silent cases of " + alert).isPositive();
        });
    }

    @Test
    void eachRecordingRuleHasACaseWithAValue() throws Exception {
        assertThat(RuleFiles.expressionsWithValues()).containsAll(names("rules.yml"));
    }

    @Test
    void theyReadOnlyWhatThereIs() throws Exception {
        Set<String> known = new TreeSet<>(names("rules.yml"));
        known.addAll(List.of("up", "ALERTS"));
        String metrics = Files.readString(Program.PROJECT.resolve("METRICS.md"));
        ROW.matcher(metrics).results().forEach(row -> known.add(row.group(1)));
        for (RuleFiles.Rule rule : both()) {
            assertThat(rule.reads()).as("what " + rule.name() + " reads").isNotEmpty();
            assertThat(known).as("what " + rule.name() + " reads").containsAll(rule.reads());
        }
    }

    /** A group is evaluated in order: an alert that gives way to another one has to come after it. */
    @Test
    void whatGivesWayComesAfterWhatItGivesWayTo() throws Exception {
        Set<String> before = new TreeSet<>();
        Set<String> preferred = new TreeSet<>();
        for (RuleFiles.Rule alert : RuleFiles.rules("alerts.yml")) {
            ALERTNAME.matcher(alert.expr()).results().forEach(m -> {
                preferred.add(m.group(1));
                assertThat(before).as("alerts before " + alert.name()).contains(m.group(1));
            });
            before.add(alert.name());
        }
        assertThat(preferred).isNotEmpty();
    }

    @Test
    void namesOfSeriesAreFoundInAnExpression() {
        assertThat(RuleFiles.seriesOf("sum by (instance, vm) (rate(bhyve_a_total{vm=~\"b|c{d}\"}[5m:10s]) and on (x)"
                        + " instance_vm:b:rate1m > 0.7 * up offset 5m) unless ignoring (vm) e1 < 1e3"))
                .containsExactly("bhyve_a_total", "e1", "instance_vm:b:rate1m", "up");
    }

    private static List<RuleFiles.Rule> both() throws Exception {
        return Stream.concat(RuleFiles.rules("rules.yml").stream(), RuleFiles.rules("alerts.yml").stream())
                .toList();
    }

    private static Set<String> names(String file) throws Exception {
        Set<String> names = new TreeSet<>();
        RuleFiles.rules(file).forEach(rule -> names.add(rule.name()));
        assertThat(names).isNotEmpty();
        return names;
    }

    private String promtool(String... arguments) throws Exception {
        boolean installed = Prometheus.find("promtool").isPresent();
        assumeTrue(installed || System.getenv("CI") != null, "skipped: promtool is not installed");
        List<String> command =
                new ArrayList<>(List.of(Prometheus.find("promtool").orElse("promtool")));
        for (String argument : arguments) {
            Path file = RuleFiles.FOLDER.resolve(argument);
            command.add(Files.exists(file) ? file.toString() : argument);
        }
        try (Program run = Program.startOther(directory, command)) {
            int code = run.exitCode(LONG);
            assertThat(code).as(run.out() + run.err()).isZero();
            return run.out() + run.err();
        }
    }
}
