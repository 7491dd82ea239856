package org.bhyvescope.web;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import org.bhyvescope.sampling.Board;
import org.bhyvescope.sampling.VmState;
import org.bhyvescope.sampling.VmView;

/** The start page: links, and a table of the VMs. Pure: a board into HTML. */
final class Page {
    private static final int SHOWN_REASONS = 3;
    private static final String STYLE = """

            :root { color-scheme: light dark }
            body { font: 15px/1.5 system-ui, sans-serif; margin: 2em auto; max-width: 64em; padding: 0 1em }
            h1 { font-size: 1.4em; margin: 0 } h1 small { font-weight: normal; opacity: .6 }
            table { border-collapse: collapse; width: 100%; margin: 1.2em 0 }
            th, td { text-align: left; padding: .35em .8em .35em 0; border-bottom: 1px solid #8884; vertical-align: top }
            th { font-weight: 600; opacity: .7 } td.n, th.n { text-align: right; font-variant-numeric: tabular-nums }
            td:first-child { max-width: 16em; overflow-wrap: break-word; min-width: 7em }
            .bad { color: #d1242f; font-weight: 600 } .dim { opacity: .6 } a { color: #2f81f7 }
            """;
    private static final String HEAD = """
            <!doctype html>
            <html lang="en"><head><meta charset="utf-8"><title>bhyvescope</title>
            <meta name="viewport" content="width=device-width"><meta http-equiv="refresh" content="5">
            """ + "<style>" + STYLE + "</style></head><body>\n";

    /** Nothing but this style: no script, no picture, no form, no frame. A name that got past the escaping could do nothing. */
    static final String CONTENT_SECURITY_POLICY = "default-src 'none'; style-src 'sha256-" + sha256(STYLE)
            + "'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private Page() {}

    static String of(Board board, String version, String telemetryPath) {
        StringBuilder html = new StringBuilder(HEAD);
        html.append("<h1>bhyvescope <small>").append(escape(version)).append("</small></h1>\n<p>");
        link(html, telemetryPath, "metrics");
        link(html, "/-/healthy", "healthy");
        link(html, "/-/ready", "ready");
        html.append("</p>\n");
        if (board.vms().isEmpty()) {
            html.append("<p>No VMs on this host now.</p>\n");
        } else {
            html.append("<table><tr><th>VM</th><th>state</th><th>vendor</th><th class=n>vCPUs</th>")
                    .append(
                            "<th class=n>exits/s</th><th>most exits by reason, share, peak of the last minute</th></tr>\n");
            board.vms().forEach(vm -> row(html, vm));
            html.append("</table>\n");
        }
        return html.append("<p class=dim>Reloads every 5 s. Rates are over the last sample.</p>\n</body></html>\n")
                .toString();
    }

    private static void link(StringBuilder html, String href, String text) {
        html.append("<a href=\"")
                .append(escape(href))
                .append("\">")
                .append(text)
                .append("</a> &nbsp; ");
    }

    private static void row(StringBuilder html, VmView vm) {
        String state = vm.state().map(VmState::label).orElse("not read yet");
        boolean bad = vm.state()
                .filter(s -> s == VmState.STALLED || s == VmState.UNREADABLE)
                .isPresent();
        html.append("<tr><td>").append(escape(vm.name()));
        html.append(bad ? "</td><td class=bad>" : "</td><td>").append(state);
        vm.sample()
                .ifPresentOrElse(
                        sample -> sampled(html, sample),
                        () -> html.append("</td><td colspan=4 class=dim>").append(withheld(vm)));
        html.append("</td></tr>\n");
    }

    private static String withheld(VmView vm) {
        return vm.errors().isEmpty()
                ? ""
                : "failed readings: "
                        + vm.errors().values().stream().mapToLong(n -> n).sum();
    }

    private static void sampled(StringBuilder html, VmView.Sample sample) {
        html.append("</td><td>").append(sample.plan().vendor().label());
        html.append("</td><td class=n>").append(sample.snapshot().active().size());
        html.append("</td><td class=n>").append(number(sample.rates().total()));
        html.append("</td><td>").append(String.join(", ", reasons(sample)));
    }

    /** {@code hlt 480/s (62 %, peak 512/s)}, the most frequent first. */
    private static List<String> reasons(VmView.Sample sample) {
        List<Integer> order = new ArrayList<>();
        for (int i = 0; i < sample.plan().reasons().size(); i++) {
            if (sample.rates().reason(i) > 0) {
                order.add(i);
            }
        }
        order.sort(Comparator.comparingDouble(i -> -sample.rates().reason(i)));
        return order.stream()
                .limit(SHOWN_REASONS)
                .map(i -> String.format(
                        Locale.ROOT,
                        "%s %s/s <span class=dim>(%.0f&nbsp;%%, peak %s/s)</span>",
                        escape(sample.plan().reasons().get(i).statistic().labelValue()),
                        number(sample.rates().reason(i)),
                        100 * sample.rates().share(i),
                        number(sample.peak(i))))
                .toList();
    }

    private static String number(double value) {
        if (Double.isNaN(value)) {
            return "";
        }
        return String.format(Locale.ROOT, value < 10 ? "%.1f" : "%,.0f", value);
    }

    private static String sha256(String text) {
        try {
            return Base64.getEncoder()
                    .encodeToString(MessageDigest.getInstance("SHA-256").digest(text.getBytes(UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // every Java has it
        }
    }

    static String escape(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;")
                .replace("'", "&#39;");
    }
}
