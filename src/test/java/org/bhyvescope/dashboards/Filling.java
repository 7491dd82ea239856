package org.bhyvescope.dashboards;

import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Values for the variables of a dashboard, and for those that Grafana has itself. */
public final class Filling {
    private static final Pattern VARIABLE = Pattern.compile("\\$\\{(\\w+)(:\\w+)?}|\\$(\\w+)");
    private final Map<String, String> texts = new HashMap<>();

    private Filling() {}

    /**
     * As Grafana fills a dashboard in.
     *
     * @param chosen values by the variables' names; the others are as the dashboard has them when it is opened
     * @param end of the time shown
     * @param range its length in seconds
     * @param interval the step of the queries, in whole seconds
     * @param rateInterval the window of rates, in whole seconds
     */
    public static Filling of(
            Dashboard dashboard,
            PrometheusApi prometheus,
            Map<String, List<String>> chosen,
            double end,
            double range,
            long interval,
            long rateInterval)
            throws IOException, InterruptedException {
        Filling filling = new Filling();
        filling.texts.put("__interval", interval + "s");
        filling.texts.put("__interval_ms", String.valueOf(interval * 1000));
        filling.texts.put("__rate_interval", rateInterval + "s");
        filling.texts.put("__range", Math.round(range) + "s");
        filling.texts.put("__range_s", String.valueOf(Math.round(range)));
        for (Variable variable : dashboard.variables()) {
            if (variable.type().equals("datasource")) {
                continue;
            }
            List<String> values = chosen.getOrDefault(variable.name(), List.of(variable.chosen()));
            if (values.equals(List.of(Variable.ALL))) {
                filling.texts.put(
                        variable.name(),
                        variable.allValue().isEmpty()
                                ? variable.text(
                                        variable.values(prometheus, filling.fill(variable.query()), end - range, end))
                                : variable.allValue());
            } else {
                filling.texts.put(variable.name(), variable.text(values));
            }
        }
        return filling;
    }

    /**
     * A query without variables.
     *
     * @throws IllegalArgumentException for one that has no value
     */
    public String fill(String expr) {
        return VARIABLE.matcher(expr).replaceAll(match -> {
            String name = match.group(1) == null ? match.group(3) : match.group(1);
            String text = texts.get(name);
            if (text == null || match.group(2) != null) {
                throw new IllegalArgumentException("no value for " + match.group() + " in " + expr);
            }
            return Matcher.quoteReplacement(text);
        });
    }
}
