package org.bhyvescope.e2e;

import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.bhyvescope.dashboards.PrometheusApi;
import org.bhyvescope.dashboards.Series;

/**
 * What a dashboard must show of a simulated host: bounds worked out from the host's own model. A counter in Prometheus at a
 * moment is the guest's at that moment or up to {@link #late} before, so its growth from one moment to another is not below
 * the guest's without the last of those seconds, and not above the guest's with as many more before.
 */
final class Truth {
    /** A scrape is up to one interval old. */
    private static final double SCRAPE_SECONDS = 1;

    /** The vCPUs of a VM are read one after the other, before the sample gets its time. */
    private static final double READING_SECONDS = 1;

    private final DemoProgram host;
    private final PrometheusApi prometheus;

    Truth(DemoProgram host, PrometheusApi prometheus) {
        this.host = host;
        this.prometheus = prometheus;
    }

    /** How old what a query sees can be, in a time: from how old the samples of the VM were then. In seconds. */
    double late(String vm, double from, double to) throws Exception {
        String newest = String.format(
                Locale.ROOT, "bhyve_vm_last_sample_timestamp_seconds{instance=\"%s\",vm=\"%s\"}", host.instance(), vm);
        String age = String.format(
                Locale.ROOT, "max_over_time((timestamp(%s) - %s)[%.0fs:1s])", newest, newest, Math.ceil(to - from));
        List<Series> oldest = prometheus.instant(age, host.model().time(to));
        return oldest.get(0).value() + SCRAPE_SECONDS + READING_SECONDS;
    }

    /** A statistic's growth a second, of these vCPUs together. */
    Bounds rate(String vm, int vcpus, String statistic, double from, double to) throws Exception {
        Bounds sum = new Bounds(0, 0);
        for (int vcpu : IntStream.range(0, vcpus).toArray()) {
            sum = sum.plus(ofVcpu(vm, vcpu, statistic, from, to));
        }
        return sum;
    }

    /** The same of one vCPU. */
    Bounds ofVcpu(String vm, int vcpu, String statistic, double from, double to) throws Exception {
        double late = late(vm, from, to);
        return new Bounds(
                host.model().rate(vm, vcpu, statistic, from, to - late) * (to - late - from) / (to - from),
                host.model().rate(vm, vcpu, statistic, from - late, to) * (to + late - from) / (to - from));
    }
}
