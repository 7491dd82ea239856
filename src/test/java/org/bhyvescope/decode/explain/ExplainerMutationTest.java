package org.bhyvescope.decode.explain;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.bhyvescope.decode.Vendor;
import org.bhyvescope.dump.DumpParser;
import org.junit.jupiter.api.Test;

/**
 * Damaged texts explained: lines lost, repeated, in another order, other numbers, other bytes. Whatever the damage, nothing
 * is thrown, no meaning is without a source, and what is printed is bounded and printable. System property
 * {@code bhyvescope.fuzz.explained} says how many.
 */
class ExplainerMutationTest {
    private static final int INPUTS = Integer.getInteger("bhyvescope.fuzz.explained", 20_000);
    private static final long SEED = Long.getLong("bhyvescope.fuzz.seed", 881358L);
    /** Most texts are parts of a dump: ten times as many of them are explained in the same time. */
    private static final int SOME_LINES = 6;

    private static final Pattern NUMBER = Pattern.compile("0x[0-9a-f]+|\\b\\d+\\b");
    private static final Pattern CONTROL = Pattern.compile("[\\p{Cc}&&[^\\n]]");
    private static final Set<String> FINDINGS =
            FindingTable.load().rows().stream().map(FindingTable.Row::id).collect(Collectors.toSet());
    private static final List<String> WORDS = List.of("""
            vm exit[0]
            \treason\t\tVMX
            \trip\t\t0x000000000009e019
            \tinst_length\t3
            \tstatus\t\t0
            \texit_reason\t33
            \tqualification\t0x0000000000000000
            \tinst_type\t\t0
            \tinst_error\t\t0
            """, """
            vm exit[1]
            \treason\t\tSVM
            \trip\t\t0x00000000fffee1ec
            \tinst_length\t0
            \texitcode\t0x400
            \texitinfo1\t0x100000008
            \texitinfo2\t0xfee00000
            """, """
            Failed to emulate instruction [0x0f 0xae 0x3b] at 0xffffffff8104bb80
            Unhandled memory access to 0xfed40000
            rdmsr to register 0x140 on vcpu 0
            vm_run error -1, errno 6
            bhyve exited with status 1
            """);

    private static List<String> originals() {
        Stream<String> dumps = Stream.of(
                        "get-all.amd-14.vcpu2.txt",
                        "get-all.amd-15.vcpu1.txt",
                        "get-all.intel-12.vcpu0.txt",
                        "get-all.arm64-15.vcpu3.txt",
                        "riscv-15.vcpu2.txt")
                .map(Texts::resource);
        return Stream.concat(dumps, WORDS.stream()).toList();
    }

    @Test
    void damageNeverThrowsAndNeverInvents() {
        List<List<String>> originals =
                originals().stream().map(text -> text.lines().toList()).toList();
        int exits = 0;
        int findings = 0;
        for (int i = 0; i < INPUTS; i++) {
            Random random = new Random(SEED + i);
            String text = damage(originals, random);
            Optional<Vendor> told = random.nextInt(4) == 0
                    ? Optional.of(random.nextBoolean() ? Vendor.AMD : Vendor.INTEL)
                    : Optional.empty();
            try {
                Report report = Texts.EXPLAINER.explain(DumpParser.parse(text.getBytes(ISO_8859_1)), told);
                exits += check(report);
                findings += report.findings().size();
                if (i % 64 == 0) {
                    checkPrinted(report, text.length());
                }
            } catch (RuntimeException | IOException | AssertionError e) {
                throw new AssertionError("seed " + (SEED + i) + ", text:\n" + text, e);
            }
        }
        assertThat(exits).as("exits that were explained").isGreaterThan(INPUTS / 1000);
        assertThat(findings).as("findings that were made").isGreaterThan(INPUTS / 10);
    }

    private static String damage(List<List<String>> originals, Random random) {
        List<String> lines = new ArrayList<>();
        boolean whole = random.nextInt(256) == 0;
        for (int k = 1 + random.nextInt(2); k > 0; k--) {
            List<String> original = originals.get(random.nextInt(originals.size()));
            int from = whole ? 0 : random.nextInt(original.size());
            int to = whole ? original.size() : Math.min(original.size(), from + 1 + random.nextInt(SOME_LINES));
            lines.addAll(original.subList(from, to));
        }
        if (random.nextInt(4) == 0) {
            Collections.shuffle(lines, random);
        }
        for (int k = random.nextInt(12); k > 0 && !lines.isEmpty(); k--) {
            int at = random.nextInt(lines.size());
            switch (random.nextInt(5)) {
                case 0 -> lines.remove(at);
                case 1 -> lines.add(at, lines.get(random.nextInt(lines.size())));
                case 2 -> lines.set(at, otherBytes(lines.get(at), random));
                default -> lines.set(at, otherNumber(lines.get(at), random));
            }
        }
        return String.join("\n", lines) + (random.nextBoolean() ? "\n" : "");
    }

    private static String otherNumber(String line, Random random) {
        Matcher numbers = NUMBER.matcher(line);
        return numbers.replaceAll(found -> random.nextBoolean() ? number(random) : found.group());
    }

    private static String number(Random random) {
        long value = random.nextLong() >>> random.nextInt(64);
        return random.nextBoolean() ? "0x" + Long.toHexString(value) : Long.toUnsignedString(value);
    }

    private static String otherBytes(String line, Random random) {
        StringBuilder out = new StringBuilder(line);
        for (int k = random.nextInt(4); k > 0 && !out.isEmpty(); k--) {
            out.setCharAt(random.nextInt(out.length()), (char) random.nextInt(256));
        }
        return out.toString();
    }

    /** Returns the number of exits that were explained. Plain comparisons: there are millions of them. */
    private static int check(Report report) {
        for (Report.Finding finding : report.findings()) {
            require(FINDINGS.contains(finding.id()) && !finding.evidence().isEmpty(), finding.id());
        }
        int exits = 0;
        for (Report.Vcpu vcpu : report.vcpus()) {
            Report.Exit exit = vcpu.exit();
            if (exit != null) {
                exits++;
                require(exit.known() != exit.name().equals("unknown"), exit.name());
                require(!exit.known() || !exit.source().isEmpty(), exit.name());
            }
            for (Report.Field field : vcpu.fields()) {
                require(field.kind().equals("unknown") || !field.meaning().isEmpty(), field.name());
                for (Report.Bit bit : field.bits()) {
                    require(
                            bit.known()
                                    || bit.name().equals("reserved")
                                    || bit.name().equals("unknown"),
                            field.name() + " bit " + bit.bits());
                }
            }
        }
        return exits;
    }

    private static void require(boolean holds, String what) {
        if (!holds) {
            throw new AssertionError(what);
        }
    }

    private static void checkPrinted(Report report, int length) throws IOException {
        String page = ReportText.of(report, OptionalInt.empty(), Style.PLAIN);
        StringBuilder json = new StringBuilder();
        ReportJson.write(report, json);

        assertThat(CONTROL.matcher(page).find()).as("control characters").isFalse();
        assertThat(page.length()).isLessThan(60_000 + 30 * length);
        assertThat(json.length()).isLessThan(60_000 + 60 * length);
    }
}
