package org.bhyvescope.e2e;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

/** What the rule files of Prometheus and their tests say, as far as our tests look at it. */
final class RuleFiles {
    static final Path FOLDER = Program.PROJECT.resolve("dashboards/prometheus");

    /** What is taken out of an expression before names are looked for: strings, labels, ranges, lists of labels. */
    private static final Pattern NOT_NAMES = Pattern.compile("\"(\\\\.|[^\"\\\\])*\"|\\{[^}]*}|\\[[^\\]]*]"
            + "|\\b(by|without|on|ignoring|group_left|group_right)\\s*\\([^)]*\\)");

    private static final Pattern NAME = Pattern.compile("[a-zA-Z_:][a-zA-Z0-9_:]*(?!\\s*[(a-zA-Z0-9_:])");
    private static final Pattern DURATION = Pattern.compile("\\boffset\\s+\\w+|\\b\\d\\w*");
    private static final Set<String> WORDS = Set.of("and", "or", "unless", "bool", "by", "without", "on", "ignoring");
    private static final Pattern OURS = Pattern.compile("\\b(bhyve_|bhyvescope_|instance_vm)[a-z0-9_:]+");

    private RuleFiles() {}

    /**
     * A rule.
     *
     * @param name of the alert, or of the series that is recorded
     */
    record Rule(String name, String expr, boolean alert, JsonNode labels, JsonNode annotations) {
        String label(String label) {
            return labels.path(label).asString("");
        }

        String annotation(String annotation) {
            return annotations.path(annotation).asString("");
        }

        /** The series that it reads: those of its expression, and those that its annotations name or query. */
        Set<String> reads() {
            Set<String> names = seriesOf(expr);
            annotations.forEach(text -> OURS.matcher(text.asString()).results().forEach(m -> names.add(m.group())));
            return names;
        }
    }

    /** The cases that a test file holds for an alert. */
    static final class Cases {
        int firing;
        int silent;
    }

    static List<Rule> rules(String file) throws Exception {
        List<Rule> rules = new ArrayList<>();
        for (JsonNode group : read(FOLDER.resolve(file)).path("groups")) {
            for (JsonNode rule : group.path("rules")) {
                boolean alert = rule.has("alert");
                rules.add(new Rule(
                        rule.path(alert ? "alert" : "record").asString(),
                        rule.path("expr").asString(),
                        alert,
                        rule.path("labels"),
                        rule.path("annotations")));
            }
        }
        return rules;
    }

    static List<Path> tests() throws Exception {
        try (Stream<Path> files = Files.list(FOLDER.resolve("tests"))) {
            return files.filter(f -> f.toString().endsWith(".yml")).sorted().toList();
        }
    }

    /** By name of the alert. */
    static Map<String, Cases> casesOfAlerts() throws Exception {
        Map<String, Cases> cases = new TreeMap<>();
        for (Path file : tests()) {
            for (JsonNode test : read(file).path("tests")) {
                for (JsonNode each : test.path("alert_rule_test")) {
                    Cases of = cases.computeIfAbsent(each.path("alertname").asString(), n -> new Cases());
                    if (each.path("exp_alerts").isEmpty()) {
                        of.silent++;
                    } else {
                        of.firing++;
                    }
                }
            }
        }
        return cases;
    }

    /** The expressions of which a test expects a value. */
    static Set<String> expressionsWithValues() throws Exception {
        Set<String> expressions = new TreeSet<>();
        for (Path file : tests()) {
            for (JsonNode test : read(file).path("tests")) {
                for (JsonNode each : test.path("promql_expr_test")) {
                    if (!each.path("exp_samples").isEmpty()) {
                        expressions.add(each.path("expr").asString());
                    }
                }
            }
        }
        return expressions;
    }

    /** The names of series in an expression; those inside braces as {@code __name__} are not found. */
    static Set<String> seriesOf(String expr) {
        String bare = DURATION.matcher(NOT_NAMES.matcher(expr).replaceAll(" ")).replaceAll(" ");
        Set<String> names = new TreeSet<>();
        Matcher m = NAME.matcher(bare);
        while (m.find()) {
            if (!WORDS.contains(m.group())) {
                names.add(m.group());
            }
        }
        return names;
    }

    private static JsonNode read(Path file) throws Exception {
        return new YAMLMapper().readTree(Files.readString(file));
    }
}
