package org.bhyvescope.capture;

import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bhyvescope.decode.Decoder;

/**
 * Leaves addresses of the host out of evidence: kernel pointers, and where its tables and its devices lie in physical memory.
 * They help whoever attacks the host, and hardly anybody who looks for a guest's trouble. Pure.
 */
final class HostAddresses {
    private static final String LEFT_OUT = "[left out]";

    /** A line of bhyvectl: {@code host_rip[0]}; with what comes before it pasted lines are not meant. */
    private static final Pattern FIELD = Pattern.compile("(?m)^([^\\[\\n]{1,40})\\[\\d{1,4}\\][^\\n]*\\n?");

    private static final List<Pattern> TEXTS = List.of(
            // pciconf: bar   [10] = type Memory, range 32, base 0xf7d00000, size 131072, enabled
            Pattern.compile("(?<=\\bbase )0x[0-9a-f]+"),
            // The kernel's attach lines: ppt0 mem 0xf7d00000-0xf7dfffff,0xe0000000-0xefffffff at device 0.0 on pci3;
            // hpet0: <...> iomem 0xfed00000-0xfed003ff on acpi0; its tables: ACPI: RSDP 0x00000000BF0F05B0
            Pattern.compile("(?i)(?<=\\b(?:mem|iomem|at|addr|address|ACPI: [a-z]{4}) )0x[0-9a-f]+(?:-0x[0-9a-f]+)?"
                    + "(?:,0x[0-9a-f]+(?:-0x[0-9a-f]+)?)*"),
            // The memory map of the boot: 0x0000000000100000 - 0x00000000bf0effff
            Pattern.compile("(?i)\\b0x[0-9a-f]{16} - 0x[0-9a-f]{16}\\b"),
            // Kernel pointers of 64-bit FreeBSD, wherever they stand.
            Pattern.compile("(?i)\\b(?:0x)?ffff[0-9a-f]{12}\\b"));

    private HostAddresses() {}

    /** Out of what a tool of the host printed. */
    static String outOfText(String text) {
        String left = text;
        for (Pattern pattern : TEXTS) {
            left = pattern.matcher(left).replaceAll(Matcher.quoteReplacement(LEFT_OUT));
        }
        return left;
    }

    /** Out of the state of a vCPU: whole lines, by the table of fields. The guest's own addresses stay. */
    static String outOfState(String text, Decoder decoder) {
        Predicate<String> sensitive =
                name -> decoder.field(name).filter(f -> f.sensitive()).isPresent();
        Matcher lines = FIELD.matcher(text);
        StringBuilder left = new StringBuilder();
        while (lines.find()) {
            boolean goes = sensitive.test(String.valueOf(lines.group(1)).strip());
            lines.appendReplacement(left, goes ? "" : Matcher.quoteReplacement(lines.group()));
        }
        return lines.appendTail(left).toString();
    }
}
