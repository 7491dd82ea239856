package org.bhyvescope.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.stream.Stream;
import org.assertj.core.data.Percentage;
import org.bhyvescope.TestCa;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * All at once: {@code make install} twice, and the installed agent as a user without rights, through the gate, scraped by a
 * real Prometheus over TLS with a password.
 *
 * <p>There are two installations. A private prefix cannot hold the gate, since who owns it could become root, and
 * {@code check} refuses it: so the program is nobody's own, and the gate root's, staged and then moved as a package is.
 */
class InstalledE2eTest {
    private static final Duration LONG = Duration.ofSeconds(60);
    private static final String FIRST = "first-Passw0rd";
    private static final String SECOND = "second-Passw0rd";

    /** What {@code htpasswd -nbBC 5} makes of these. */
    private static final Map<String, String> HASHES = Map.of(
            FIRST, "$2y$05$J2To.TF5.UMN0ezWNGG5/OODlHUlGBLVtPDA3/eHpzZwsXFrgavc2",
            SECOND, "$2y$05$rE0WshzU9thrhemPTDV/N.WVTvnF8QbbjX5cRIm//IJy/7BO/kyXW");

    private static final Map<String, List<Integer>> VCPUS =
            Map.of("steady", List.of(0, 1, 2, 3), "sparse", List.of(0, 2, 5), "single", List.of(0));

    @TempDir
    Path directory;

    private Sources sources;
    private Path own;
    private Path admins;

    @BeforeEach
    void prepare() throws Exception {
        assumeTrue(
                Prometheus.find("prometheus").isPresent() || System.getenv("CI") != null,
                "skipped: prometheus is not installed");
        GateStand.mode(directory, "rwxr-xr-x");
        sources = new Sources(directory.resolve("sources"));
        Path home = Files.createDirectory(directory.resolve("home"));
        GateStand.forNobody(home);
        own = home.resolve("prefix");
        admins = directory.resolve("prefix");
    }

    /** Takes some 30 s, most of it a class-data archive and the window of a rate. */
    @Test
    void anAgentInstalledByNobodyIsScrapedOverTlsAndReadsThroughRootsGate() throws Exception {
        // By install.sh, and then by the make that calls it, which also takes seconds for a class-data archive.
        sources.installTwice(
                own,
                GateStand.asNobody("sh", "agent/install.sh", "install", own.toString()),
                GateStand.asNobody(Sources.make("install", own)));
        Path stage = directory.resolve("stage");
        Path staged = Path.of(stage.toString() + admins);
        List<String> packing = List.of(Sources.make("install", admins, "DESTDIR=" + stage));
        sources.installTwice(staged, packing, packing);
        Files.move(staged, admins);
        Path program = own.resolve("bin/bhyvescope");
        GateStand stand = new GateStand(directory, admins);
        assertThat(admins.resolve("etc/bhyvescope/doas.conf.sample"))
                .content()
                .contains("\npermit nopass nolog bhyvescope as root cmd " + stand.gate() + " args\n");
        TestHost host = stand.host(List.copyOf(VCPUS.keySet()));
        new TestCa(directory, "ca").issue("server");
        Path etc = admins.resolve("etc/bhyvescope");
        give(directory.resolve("server.pem"), etc.resolve("server.pem"));
        give(directory.resolve("server.key"), etc.resolve("server.key"));
        webConfig(etc, FIRST);
        String[] web = {"--web.listen-address=127.0.0.1:0", "--web.config.file=" + etc.resolve("web.yml")};

        try (Program check = stand.start(program, host, "check", web)) {
            int code = check.exitCode(LONG);
            assertThat(check.out()).contains(GateStand.PRIVILEGES, "VM sparse: ", "active vCPUs 0, 2, 5");
            // Without root there is nobody else's gate: the refusal is right.
            assertThat(code).as(check.out()).isEqualTo(GateStand.ROOT ? 0 : 1);
            assertThat(check.out())
                    .contains(
                            GateStand.ROOT
                                    ? "ok    gate: " + stand.gate() + " answers, by " + stand.by()
                                    : "is not root's, but belongs to uid ");
        }
        try (Program agent = stand.start(program, host, "agent", web)) {
            assertThat(agent.url()).startsWith("https://");
            isNobodys(agent, host);
            String target = URI.create(agent.url()).getAuthority();
            String jobs = "global: {scrape_interval: 1s, scrape_timeout: 1s}\nscrape_configs:\n"
                    + job("right", "https", target, FIRST)
                    + job("changed", "https", target, SECOND)
                    + job("no_password", "https", target, "")
                    + job("plain_http", "http", target, FIRST);
            try (Prometheus prometheus = Prometheus.start(directory, jobs)) {
                prometheus.isUp(Map.of("right", 1.0, "changed", 0.0, "no_password", 0.0, "plain_http", 0.0));
                valuesAreTheHosts(prometheus);
                Program.await(LONG, () -> stand.roots() > 0 ? true : null);

                webConfig(etc, SECOND);
                agent.signal("HUP");
                prometheus.isUp(Map.of("right", 0.0, "changed", 1.0, "no_password", 0.0, "plain_http", 0.0));
            }
            agent.signal("TERM");
            assertThat(agent.exitCode(LONG)).isEqualTo(143);
            assertThat(agent.out() + agent.err()).doesNotContain("ERROR", "\tat ", FIRST, SECOND);
        }
        Program.await(Duration.ofSeconds(5), () -> stand.roots() == 0 ? true : null);
        // Written by root's bhyvectl: nobody may not write there.
        assertThat(host.commandLines())
                .anyMatch(line -> line.equals("--vm=sparse --cpu=5 --get-stats"))
                .allMatch(line -> line.matches("--vm=(steady|sparse|single)( --cpu=\\d)?( --get-[a-z-]+)+"));

        sources.run(GateStand.asNobody(Sources.make("deinstall", own)));
        assertThat(Sources.tree(own)).isEmpty();
        sources.run(List.of(Sources.make("deinstall", admins)));
        assertThat(Sources.tree(admins).keySet().stream().filter(file -> Files.isRegularFile(admins.resolve(file))))
                .containsExactly("etc/bhyvescope/server.key", "etc/bhyvescope/server.pem", "etc/bhyvescope/web.yml");
    }

    /** Moves a file to where the agent reads it: mode 0640, and of nobody's group. */
    private static void give(Path fresh, Path file) throws Exception {
        GateStand.mode(fresh, "rw-r-----");
        if (GateStand.ROOT) {
            GateStand.run(fresh.getParent(), "chgrp", GateStand.NOBODY, fresh.toString());
        }
        Files.move(fresh, file, StandardCopyOption.REPLACE_EXISTING);
    }

    /** The installed sample, with the server's certificate and the user taken out of their comments. */
    private static void webConfig(Path etc, String password) throws Exception {
        String keys = "(?m)^#(?=tls_server_config:|  (cert|key)_file:|basic_auth_users:|  prometheus:)";
        String text = Files.readString(etc.resolve("web.yml.sample"))
                .replaceAll(keys, "")
                .replaceAll("(?m)^(  prometheus:).*", "$1 " + Matcher.quoteReplacement(HASHES.get(password)));
        give(Files.writeString(etc.resolve("web.yml.new"), text), etc.resolve("web.yml"));
    }

    private static String job(String name, String scheme, String target, String password) {
        return "- job_name: " + name + "\n  scheme: " + scheme + "\n  static_configs: [{targets: ['" + target + "']}]\n"
                + (scheme.equals("https") ? "  tls_config: {ca_file: ca.pem}\n" : "")
                + (password.isEmpty() ? "" : "  basic_auth: {username: prometheus, password: " + password + "}\n");
    }

    private static void isNobodys(Program agent, TestHost host) throws Exception {
        if (GateStand.ROOT) {
            Path proc = Path.of("/proc", Long.toString(agent.handle().pid()));
            assertThat(Files.readAllLines(proc.resolve("status")))
                    .contains("Uid:" + ("\t" + GateStand.NOBODY).repeat(4), "CapEff:\t0000000000000000");
        }
        try (Stream<Path> nodes = Files.list(host.directory().resolve("vmm"))) {
            assertThat(nodes).hasSameSizeAs(VCPUS.keySet()).allSatisfy(node -> {
                assertThat(Files.getOwner(node).getName()).isEqualTo(System.getProperty("user.name"));
                assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(node)))
                        .isEqualTo("rw-------");
            });
        }
    }

    /** Growth by the time of the samples, not of the scrapes: so that a late sample is no wrong rate. */
    private static void valuesAreTheHosts(Prometheus prometheus) throws Exception {
        Map<String, Double> active = new TreeMap<>();
        Map<String, Double> rates = new TreeMap<>();
        VCPUS.forEach((vm, vcpus) -> {
            active.put("right " + vm, (double) vcpus.size());
            vcpus.forEach(vcpu -> {
                rates.put("right " + vm + " " + vcpu + " hlt", 100.0 * (vcpu + 1));
                rates.put("right " + vm + " " + vcpu + " inout", 40.0);
                rates.put("right " + vm + " " + vcpu + " instruction_emulation", 1000.0);
            });
        });
        Program.await(LONG, () -> {
            Map<String, Double> read =
                    prometheus.query("count_over_time(bhyve_vm_vcpus{set=\"active\"}[10s]) >= 8", "job", "vm");
            return read.keySet().equals(active.keySet()) ? true : null;
        });
        assertThat(prometheus.query("bhyve_vm_vcpus{set=\"active\"}", "job", "vm"))
                .isEqualTo(active);
        Map<String, Double> found = prometheus.query(
                "rate(bhyve_vcpu_exit_reasons_total{reason=~\"hlt|inout|instruction_emulation\"}[10s])"
                        + " / on(job, vm) group_left() rate(bhyve_vm_last_sample_timestamp_seconds[10s])",
                "job",
                "vm",
                "vcpu",
                "reason");
        assertThat(found).hasSameSizeAs(rates);
        rates.forEach((series, rate) ->
                assertThat(found.get(series)).as(series).isCloseTo(rate, Percentage.withPercentage(10)));
    }
}
